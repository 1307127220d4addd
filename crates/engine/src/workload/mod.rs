//! Workloads: what is run inside a container, and how a right result looks.
//!
//! A [`Workload`] holds all that an engine needs to know: its command, its check, and what it asks
//! of the configuration. [`catalogue::Kind::data`] has the files of its image; the module
//! [`image`](super::image) puts them there. Everything that is generated follows from seeds, so
//! results are known without asking the program that is measured.

pub mod catalogue;
pub mod data;
pub mod database;
pub mod files;
pub mod http;
pub mod script;
pub mod website;

use std::process::ExitStatus;

use serde::{Deserialize, Serialize};

use catalogue::{Kind, UnknownWorkload};
use setup::bench::WorkloadLabel;
use setup::size::Size;

/// Longest piece of output that an error message shows, in characters.
const SHOWN_CHARACTERS: usize = 200;

/// The folder in a container below which the data of every workload is: what a page cache policy
/// is about.
pub const DATA_FOLDER: &str = "/data";

/// A command and what it must bring about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workload {
    /// Its name, as on the command line.
    pub name: String,
    /// How much data, for those that have sizes.
    #[serde(default)]
    pub size: Option<Size>,
    /// The program, by its path in the container, and its arguments.
    pub command: Vec<String>,
    /// Its whole standard output, where that is known.
    pub expected_stdout: Option<String>,
    /// Pieces that its standard output must hold, where the whole is not known.
    #[serde(default)]
    pub expected_pieces: Vec<String>,
    /// A command that proves the result afterwards, outside of all stages.
    #[serde(default)]
    pub verification: Option<Verification>,
    /// For servers: what the stage `response` waits for.
    #[serde(default)]
    pub response: Option<HttpCheck>,
    /// For those that need no container, and so have no command: what the engine does itself.
    #[serde(default)]
    pub namespaces: Option<Namespaces>,
    /// Its needs of the configuration.
    #[serde(default)]
    pub needs: Needs,
}

/// A command in the container that looks at what a workload did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verification {
    /// The program, by its path in the container, and its arguments.
    pub command: Vec<String>,
    /// Its whole standard output.
    pub expected_stdout: String,
}

/// Network namespaces that the engine makes at once in the stage `create`, and deletes in `remove`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Namespaces {
    /// How many.
    pub count: u32,
    /// Whether the deletion of as many others begins right before them.
    pub beside_deletion: bool,
}

/// A request and its good answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpCheck {
    /// Port that the server listens at in the container.
    pub container_port: u16,
    /// Path of the request.
    pub path: String,
    /// The whole body of the answer.
    pub expected_body: String,
}

/// The needs of a workload of its configuration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Needs {
    /// A network other than `none`.
    pub network: bool,
    /// A port of the container that is reached from outside.
    pub mapped_port: bool,
    /// Somebody at [`catalogue::PING_TARGET`] who answers.
    pub ping_target: bool,
}

/// How a command ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// Its exit code or signal.
    pub status: ExitStatus,
    /// Its standard output.
    pub stdout: Vec<u8>,
    /// Its standard error.
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
        "the workload printed {found:?} where {expected:?} was expected, so its time is not counted{}",
        and_stderr(stderr)
    )]
    Stdout {
        /// The beginning of what it printed.
        found: String,
        /// The beginning of what it should have.
        expected: String,
        /// The beginning of its standard error.
        stderr: String,
    },
    /// The result was looked at afterwards, and is wrong.
    #[error("the result of the workload was looked at and is wrong: {0}")]
    Verification(Box<WorkloadError>),
}

impl Workload {
    /// `/bin/echo hello world`.
    pub fn hello_world() -> Self {
        Kind::HelloWorld.workload(None)
    }

    /// The workload with this name; with the smallest data if it has sizes and none is given.
    ///
    /// # Errors
    /// When there is none, or it has no sizes but one is given.
    pub fn named(name: &str, size: Option<Size>) -> Result<Self, UnknownWorkload> {
        let kind: Kind = name.parse()?;
        match (kind.has_sizes(), size) {
            (false, Some(size)) => Err(UnknownWorkload::NoSizes {
                name: kind.name(),
                size,
            }),
            (false, None) => Ok(kind.workload(None)),
            (true, size) => Ok(kind.workload(Some(size.unwrap_or(Size::Xs)))),
        }
    }

    /// Its kind in the catalogue, unless it is a user's own.
    pub fn kind(&self) -> Option<Kind> {
        self.name.parse().ok()
    }

    /// Name and size, as reports show them.
    pub fn label(&self) -> String {
        match self.size {
            Some(size) => format!("{} {size}", self.name),
            None => self.name.clone(),
        }
    }

    /// Name and size, as benches and their matrices write them.
    pub fn cell_label(&self) -> WorkloadLabel {
        WorkloadLabel {
            name: self.name.clone(),
            size: self.size,
        }
    }

    /// Whether the result of the command is right.
    ///
    /// # Errors
    /// With what is wrong about it.
    pub fn check(&self, output: &Output) -> Result<(), WorkloadError> {
        check_status(output)?;
        if let Some(expected) = &self.expected_stdout {
            check_stdout(output, expected)?;
        }
        let text = String::from_utf8_lossy(&output.stdout);
        match self
            .expected_pieces
            .iter()
            .find(|piece| !text.contains(*piece))
        {
            Some(missing) => Err(wrong_stdout(output, missing)),
            None => Ok(()),
        }
    }
}

impl Verification {
    /// Whether the workload did what it should have.
    ///
    /// # Errors
    /// With what is wrong about it.
    pub fn check(&self, output: &Output) -> Result<(), WorkloadError> {
        check_status(output)
            .and_then(|()| check_stdout(output, &self.expected_stdout))
            .map_err(|error| WorkloadError::Verification(Box::new(error)))
    }
}

fn check_status(output: &Output) -> Result<(), WorkloadError> {
    if output.status.success() {
        return Ok(());
    }
    Err(WorkloadError::Status {
        status: output.status,
        stderr: beginning(&output.stderr),
    })
}

fn check_stdout(output: &Output, expected: &str) -> Result<(), WorkloadError> {
    if output.stdout == expected.as_bytes() {
        return Ok(());
    }
    Err(wrong_stdout(output, expected))
}

fn wrong_stdout(output: &Output, expected: &str) -> WorkloadError {
    WorkloadError::Stdout {
        found: beginning(&output.stdout),
        expected: beginning(expected.as_bytes()),
        stderr: beginning(&output.stderr),
    }
}

fn and_stderr(stderr: &str) -> String {
    match stderr {
        "" => String::new(),
        said => format!("; it wrote {said:?} to standard error"),
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
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
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
    fn every_piece_must_be_there() {
        let workload = Workload {
            expected_pieces: vec!["1 packets".to_owned(), " 0% loss".to_owned()],
            ..Workload::default()
        };
        assert_eq!(workload.check(&output(0, "1 packets, 0% loss\n")), Ok(()));
        let error = workload.check(&output(0, "1 packets, 100% loss\n"));
        assert!(
            matches!(error, Err(WorkloadError::Stdout { expected, .. }) if expected == " 0% loss")
        );
    }

    #[test]
    fn a_verification_says_that_it_was_one() {
        let verification = Verification {
            command: Vec::new(),
            expected_stdout: "10\n".to_owned(),
        };
        assert_eq!(verification.check(&output(0, "10\n")), Ok(()));
        let message = verification
            .check(&output(0, "9\n"))
            .unwrap_err()
            .to_string();
        assert!(
            message.contains("looked at") && message.contains("\"9\""),
            "{message}"
        );
        assert!(message.contains("\"oh\""), "{message}");
    }

    #[test]
    fn names_lead_to_workloads_with_the_size_asked_for() {
        let hello = Workload::named("hello-world", None).unwrap();
        assert_eq!(hello, Workload::hello_world());
        let read = Workload::named("io-read", Some(Size::Sm)).unwrap();
        assert_eq!(read.label(), "io-read sm");
        assert_eq!(
            Workload::named("db-read", None).unwrap().size,
            Some(Size::Xs)
        );
        let unknown = Workload::named("no-such", None).unwrap_err().to_string();
        assert!(unknown.contains("no-such") && unknown.contains("db-write"));
        let sized = Workload::named("ping", Some(Size::Xl))
            .unwrap_err()
            .to_string();
        assert!(sized.contains("ping") && sized.contains("xl"));
    }
}
