//! The commands behind a stage, and how they ended.

use serde::{Deserialize, Serialize};

/// What a command is to a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "command_kind"))]
#[serde(rename_all = "lowercase")]
pub enum CommandKind {
    /// What the stage's user called.
    Request,
    /// What an engine called a runtime for.
    Step,
    /// The container's own program.
    Program,
}

impl CommandKind {
    /// The name used in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Step => "step",
            Self::Program => "program",
        }
    }
}

/// A command behind a stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "command"))]
pub struct CommandRow {
    /// What it is to the stage.
    pub kind: CommandKind,
    /// Its name and arguments, as far as they were recorded.
    pub command: String,
    /// Process number, outside any container.
    pub pid: u32,
    /// When its process began to run it, in nanoseconds of CLOCK_MONOTONIC.
    pub start_ns: u64,
    /// How long it ran, in nanoseconds; to the end of the recording if it ran longer.
    pub wall_ns: u64,
    /// Its exit status: the code, or 128 plus the signal that ended it; null if it outlived the
    /// recording.
    pub exit_status: Option<u32>,
}
