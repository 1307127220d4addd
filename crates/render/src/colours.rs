//! Colours of phases in pictures. Waits are hatched and letters stand beside them, so that colour is never
//! alone.

use trace::phase::Phase;

/// The colour of a phase on a light ground, and on a dark one.
pub(crate) const fn of_phase(phase: Phase) -> [&'static str; 2] {
    match phase {
        Phase::Namespaces => ["#2f6fb5", "#6aa5e3"],
        Phase::Mounts => ["#2a9d8f", "#4ec5b6"],
        Phase::Storage => ["#1f7a6d", "#35a494"],
        Phase::Cgroups => ["#8e5bb8", "#b48ad9"],
        Phase::Network => ["#5b8fd9", "#8db7f2"],
        Phase::Security => ["#6b4fa0", "#9a80cf"],
        Phase::Process => ["#6b8f3c", "#9cc267"],
        Phase::Files => ["#8fb35f", "#b5d68a"],
        Phase::Memory => ["#b7a23a", "#d8c562"],
        Phase::Sockets => ["#3f8f7f", "#62b8a7"],
        Phase::Ipc => ["#8a929c", "#8f98a3"],
        Phase::Locks => ["#c8372d", "#f0695f"],
        Phase::Rcu => ["#e07b1f", "#ff9f4a"],
        Phase::Disk => ["#a85b12", "#d4863a"],
        Phase::Throttled => ["#d99a00", "#f5bd2e"],
        Phase::Runqueue => ["#c9b458", "#dcc96f"],
        Phase::Observer => ["#4a525c", "#6a737e"],
        Phase::User => ["#aebfd3", "#5f7590"],
        Phase::Unknown => ["#d6309a", "#ff6ec7"],
    }
}

/// The colour of a text on a colour, `#rrggbb`.
pub(crate) fn ink_on(colour: &str) -> &'static str {
    let part = |at: usize| {
        let digits = colour.get(at..at + 2).unwrap_or_default();
        u32::from_str_radix(digits, 16).unwrap_or(0)
    };
    // How bright it looks, in thousandths of 255 (ITU-R BT.601).
    let brightness = 299 * part(1) + 587 * part(3) + 114 * part(5);
    if brightness > 140_000 {
        "#101316"
    } else {
        "#ffffff"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_stand_out_from_what_they_are_on() {
        assert_eq!(ink_on("#aebfd3"), "#101316");
        assert_eq!(ink_on("#6b4fa0"), "#ffffff");
    }

    #[test]
    fn no_two_phases_have_one_colour() {
        for ground in 0..2 {
            let mut colours: Vec<&str> = Phase::ALL
                .iter()
                .map(|&phase| of_phase(phase)[ground])
                .collect();
            colours.sort_unstable();
            colours.dedup();
            assert_eq!(colours.len(), Phase::ALL.len());
        }
    }
}
