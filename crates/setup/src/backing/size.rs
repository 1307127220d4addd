//! Sizes as people write them: `512M`, `2G`.

use std::fmt;
use std::str::FromStr;

use super::UnknownBacking;

/// Suffixes, largest first, and what each multiplies by.
const UNITS: &[(char, u64)] = &[
    ('T', 1 << 40),
    ('G', 1 << 30),
    ('M', 1 << 20),
    ('K', 1 << 10),
];

/// A number of bytes, shown with the largest binary suffix that keeps it whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size {
    /// The size in bytes.
    pub bytes: u64,
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = UNITS
            .iter()
            .find(|(_, factor)| self.bytes > 0 && self.bytes.is_multiple_of(*factor));
        match unit {
            Some((suffix, factor)) => write!(f, "{}{suffix}", self.bytes / factor),
            None => write!(f, "{}", self.bytes),
        }
    }
}

impl FromStr for Size {
    type Err = UnknownBacking;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || UnknownBacking::Size(text.to_owned());
        let last = text.chars().next_back().ok_or_else(wrong)?;
        let unit = UNITS
            .iter()
            .find(|(suffix, _)| *suffix == last.to_ascii_uppercase());
        let (digits, factor) = match unit {
            Some((_, factor)) => (&text[..text.len() - 1], *factor),
            None => (text, 1),
        };
        let number: u64 = digits.parse().map_err(|_| wrong())?;
        let bytes = number.checked_mul(factor).ok_or_else(wrong)?;
        Ok(Self { bytes })
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    #[test]
    fn what_is_shown_is_read_back() {
        for (text, bytes) in [("2G", 2 << 30), ("1500M", 1500 << 20), ("7", 7), ("0", 0)] {
            let size: Size = text.parse().unwrap();
            assert_eq!(size, Size { bytes });
            assert_eq!(size.to_string(), text);
        }
        assert_eq!("2048m".parse::<Size>().unwrap().to_string(), "2G");
    }

    #[test]
    fn what_is_no_size_is_refused_with_its_text() {
        for text in ["", "G", "-1G", "2GB", "99999999999T", "1.5G", "2\u{b5}"] {
            let error = text.parse::<Size>().unwrap_err().to_string();
            assert!(error.contains(&format!("'{text}'")), "{error}");
        }
    }
}
