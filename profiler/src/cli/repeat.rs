//! `ctrprof repeat`: runs a command several times, each time between two marks; started by
//! `ctrprof trace -n`.

use std::ffi::OsString;
use std::io;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, ExitCode, ExitStatus};

use anyhow::{Context, Result};
use clap::Args;
use nix::unistd::{AccessFlags, access};

use super::measure::wait;
use capture::CaptureError;
use engine::interrupt::Interrupt;
use engine::mark::mark;
use trace::mark::{MarkCode, Stage};

/// Exit code after a signal, beside its number, as shells report it.
const SIGNAL_EXIT_BASE: i32 = 128;

/// Arguments of the repetition.
#[derive(Args, Clone, Debug)]
pub struct RepeatArgs {
    /// How many times
    runs: u64,
    /// The command and its arguments
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
    command: Vec<OsString>,
}

/// The words that repeat a command, as arguments of this program.
///
/// # Errors
/// When there is no such command, it cannot be executed, or this program's own path cannot be found
/// out, as without /proc.
pub fn command(runs: u64, command: &[OsString]) -> Result<Vec<OsString>> {
    let name = command.first().context("no command to repeat")?;
    let path = capture::resolve_command(name)?;
    access(&path, AccessFlags::X_OK).map_err(|errno| CaptureError::Command {
        command: name.display().to_string(),
        source: errno.into(),
    })?;
    let program = std::env::current_exe().context("failed to find ctrprof's own program")?;
    let told = [program.into(), "repeat".into(), runs.to_string().into()];
    Ok(told.into_iter().chain(command.iter().cloned()).collect())
}

/// Runs it, and gives the exit code of the first repetition that failed. Such a repetition has no mark
/// at its end, and so is no run of the recording: a fast failure must not look like a fast run.
pub fn run(args: &RepeatArgs) -> Result<ExitCode> {
    let interrupt = Interrupt::install()?;
    let name = &args.command[0];
    let path = capture::resolve_command(name)?;
    let mut command = Command::new(path);
    command.arg0(name).args(&args.command[1..]);
    let mut first_failure = None;
    let mut failed = 0_u64;
    for run in 1..=args.runs {
        let status =
            one(run, &mut command, &interrupt).map_err(|source| CaptureError::Command {
                command: name.display().to_string(),
                source,
            })?;
        if let Err(interrupted) = interrupt.check() {
            let code = SIGNAL_EXIT_BASE + interrupted.0 as i32;
            return Ok(ExitCode::from(code as u8));
        }
        if !status.success() {
            failed += 1;
            first_failure.get_or_insert((run, code(status)));
        }
    }
    let Some((first, code)) = first_failure else {
        return Ok(ExitCode::SUCCESS);
    };
    eprintln!(
        "ctrprof: {failed} of {} repetitions failed and are no runs of the recording, the first being {first} (exit status {code})",
        args.runs
    );
    Ok(ExitCode::from(code as u8))
}

/// One repetition.
fn one(run: u64, command: &mut Command, interrupt: &Interrupt) -> io::Result<ExitStatus> {
    mark(MarkCode::Begin(Stage::Command), run);
    let mut child = command.spawn()?;
    let status = wait(&mut child, interrupt)?;
    if status.success() {
        mark(MarkCode::End(Stage::Command), run);
    }
    Ok(status)
}

fn code(status: ExitStatus) -> i32 {
    let by_signal = status.signal().map(|signal| SIGNAL_EXIT_BASE + signal);
    status.code().or(by_signal).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::cli::exit;

    #[test]
    fn a_command_is_looked_up_before_it_is_repeated() {
        let words = command(3, &["true".into(), "-x".into()]).unwrap();
        assert_eq!(words[1..], ["repeat", "3", "true", "-x"]);
        let error = command(3, &["no-such-command-here".into()]).unwrap_err();
        assert_eq!(exit::status(&error), 127);
        let error = command(3, &["/etc/passwd".into()]).unwrap_err();
        assert_eq!(exit::status(&error), 126);
    }

    #[test]
    fn statuses_are_those_of_a_shell() {
        assert_eq!(code(ExitStatus::from_raw(3 << 8)), 3);
        assert_eq!(code(ExitStatus::from_raw(9)), 137);
    }
}
