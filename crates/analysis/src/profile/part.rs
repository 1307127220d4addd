//! The parts that a stage's critical path is divided into.

use serde::{Deserialize, Serialize};
use trace::phase::Phase;
use trace::role::Role;

/// Which part of a stage.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PartKey {
    /// Whose time it is.
    pub role: Role,
    /// Phase.
    pub phase: Phase,
    /// Kind within the phase; for a kernel lock its name; empty if the phase has none.
    pub subphase: String,
    /// System call, if any.
    pub syscall: Option<String>,
    /// In words, what it waited for or worked on; empty if no more is known.
    pub cause: String,
    /// File system that it worked on; empty if none is known.
    pub file_system: String,
}

impl PartKey {
    /// The unit of its count.
    pub const fn counted(&self) -> Counted {
        match (self.phase.is_wait(), &self.syscall) {
            (true, _) => Counted::Waits,
            (false, Some(_)) => Counted::Calls,
            (false, None) => Counted::Processes,
        }
    }
}

/// The unit of a part's count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "counted"))]
#[serde(rename_all = "lowercase")]
pub enum Counted {
    /// System calls.
    Calls,
    /// Times off the CPU.
    Waits,
    /// Processes.
    Processes,
}

impl Counted {
    /// One of them.
    pub const fn singular(self) -> &'static str {
        match self {
            Self::Calls => "call",
            Self::Waits => "wait",
            Self::Processes => "process",
        }
    }

    /// The name used in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Calls => "calls",
            Self::Waits => "waits",
            Self::Processes => "processes",
        }
    }
}
