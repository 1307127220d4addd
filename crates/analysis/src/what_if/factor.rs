//! What becomes of a length: it is multiplied by a fraction, and rounded down.

use std::fmt;

/// Digits behind the decimal point of a factor.
const DIGITS: usize = 6;
/// The largest factor.
const MAX: u64 = 1_000;

/// A factor that is no less than 0, as a fraction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Factor {
    numerator: u64,
    denominator: u64,
}

impl Factor {
    /// Nothing is left.
    pub const FREE: Self = Self {
        numerator: 0,
        denominator: 1,
    };
    /// All is left as it was.
    pub const SAME: Self = Self {
        numerator: 1,
        denominator: 1,
    };

    /// Reads a decimal number from 0 to 1000 with up to six digits behind the point; nothing if it
    /// is none.
    pub fn parse(text: &str) -> Option<Self> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !is_number(whole) || !is_number(fraction) || fraction.len() > DIGITS
        {
            return None;
        }
        let denominator = 10_u64.pow(fraction.len() as u32);
        let fraction = if fraction.is_empty() { "0" } else { fraction };
        let whole: u64 = whole.parse().ok().filter(|&whole| whole <= MAX)?;
        let numerator = whole * denominator + fraction.parse::<u64>().ok()?;
        (numerator <= MAX * denominator).then_some(Self {
            numerator,
            denominator,
        })
    }

    /// A length of which `weight` of `all` equal shares are multiplied by the factor and the others
    /// stay, in nanoseconds, rounded down. Exact for the factor 1.
    pub fn scale(self, length_ns: u64, weight: u64, all: u64) -> u64 {
        let (numerator, denominator) = (u128::from(self.numerator), u128::from(self.denominator));
        let (weight, all) = (u128::from(weight.min(all)), u128::from(all.max(1)));
        let kept = (all - weight) * denominator + weight * numerator;
        let scaled = u128::from(length_ns) * kept / (all * denominator);
        u64::try_from(scaled).unwrap_or(u64::MAX)
    }

    /// Its value, for display.
    pub fn value(self) -> f64 {
        self.numerator as f64 / self.denominator as f64
    }
}

impl fmt::Display for Factor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.value())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_are_decimal_numbers() {
        assert_eq!(Factor::parse("0"), Some(Factor::FREE));
        assert_eq!(Factor::parse("1"), Some(Factor::SAME));
        let half = Factor::parse("0.5").map(|factor| factor.scale(7, 1, 1));
        assert_eq!(half, Some(3));
        for wrong in [
            "",
            "-1",
            "x",
            "1e3",
            "1.5.1",
            "1001",
            "1000.1",
            ".5",
            "0.1234567",
        ] {
            assert_eq!(Factor::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_factor_of_one_is_exact_and_shares_are_taken_of_the_length() {
        assert_eq!(Factor::SAME.scale(1_234_567_891, 3, 7), 1_234_567_891);
        assert_eq!(Factor::FREE.scale(100, 1, 4), 75);
        assert_eq!(Factor::FREE.scale(100, 0, 0), 100);
        let double = Factor::parse("2");
        assert_eq!(double.map(|factor| factor.scale(100, 1, 2)), Some(150));
    }
}
