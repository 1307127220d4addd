//! CPU quotas: whose group, and how much of how long.

use super::Causes;
use crate::attribution::container::Containers;
use crate::attribution::{Attribution, pattern};
use trace::rows::Throttle;

/// Digits of the id that engines give a container.
const ID_DIGITS: usize = 64;

/// Notes the quota of each wait in which one held the thread back.
pub(super) fn note(causes: &mut Causes, attribution: &Attribution<'_, '_>) {
    let timeline = attribution.timeline();
    let containers = attribution.containers();
    let cpu_waits = attribution.cpu_waits();
    for (wait, held) in cpu_waits.held() {
        let throttle = &timeline.tables().throttles[held.throttle as usize];
        let bounds_ns = (held.from_ns, held.until_ns);
        causes.note_wait_within(wait, bounds_ns, &text(containers, throttle));
    }
}

/// `quota of the container's group: 2 ms of each 100 ms`.
pub fn text(containers: &Containers, throttle: &Throttle) -> String {
    let group = group(containers, throttle);
    if throttle.group == 0 {
        return format!("quota of {group}");
    }
    format!(
        "quota of {group}: {} of each {}",
        milliseconds(throttle.quota_ns),
        milliseconds(throttle.period_ns)
    )
}

/// Whose group it is.
pub fn group(containers: &Containers, throttle: &Throttle) -> String {
    if throttle.group == 0 {
        return "a control group".to_owned();
    }
    owner(containers, &throttle.name, throttle.levels)
}

/// Whose a group of this name is, so many levels above that of a thread.
pub(super) fn owner(containers: &Containers, name: &str, levels: u16) -> String {
    let is_named_after = |id: &str| !id.is_empty() && name.contains(id);
    let is_containers = containers.all().iter().any(|one| is_named_after(&one.id))
        || name
            .split(|character: char| !character.is_ascii_hexdigit())
            .any(|run| run.len() == ID_DIGITS);
    match (is_containers, levels) {
        (true, _) => "the container's group".to_owned(),
        (false, 0) => format!("group {}", pattern::of(name)),
        (false, _) => format!("group {}, above its own", pattern::of(name)),
    }
}

/// In milliseconds, with as many decimals as there are.
fn milliseconds(ns: u64) -> String {
    let (whole, rest) = (ns / 1_000_000, ns % 1_000_000);
    let decimals = format!("{rest:06}");
    match decimals.trim_end_matches('0') {
        "" => format!("{whole} ms"),
        decimals => format!("{whole}.{decimals} ms"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotas_have_the_decimals_that_they_need() {
        assert_eq!(milliseconds(2_000_000), "2 ms");
        assert_eq!(milliseconds(1_250_000), "1.25 ms");
        assert_eq!(milliseconds(1), "0.000001 ms");
    }
}
