//! Durations in words that are the same in every run.

/// A duration to two digits: `2.5 s`, `100 ms`.
pub(super) fn duration(ns: u64) -> String {
    const UNITS: [(u64, &str); 4] = [
        (1_000_000_000, "s"),
        (1_000_000, "ms"),
        (1_000, "µs"),
        (1, "ns"),
    ];
    let rounded = to_two_digits(ns);
    let (unit_ns, unit) = UNITS
        .into_iter()
        .find(|&(unit_ns, _)| rounded >= unit_ns)
        .unwrap_or((1, "ns"));
    let (whole, tenth) = (rounded / unit_ns, rounded % unit_ns * 10 / unit_ns);
    match tenth {
        0 => format!("{whole} {unit}"),
        _ => format!("{whole}.{tenth} {unit}"),
    }
}

fn to_two_digits(ns: u64) -> u64 {
    let mut step = 1;
    while ns / step >= 100 {
        step *= 10;
    }
    (ns + step / 2) / step * step
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_two_digits() {
        for (ns, text) in [
            (2_502_100_000, "2.5 s"),
            (999_600_000, "1 s"),
            (100_200_000, "100 ms"),
            (66_080_000, "66 ms"),
            (1_060_000, "1.1 ms"),
            (304_000_000, "300 ms"),
            (61_000_000_000, "61 s"),
            (950, "950 ns"),
            (0, "0 ns"),
        ] {
            assert_eq!(duration(ns), text, "{ns}");
        }
    }
}
