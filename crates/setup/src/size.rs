//! The five sizes that workloads with data come in.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How much data a workload works on; the names are those of the published measurements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Size {
    /// A database of 151.6 kB, 10 files, or 1 network namespace at a time.
    Xs,
    /// A database of 536.6 kB, 100 files, or 4 network namespaces at a time.
    Sm,
    /// A database of 2.6 MB, 1 000 files, or 16 network namespaces at a time.
    Md,
    /// A database of 11.9 MB, 10 000 files, or 32 network namespaces at a time.
    Lg,
    /// A database of 111.6 MB, 100 000 files, or 64 network namespaces at a time.
    Xl,
}

impl Size {
    /// All of them, smallest first.
    pub const ALL: [Self; 5] = [Self::Xs, Self::Sm, Self::Md, Self::Lg, Self::Xl];

    /// The name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Xs => "xs",
            Self::Sm => "sm",
            Self::Md => "md",
            Self::Lg => "lg",
            Self::Xl => "xl",
        }
    }

    /// Place among the sizes, from 0.
    pub const fn index(self) -> usize {
        self as usize
    }

    /// Files that the workloads of files read or write.
    pub const fn files(self) -> u64 {
        match self {
            Self::Xs => 10,
            Self::Sm => 100,
            Self::Md => 1_000,
            Self::Lg => 10_000,
            Self::Xl => 100_000,
        }
    }

    /// Network namespaces that are made at a time.
    pub const fn namespaces(self) -> u32 {
        match self {
            Self::Xs => 1,
            Self::Sm => 4,
            Self::Md => 16,
            Self::Lg => 32,
            Self::Xl => 64,
        }
    }

    /// Bytes that the database of the study had; ours comes within a few per cent.
    pub const fn database_bytes(self) -> u64 {
        match self {
            Self::Xs => 151_600,
            Self::Sm => 536_600,
            Self::Md => 2_600_000,
            Self::Lg => 11_900_000,
            Self::Xl => 111_600_000,
        }
    }
}

/// A name that no size has.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("there is no size '{0}'; choose xs, sm, md, lg or xl")]
pub struct UnknownSize(String);

impl FromStr for Size {
    type Err = UnknownSize;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|size| size.name() == name)
            .ok_or_else(|| UnknownSize(name.to_owned()))
    }
}

impl fmt::Display for Size {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_to_sizes_and_back() {
        for size in Size::ALL {
            assert_eq!(size.to_string().parse(), Ok(size));
            assert_eq!(Size::ALL[size.index()], size);
        }
        let error = "tiny".parse::<Size>().map_err(|error| error.to_string());
        assert!(error.is_err_and(|why| why.contains("tiny") && why.contains("xl")));
    }
}
