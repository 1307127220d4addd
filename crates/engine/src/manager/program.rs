//! Programs that managers are driven with.

use std::fs::File;
use std::path::PathBuf;
use std::process::Command;

use super::{ManagerError, Refusal};
use crate::child;
use crate::interrupt::Interrupt;
use crate::program::Program;
use crate::workload::{Output, beginning};

/// Runs a program to its end.
///
/// # Errors
/// When it cannot be run or the engine is asked to end; not when it fails.
pub fn output(command: &mut Command, interrupt: &Interrupt) -> Result<Output, ManagerError> {
    Ok(child::run(command, interrupt)?)
}

/// Runs a program that must succeed, and gives what it wrote to standard output, trimmed.
///
/// # Errors
/// As [`output`], and when it fails: with what it wrote to standard error.
pub fn succeed(command: &mut Command, interrupt: &Interrupt) -> Result<String, ManagerError> {
    let output = output(command, interrupt)?;
    written(command, &output)
}

/// Runs a program that reads a file from its standard input and must succeed.
///
/// # Errors
/// As [`succeed`].
pub fn succeed_with_input(
    command: &mut Command,
    input: File,
    interrupt: &Interrupt,
) -> Result<String, ManagerError> {
    let output = child::run_with_input(command, input.into(), interrupt)?;
    written(command, &output)
}

/// Standard output of a program that succeeded.
fn written(command: &Command, output: &Output) -> Result<String, ManagerError> {
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
    }
    Err(failed(command, output))
}

/// The path of a program that is installed.
///
/// # Errors
/// When it is in no folder of `PATH` and not among the administrators' programs: with the package
/// that Debian has it in.
pub fn find(name: &'static str, package: &'static str) -> Result<PathBuf, ManagerError> {
    Program::new(name, package).path().ok_or_else(|| {
        ManagerError::from(Refusal::new(
            format!("there is no program {name}"),
            format!("install it (debian: apt-get install {package})"),
        ))
    })
}

/// The error of a program that failed.
pub fn failed(command: &Command, output: &Output) -> ManagerError {
    let (program, action) = name(command);
    ManagerError::Program {
        program,
        action,
        message: format!("{}; it wrote {:?}", output.status, end(&output.stderr)),
    }
}

/// The error of a program that succeeded but wrote something else than it should.
pub fn unexpected(
    program: &str,
    action: &str,
    written: &str,
    expected: &'static str,
) -> ManagerError {
    ManagerError::Answer {
        program: program.to_owned(),
        action: action.to_owned(),
        found: beginning(written.as_bytes()),
        expected,
    }
}

/// A program's name without its folder, and the first argument that is no option.
pub fn name(command: &Command) -> (String, String) {
    let program = std::path::Path::new(command.get_program());
    let program = program.file_name().unwrap_or(program.as_os_str());
    let action = command
        .get_args()
        .find(|argument| !argument.as_encoded_bytes().starts_with(b"-"))
        .unwrap_or_default();
    (
        program.to_string_lossy().into_owned(),
        action.to_string_lossy().into_owned(),
    )
}

/// The last lines, where programs say why they failed, as far as a message can hold them.
pub fn end(written: &[u8]) -> String {
    let text = String::from_utf8_lossy(written);
    let lines: Vec<&str> = text.trim_end().lines().rev().take(3).collect();
    let last: Vec<&str> = lines.into_iter().rev().collect();
    beginning(last.join("\n").as_bytes())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    #[test]
    fn a_failure_names_the_program_and_what_it_wrote() {
        let interrupt = Interrupt::idle().unwrap();
        let mut command = Command::new("/bin/sh");
        command.args(["-c", "echo one; echo two >&2; exit 3"]);
        let message = succeed(&mut command, &interrupt).unwrap_err().to_string();
        for part in ["sh", "exit status: 3", "two"] {
            assert!(message.contains(part), "{message}");
        }
        command = Command::new("/bin/echo");
        command.arg(" hi ");
        assert_eq!(succeed(&mut command, &interrupt).unwrap(), "hi");
    }
}
