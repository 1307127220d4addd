//! The name of a workload in a bench: `ping`, or with a size `io-read/md`.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use crate::size::Size;

/// A workload by name, and its size if it has sizes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WorkloadLabel {
    /// Its name.
    pub name: String,
    /// Its size.
    pub size: Option<Size>,
}

impl fmt::Display for WorkloadLabel {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.size {
            Some(size) => write!(formatter, "{}/{size}", self.name),
            None => formatter.write_str(&self.name),
        }
    }
}

impl FromStr for WorkloadLabel {
    type Err = Infallible;

    /// A part behind the last slash that is no size belongs to the name.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let sized = text
            .rsplit_once('/')
            .and_then(|(name, size)| Some((name, size.parse().ok()?)));
        let (name, size) = sized.map_or((text, None), |(name, size)| (name, Some(size)));
        Ok(Self {
            name: name.to_owned(),
            size,
        })
    }
}

impl From<&str> for WorkloadLabel {
    fn from(text: &str) -> Self {
        match text.parse() {
            Ok(label) => label,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_read_and_written() {
        for (text, name, size) in [
            ("ping", "ping", None),
            ("io-read/md", "io-read", Some(Size::Md)),
            ("a/b", "a/b", None),
            ("a/b/xl", "a/b", Some(Size::Xl)),
            ("", "", None),
        ] {
            let label = WorkloadLabel::from(text);
            assert_eq!((label.name.as_str(), label.size), (name, size));
            assert_eq!(label.to_string(), text);
        }
    }
}
