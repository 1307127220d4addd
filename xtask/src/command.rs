//! Running other programs: each is printed before it runs, and a failure says which it was.

use std::env;
use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// `cargo` in the workspace with the toolchain that runs xtask.
pub fn cargo(workspace: &crate::workspace::Workspace) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command
        .current_dir(workspace.root())
        .env("CARGO_TARGET_DIR", workspace.target());
    command
}

/// Prints `command`, runs it without input and fails unless it succeeds.
pub fn run(command: &mut Command) -> Result<()> {
    run_interactive(command.stdin(Stdio::null()))
}

/// As [`run`], with this program's own standard input, from which sudo may ask for a password.
pub fn run_interactive(command: &mut Command) -> Result<()> {
    let line = line_of(command);
    eprintln!("$ {line}");
    let status = command
        .status()
        .with_context(|| format!("failed to start `{line}`"))?;
    if !status.success() {
        bail!("`{line}` failed with {status}");
    }
    Ok(())
}

/// Runs `command` without printing it and returns what it wrote to its standard output.
pub fn output(command: &mut Command) -> Result<String> {
    let line = line_of(command);
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("failed to start `{line}`"))?;
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        bail!("`{line}` failed with {}: {}", output.status, errors.trim());
    }
    String::from_utf8(output.stdout).with_context(|| format!("`{line}` printed no UTF-8"))
}

/// Whether `command` can be started and succeeds; what it prints is dropped.
pub fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Where `program` lies, searching PATH and the folders of system programs, which the PATH of an
/// ordinary user lacks.
pub fn find_program(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let system = ["/usr/local/sbin", "/usr/sbin", "/sbin"].map(PathBuf::from);
    let folders = env::join_paths(env::split_paths(&path).chain(system)).ok()?;
    which::which_in(program, Some(folders), env::current_dir().ok()?).ok()
}

/// Whether this process may do what root may.
pub fn is_root() -> Result<bool> {
    // The second number of the line is the effective user: proc_pid_status(5).
    let status =
        std::fs::read_to_string("/proc/self/status").context("failed to read /proc/self/status")?;
    let effective = status
        .lines()
        .find_map(|line| line.strip_prefix("Uid:"))
        .and_then(|ids| ids.split_whitespace().nth(1))
        .context("/proc/self/status has no Uid line")?;
    Ok(effective == "0")
}

/// The command as a line that a shell would take, without its environment.
pub fn line_of(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(quoted).collect::<Vec<_>>().join(" ")
}

fn quoted(word: &OsStr) -> String {
    let word = word.to_string_lossy();
    let plain =
        |character: char| character.is_ascii_alphanumeric() || "-_./=:+,@%".contains(character);
    if !word.is_empty() && word.chars().all(plain) {
        word.into_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_quotes_what_a_shell_would_split() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo it's", "", "a=b"]);
        assert_eq!(line_of(&command), r"sh -c 'echo it'\''s' '' a=b");
    }

    #[test]
    fn programs_are_found_where_they_are_and_nowhere_else() {
        assert!(find_program("sh").is_some());
        assert_eq!(find_program("no-program-has-this-name"), None);
    }

    #[test]
    fn a_failing_command_is_an_error_with_its_line() {
        let error = output(Command::new("sh").args(["-c", "echo no >&2; exit 3"]))
            .map_err(|error| error.to_string());
        assert_eq!(
            error,
            Err("`sh -c 'echo no >&2; exit 3'` failed with exit status: 3: no".to_owned())
        );
    }
}
