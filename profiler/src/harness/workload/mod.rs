//! Workloads: what is run inside a container, and how a right result looks.

use std::process::ExitStatus;

use serde::{Deserialize, Serialize};

/// Longest piece of output that an error message shows, in characters.
const SHOWN_CHARACTERS: usize = 200;

/// A command and what it must print.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workload {
    /// Its name, as on the command line.
    pub name: String,
    /// The program, by its path in the container, and its arguments.
    pub command: Vec<String>,
    /// Its whole standard output, where that is known.
    pub expected_stdout: Option<String>,
}

/// How a command ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// Its exit code or signal.
    pub status: ExitStatus,
    /// What it wrote to standard output.
    pub stdout: Vec<u8>,
    /// What it wrote to standard error.
    pub stderr: Vec<u8>,
}

/// A wrong result.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum WorkloadError {
    /// It failed by its own account.
    #[error(
        "the workload ended with {status} and wrote {stderr:?} to standard error; run the same command by hand to see why"
    )]
    Status {
        /// Exit code or signal.
        status: ExitStatus,
        /// The beginning of its standard error.
        stderr: String,
    },
    /// It printed something else.
    #[error(
        "the workload printed {found:?} where {expected:?} was expected, so its time is not counted"
    )]
    Stdout {
        /// The beginning of what it printed.
        found: String,
        /// The beginning of what it should have.
        expected: String,
    },
}

impl Workload {
    /// `/bin/echo hello world`.
    pub fn hello_world() -> Self {
        Self {
            name: "hello-world".to_owned(),
            command: ["/bin/echo", "hello", "world"].map(str::to_owned).into(),
            expected_stdout: Some("hello world\n".to_owned()),
        }
    }

    /// The workload with this name, if there is one.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "hello-world" => Some(Self::hello_world()),
            _ => None,
        }
    }

    /// Whether the result is right.
    ///
    /// # Errors
    /// With what is wrong about it.
    pub fn check(&self, output: &Output) -> Result<(), WorkloadError> {
        if !output.status.success() {
            return Err(WorkloadError::Status {
                status: output.status,
                stderr: beginning(&output.stderr),
            });
        }
        match &self.expected_stdout {
            Some(expected) if expected.as_bytes() != output.stdout => Err(WorkloadError::Stdout {
                found: beginning(&output.stdout),
                expected: beginning(expected.as_bytes()),
            }),
            Some(_) | None => Ok(()),
        }
    }
}

/// The first characters of an output, for a message.
pub fn beginning(output: &[u8]) -> String {
    String::from_utf8_lossy(output)
        .trim_end()
        .chars()
        .take(SHOWN_CHARACTERS)
        .collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;

    use super::*;

    fn output(wait_status: i32, stdout: &str) -> Output {
        Output {
            status: ExitStatus::from_raw(wait_status),
            stdout: stdout.into(),
            stderr: b"oh\n".into(),
        }
    }

    #[test]
    fn the_right_words_pass() {
        let hello = Workload::hello_world();
        assert_eq!(hello.check(&output(0, "hello world\n")), Ok(()));
    }

    #[test]
    fn other_words_fail() {
        let error = Workload::hello_world().check(&output(0, "hello\n"));
        assert!(matches!(error, Err(WorkloadError::Stdout { .. })));
    }

    #[test]
    fn right_words_with_an_exit_code_fail() {
        let error = Workload::hello_world().check(&output(3 << 8, "hello world\n"));
        assert_eq!(
            error.map_err(|error| error.to_string()),
            Err("the workload ended with exit status: 3 and wrote \"oh\" to standard error; run the same command by hand to see why".to_owned())
        );
    }

    #[test]
    fn without_an_expectation_the_status_decides() {
        let workload = Workload {
            expected_stdout: None,
            ..Workload::hello_world()
        };
        assert_eq!(workload.check(&output(0, "anything")), Ok(()));
        assert!(workload.check(&output(9, "")).is_err());
    }

    #[test]
    fn names_lead_to_workloads() {
        assert_eq!(
            Workload::named("hello-world"),
            Some(Workload::hello_world())
        );
        assert_eq!(Workload::named("no-such"), None);
    }
}
