//! Exit statuses: 0 for success, 2 for what was asked for wrongly, 127 and 126 for commands that do not
//! exist or cannot be executed (as sh(1) has them), 1 for anything else; else that of the traced command.

use analysis::report::selection::NothingSelected;
use analysis::what_if::Refusal;
use capture::CaptureError;
use compare::profile::ProfileError;
use engine::workload::catalogue::UnknownWorkload;

/// The options do not go together.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct UsageError(String);

/// An error that says what was asked for wrongly.
pub fn usage(text: impl Into<String>) -> anyhow::Error {
    UsageError(text.into()).into()
}

const FAILURE: u8 = 1;
const USAGE: u8 = 2;
const NOT_EXECUTABLE: u8 = 126;
const NOT_FOUND: u8 = 127;

/// The exit status for an error.
pub fn status(error: &anyhow::Error) -> u8 {
    match error.downcast_ref() {
        Some(CaptureError::NoSuchCommand(_)) => return NOT_FOUND,
        Some(CaptureError::Command { .. }) => return NOT_EXECUTABLE,
        _ => {}
    }
    if is_of_usage(error) { USAGE } else { FAILURE }
}

/// Whether something was asked for that there is not, or cannot be.
fn is_of_usage(error: &anyhow::Error) -> bool {
    let cannot_be_replayed = |refusal: &Refusal| match refusal {
        Refusal::NoRun { .. } | Refusal::NoStage { .. } | Refusal::Unmatched { .. } => true,
        Refusal::NoEnd { .. } | Refusal::Drift { .. } => false,
    };
    error.is::<UsageError>()
        || error.is::<NothingSelected>()
        || error.is::<UnknownWorkload>()
        || error.is::<ProfileError>()
        || error.downcast_ref().is_some_and(cannot_be_replayed)
}

#[cfg(test)]
mod tests {
    use std::io;

    use anyhow::anyhow;

    use super::*;

    #[test]
    fn commands_have_the_statuses_of_a_shell() {
        let missing = CaptureError::NoSuchCommand("x".into());
        assert_eq!(status(&anyhow!(missing).context("failed")), 127);
        let refused = CaptureError::Command {
            command: "x".into(),
            source: io::Error::from(io::ErrorKind::PermissionDenied),
        };
        assert_eq!(status(&anyhow!(refused)), 126);
        assert_eq!(status(&usage("choose one")), 2);
        let refusal = |refusal: Refusal| status(&anyhow!(refusal).context("no replay"));
        assert_eq!(refusal(Refusal::NoRun { runs: 1 }), 2);
        let stage = "create".to_owned();
        assert_eq!(refusal(Refusal::NoEnd { stage }), 1);
        assert_eq!(status(&anyhow!("no space")), 1);
    }
}
