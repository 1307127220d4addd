//! Durations, counts and shares as people read them.

/// Between the thousands of a count: narrow, and no place to break a line.
const THIN_SPACE: char = '\u{202f}';

/// A duration of at most eight columns: three significant digits and a unit up to 1000 s, then
/// minutes or hours.
pub(crate) fn duration(duration_ns: u64) -> String {
    if duration_ns < 1_000 {
        return format!("{duration_ns} ns");
    }
    let units = [(1_000, "µs"), (1_000_000, "ms"), (1_000_000_000, "s")];
    units
        .into_iter()
        .find_map(|(unit_ns, name)| Some(format!("{} {name}", scaled(duration_ns, unit_ns)?)))
        .unwrap_or_else(|| long_duration(duration_ns / 1_000_000_000))
}

/// A difference of durations, of at most nine columns: with its sign, a true minus.
pub(crate) fn signed_duration(difference_ns: i64) -> String {
    let sign = match difference_ns {
        0 => "",
        1.. => "+",
        _ => "−",
    };
    format!("{sign}{}", duration(difference_ns.unsigned_abs()))
}

/// A ratio in millionths: `2.77×`. Small ones keep two significant digits.
pub(crate) fn ratio(ppm: u64) -> String {
    let text = match ppm {
        1..10_000 => format!("0.{:04}", (ppm + 50) / 100),
        10_000..100_000 => format!("0.{:03}", (ppm + 500) / 1_000),
        _ => scaled(ppm, 1_000_000).unwrap_or_else(|| grouped(ppm / 1_000_000)),
    };
    format!("{text}×")
}

/// A share in millionths with its sign: `−4.2 %`.
pub(crate) fn signed_share(ppm: i64) -> String {
    let sign = if ppm < 0 { "−" } else { "" };
    format!("{sign}{}", share(ppm.unsigned_abs(), 1_000_000))
}

/// Thousandths as a number: whole from 100 on, else with up to two decimals.
pub(crate) fn number_milli(thousandths: u64) -> String {
    if thousandths >= 100_000 {
        return count(thousandths.saturating_add(500) / 1_000);
    }
    let hundredths = (thousandths + 5) / 10;
    match (hundredths / 100, hundredths % 100) {
        (whole, 0) => whole.to_string(),
        (whole, part) if part % 10 == 0 => format!("{whole}.{}", part / 10),
        (whole, part) => format!("{whole}.{part:02}"),
    }
}

/// A number of bytes in three significant digits.
pub(crate) fn bytes(bytes: u64) -> String {
    let units = [(1 << 10, "KiB"), (1 << 20, "MiB"), (1 << 30, "GiB")];
    if bytes < 1_000 {
        return format!("{bytes} B");
    }
    units
        .into_iter()
        .find_map(|(unit, name)| Some(format!("{} {name}", scaled(bytes, unit)?)))
        .unwrap_or_else(|| format!("{} GiB", grouped(bytes >> 30)))
}

/// `value / unit` with three significant digits; `None` if that comes to 1000 or more.
fn scaled(value: u64, unit: u64) -> Option<String> {
    let rounded =
        |parts: u64| (u128::from(value) * u128::from(parts) * 2 / u128::from(unit)).div_ceil(2);
    let (whole, hundredths, tenths) = (rounded(1), rounded(100), rounded(10));
    if hundredths < 1_000 {
        Some(format!("{}.{:02}", hundredths / 100, hundredths % 100))
    } else if tenths < 1_000 {
        Some(format!("{}.{}", tenths / 10, tenths % 10))
    } else if whole < 1_000 {
        Some(whole.to_string())
    } else {
        None
    }
}

/// Minutes and seconds, or hours and minutes.
fn long_duration(seconds: u64) -> String {
    let (minutes, hours) = (seconds / 60, seconds / 3_600);
    if hours == 0 {
        format!("{minutes}m {:02}s", seconds % 60)
    } else if hours < 1_000 {
        format!("{hours}h {:02}m", minutes % 60)
    } else {
        format!("{hours}h")
    }
}

/// A count, its thousands set apart; in millions where it would not fit into ten columns.
pub(crate) fn count(count: u64) -> String {
    if count >= 1_000_000_000 {
        return scaled(count, 1_000_000_000)
            .map_or_else(|| grouped(count), |text| format!("{text} G"));
    }
    grouped(count)
}

/// Thousandths as a number with two decimals, rounded.
pub(crate) fn milli(thousandths: u32) -> String {
    let hundredths = (u64::from(thousandths) + 5) / 10;
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

/// A whole number, its thousands set apart.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 2);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(THIN_SPACE);
        }
        text.push(digit);
    }
    text
}

/// The share of `part` in `whole` with one decimal: `40.7 %`. Empty if there is no whole.
pub(crate) fn share(part: u64, whole: u64) -> String {
    match permille(part, whole) {
        None => String::new(),
        Some(0) if part > 0 => "<0.1 %".into(),
        Some(permille) if permille >= 10_000 => format!("{} %", permille / 10),
        Some(permille) => format!("{}.{} %", permille / 10, permille % 10),
    }
}

/// The share of `part` in `whole` without decimals, narrow: `41%`.
pub(crate) fn short_share(part: u64, whole: u64) -> String {
    match permille(part, whole) {
        None => String::new(),
        Some(permille) if permille < 5 && part > 0 => "<1%".into(),
        Some(permille) => format!("{}%", (permille + 5) / 10),
    }
}

/// Thousandths, rounded.
pub(crate) fn permille(part: u64, whole: u64) -> Option<u64> {
    let whole = u128::from(whole);
    let rounded = (u128::from(part) * 1_000 + whole / 2).checked_div(whole)?;
    Some(u64::try_from(rounded).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn durations_have_three_digits_and_round_into_the_next_unit() {
        for (duration_ns, expected) in [
            (0, "0 ns"),
            (999, "999 ns"),
            (1_000, "1.00 µs"),
            (1_994, "1.99 µs"),
            (1_995, "2.00 µs"),
            (9_994, "9.99 µs"),
            (9_996, "10.0 µs"),
            (99_960, "100 µs"),
            (999_499, "999 µs"),
            (999_500, "1.00 ms"),
            (33_140_000, "33.1 ms"),
            (999_999_999, "1.00 s"),
            (12_345_678_901, "12.3 s"),
            (999_400_000_000, "999 s"),
            (1_000_000_000_000, "16m 40s"),
            (3_600_000_000_000, "1h 00m"),
            (u64::MAX, "5124095h"),
        ] {
            assert_eq!(duration(duration_ns), expected, "{duration_ns} ns");
        }
    }

    #[test]
    fn counts_are_grouped() {
        for (number, expected) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1\u{202f}000"),
            (2_000_000, "2\u{202f}000\u{202f}000"),
            (12_345_678_901, "12.3 G"),
        ] {
            assert_eq!(count(number), expected);
        }
    }

    #[test]
    fn differences_have_a_sign() {
        assert_eq!(signed_duration(1_200_000), "+1.20 ms");
        assert_eq!(signed_duration(-999), "−999 ns");
        assert_eq!(signed_duration(0), "0 ns");
        assert_eq!(signed_share(-42_000), "−4.2 %");
        assert_eq!(signed_share(1_000_000), "100.0 %");
    }

    #[test]
    fn ratios_and_numbers_have_three_digits() {
        assert_eq!(ratio(2_770_000), "2.77×");
        assert_eq!(ratio(410_000), "0.41×");
        assert_eq!(ratio(99_900), "0.100×");
        assert_eq!(ratio(12_340), "0.012×");
        assert_eq!(ratio(8_732), "0.0087×");
        assert_eq!(ratio(12_345_000_000), "12\u{202f}345×");
        for (thousandths, expected) in [
            (0, "0"),
            (4_000, "4"),
            (4_500, "4.5"),
            (4_256, "4.26"),
            (99_999, "100"),
            (1_234_567, "1\u{202f}235"),
        ] {
            assert_eq!(number_milli(thousandths), expected);
        }
    }

    #[test]
    fn bytes_have_binary_units() {
        for (number, expected) in [
            (0, "0 B"),
            (999, "999 B"),
            (1_024, "1.00 KiB"),
            (3 << 20, "3.00 MiB"),
            (1_500 << 30, "1\u{202f}500 GiB"),
        ] {
            assert_eq!(bytes(number), expected);
        }
    }

    #[test]
    fn thousandths_are_rounded() {
        assert_eq!(milli(0), "0.00");
        assert_eq!(milli(1_995), "2.00");
        assert_eq!(milli(12_034), "12.03");
    }

    #[test]
    fn shares_never_hide_what_is_there() {
        for (part, whole, long, short) in [
            (0, 0, "", ""),
            (0, 10, "0.0 %", "0%"),
            (1, 100_000, "<0.1 %", "<1%"),
            (407, 1_000, "40.7 %", "41%"),
            (1, 1, "100.0 %", "100%"),
            (25, 1, "2500 %", "2500%"),
        ] {
            assert_eq!(share(part, whole), long, "{part} of {whole}");
            assert_eq!(short_share(part, whole), short, "{part} of {whole}");
        }
    }

    proptest! {
        #[test]
        fn a_duration_fits_its_column(duration_ns: u64) {
            prop_assert!(duration(duration_ns).chars().count() <= 8);
        }

        #[test]
        fn a_duration_is_within_half_a_percent(duration_ns in 1_000_u64..999_000_000_000) {
            let text = duration(duration_ns);
            let (number, unit) = text.split_once(' ').ok_or_else(|| TestCaseError::fail("no unit"))?;
            let unit_ns = match unit { "µs" => 1e3, "ms" => 1e6, _ => 1e9 };
            let number: f64 = number.parse().map_err(|_| TestCaseError::fail("no number"))?;
            prop_assert!((number * unit_ns / duration_ns as f64 - 1.0).abs() <= 0.0051);
        }
    }
}
