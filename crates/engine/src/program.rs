//! Programs of the host: where they are, and running those that make file systems and volumes.

use std::env;
use std::ffi::OsStr;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};

/// Where programs of administrators lie, which are not in the PATH of other users.
const SBIN: &[&str] = &["/usr/local/sbin", "/usr/sbin", "/sbin"];
/// Longest piece of a program's complaint that is passed on, in characters.
const SHOWN_CHARACTERS: usize = 300;

/// A program did not do its work.
#[derive(Debug, thiserror::Error)]
pub enum ProgramError {
    /// It is not there.
    #[error(
        "there is no program {program} on this host; install it (debian: apt-get install {package})"
    )]
    Missing {
        /// Its name.
        program: &'static str,
        /// Package that Debian has it in.
        package: &'static str,
    },
    /// It could not be started.
    #[error("failed to run {program}: {source}; check its permissions")]
    Spawn {
        /// Its name.
        program: &'static str,
        source: std::io::Error,
    },
    /// It failed.
    #[error(
        "{program} {arguments} ended with {status}: {complaint}; run the same command by hand to see more"
    )]
    Failed {
        /// Its name.
        program: &'static str,
        /// Its arguments, those that configure it left out.
        arguments: String,
        /// Exit code or signal.
        status: ExitStatus,
        /// Its standard error, on one line.
        complaint: String,
    },
}

/// A program and the package of Debian that holds it; empty where there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Program {
    /// Its name.
    pub name: &'static str,
    /// The package.
    pub package: &'static str,
}

/// The executable that a name means, as a shell would find it, and among the administrators'
/// programs. A path means the file there.
pub fn find(name: impl AsRef<OsStr>) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    find_in(
        name,
        env::split_paths(&path).chain(SBIN.iter().map(PathBuf::from)),
    )
}

/// The same in these folders, in their order; those that are not absolute are left out.
pub fn find_in(name: impl AsRef<OsStr>, folders: impl Iterator<Item = PathBuf>) -> Option<PathBuf> {
    let folders = env::join_paths(folders.filter(|folder| folder.is_absolute())).ok()?;
    which::which_in(name, Some(folders), env::current_dir().ok()?).ok()
}

impl Program {
    /// A program of a package.
    pub const fn new(name: &'static str, package: &'static str) -> Self {
        Self { name, package }
    }

    /// Where it is ([`find`]).
    pub fn path(&self) -> Option<PathBuf> {
        find(self.name)
    }

    /// A command that runs it, with no input and messages in English.
    ///
    /// # Errors
    /// When the host has no such program.
    pub fn command(&self) -> Result<Command, ProgramError> {
        let path = self.path().ok_or(ProgramError::Missing {
            program: self.name,
            package: self.package,
        })?;
        let mut command = Command::new(path);
        command.env("LC_ALL", "C").stdin(Stdio::null());
        Ok(command)
    }

    /// Runs it with these arguments and returns what it wrote to standard output.
    ///
    /// # Errors
    /// When it is missing or fails.
    pub fn run<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Result<String, ProgramError> {
        let mut command = self.command()?;
        self.finish(&mut command, arguments)
    }

    /// As [`Program::run`], for a command of this program that was prepared.
    ///
    /// # Errors
    /// When it fails.
    pub fn finish<S: AsRef<OsStr>>(
        &self,
        command: &mut Command,
        arguments: &[S],
    ) -> Result<String, ProgramError> {
        let output = command
            .args(arguments)
            .output()
            .map_err(|source| ProgramError::Spawn {
                program: self.name,
                source,
            })?;
        if !output.status.success() {
            return Err(self.failure(arguments, output.status, &output.stderr));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    fn failure<S: AsRef<OsStr>>(
        &self,
        arguments: &[S],
        status: ExitStatus,
        stderr: &[u8],
    ) -> ProgramError {
        let words: Vec<_> = arguments
            .iter()
            .map(|argument| argument.as_ref().to_string_lossy())
            .collect();
        ProgramError::Failed {
            program: self.name,
            arguments: words.join(" "),
            status,
            complaint: complaint(stderr, status),
        }
    }
}

fn complaint(stderr: &[u8], status: ExitStatus) -> String {
    let text = String::from_utf8_lossy(stderr);
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let line = lines.join(" ").trim().to_owned();
    if line.is_empty() && status.signal().is_some() {
        return "it was killed".to_owned();
    }
    line.chars().take(SHOWN_CHARACTERS).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    const SHELL: Program = Program::new("sh", "dash");

    #[test]
    fn programs_are_found_by_name_and_path() {
        let shell = find("sh").unwrap();
        assert!(shell.is_absolute());
        assert_eq!(find(&shell), Some(shell));
        assert_eq!(find("no-such-program-here"), None);
    }

    #[test]
    fn a_file_that_cannot_be_executed_is_no_program() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("sh"), "").unwrap();
        let folders = [folder.path().to_owned(), PathBuf::from("/bin")];
        assert_eq!(find_in("sh", folders.into_iter()), Some("/bin/sh".into()));
    }

    #[test]
    fn what_a_program_prints_is_returned() {
        assert_eq!(SHELL.run(&["-c", "echo $LC_ALL"]).unwrap(), "C\n");
    }

    #[test]
    fn a_failure_carries_the_exit_code_and_the_complaint() {
        let error = SHELL.run(&["-c", "echo no >&2; echo way >&2; exit 3"]);
        let message = error.unwrap_err().to_string();
        assert!(message.contains("exit status: 3: no way;"), "{message}");
    }

    #[test]
    fn a_missing_program_is_named_with_its_package() {
        let program = Program::new("no-such-program-here", "package-of-it");
        let message = program.run::<&str>(&[]).unwrap_err().to_string();
        assert!(message.contains("package-of-it"), "{message}");
    }
}
