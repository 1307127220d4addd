//! The page cache policy: whether a workload finds its data in memory.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Whether data is in memory before a workload begins.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum CachePolicy {
    /// All of it is.
    #[default]
    Warm,
    /// Nothing of it is.
    Cold,
}

/// A policy that there is not.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("there is no cache policy '{0}'; choose warm or cold")]
pub struct UnknownPolicy(String);

impl CachePolicy {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Warm, Self::Cold];

    /// The name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Warm => "warm",
            Self::Cold => "cold",
        }
    }
}

impl FromStr for CachePolicy {
    type Err = UnknownPolicy;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|policy| policy.name() == name)
            .ok_or_else(|| UnknownPolicy(name.to_owned()))
    }
}

impl fmt::Display for CachePolicy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}
