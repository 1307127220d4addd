//! Stages of a container's life, and the marks that bound them.

use serde::{Deserialize, Serialize};

/// An interval of the lifecycle as its user sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Not a container: the whole command that was traced.
    Command,
    /// From the request to a container that can be started.
    Create,
    /// From there to its running entry point.
    Start,
    /// A command run inside it, to its end.
    Exec,
    /// To the first good answer of a server inside it.
    Response,
    /// To the end of its first process.
    Stop,
    /// To the removal of all that it had.
    Remove,
    /// A signal sent to its first process, which is not to end it.
    Kill,
    /// To its standing still.
    Pause,
    /// To its going on.
    Unpause,
    /// To the end of its first process and the running entry point of the next.
    Restart,
}

impl Stage {
    /// All stages, in the order of a lifecycle.
    pub const ALL: &'static [Self] = &[
        Self::Command,
        Self::Create,
        Self::Start,
        Self::Exec,
        Self::Response,
        Self::Stop,
        Self::Remove,
        Self::Kill,
        Self::Pause,
        Self::Unpause,
        Self::Restart,
    ];

    /// The name used in reports and file names.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Command => "command",
            Self::Create => "create",
            Self::Start => "start",
            Self::Exec => "exec",
            Self::Response => "response",
            Self::Stop => "stop",
            Self::Remove => "remove",
            Self::Kill => "kill",
            Self::Pause => "pause",
            Self::Unpause => "unpause",
            Self::Restart => "restart",
        }
    }
}

/// A mark: the beginning or the end of a stage. Its code is twice the stage's number, plus one for
/// an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkCode {
    /// The stage begins.
    Begin(Stage),
    /// The stage ends.
    End(Stage),
}

impl MarkCode {
    /// The code on the wire.
    pub const fn to_u64(self) -> u64 {
        match self {
            Self::Begin(stage) => stage as u64 * 2,
            Self::End(stage) => stage as u64 * 2 + 1,
        }
    }

    /// The mark with this code, if there is one.
    pub fn from_u64(code: u64) -> Option<Self> {
        let stage = *Stage::ALL.get(usize::try_from(code / 2).ok()?)?;
        Some(if code.is_multiple_of(2) {
            Self::Begin(stage)
        } else {
            Self::End(stage)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_survive_the_wire() {
        for &stage in Stage::ALL {
            for mark in [MarkCode::Begin(stage), MarkCode::End(stage)] {
                assert_eq!(MarkCode::from_u64(mark.to_u64()), Some(mark));
            }
        }
        assert_eq!(MarkCode::from_u64(99), None);
    }
}
