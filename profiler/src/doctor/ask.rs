//! Asking programs something within a limit of time.

use std::fmt;
use std::io::{self, PipeReader, Read};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

/// More than this is not read.
const OUTPUT_BYTES: u64 = 64 * 1024;
const POLL: Duration = Duration::from_millis(5);
/// How long a killed program may take to go.
const AFTER_KILL: Duration = Duration::from_secs(1);

/// The reasons for which a program gave no answer.
#[derive(Debug)]
pub enum NoAnswer {
    /// It could not be started.
    NotStarted(io::Error),
    /// It failed, with the first line that it wrote.
    Failed(ExitStatus, String),
    /// It had not ended within the limit.
    TooSlow(Duration),
}

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotStarted(error) => write!(f, "cannot be started: {error}"),
            Self::Failed(status, line) => write!(f, "failed with {status}: {line}"),
            Self::TooSlow(limit) => write!(f, "no answer within {} s", limit.as_secs_f32()),
        }
    }
}

/// The output of a program that is run with one argument; `scratch` is its
/// `XDG_RUNTIME_DIR`. It is killed, with all that it started, when it takes longer than `limit`.
pub fn ask(
    program: &Path,
    argument: &str,
    scratch: &Path,
    limit: Duration,
) -> Result<String, NoAnswer> {
    let deadline = Instant::now() + limit;
    let (reader, writer) = io::pipe().map_err(NoAnswer::NotStarted)?;
    let errors = writer.try_clone().map_err(NoAnswer::NotStarted)?;
    let mut child = Command::new(program)
        .arg(argument)
        .env("XDG_RUNTIME_DIR", scratch)
        .stdin(Stdio::null())
        .stdout(writer)
        .stderr(errors)
        .process_group(0)
        .spawn()
        .map_err(NoAnswer::NotStarted)?;
    let output = read_until(reader, deadline);
    let status = wait_until(&mut child, deadline);
    if output.is_none() || status.is_none() {
        kill_group(&mut child);
    }
    match (output, status) {
        (Some(output), Some(status)) if status.success() => Ok(output),
        (Some(output), Some(status)) => {
            let line = output.lines().next().unwrap_or_default().to_owned();
            Err(NoAnswer::Failed(status, line))
        }
        (None, _) | (_, None) => Err(NoAnswer::TooSlow(limit)),
    }
}

/// Reads to the end, in a thread that nobody waits for: whoever holds the other end may keep it.
fn read_until(reader: PipeReader, deadline: Instant) -> Option<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // Output that was read before an error is kept; nobody may be listening any more.
        let _ = reader.take(OUTPUT_BYTES).read_to_end(&mut bytes);
        let _ = sender.send(String::from_utf8_lossy(&bytes).into_owned());
    });
    let left = deadline.saturating_duration_since(Instant::now());
    receiver.recv_timeout(left).ok()
}

fn wait_until(child: &mut Child, deadline: Instant) -> Option<ExitStatus> {
    loop {
        if let Ok(Some(status)) = child.try_wait() {
            return Some(status);
        }
        if Instant::now() >= deadline {
            return None;
        }
        thread::sleep(POLL);
    }
}

fn kill_group(child: &mut Child) {
    // The group is the child's own; it may be gone already.
    let _ = killpg(Pid::from_raw(child.id() as i32), Signal::SIGKILL);
    wait_until(child, Instant::now() + AFTER_KILL);
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    const LONG: Duration = Duration::from_secs(20);

    /// A shell that runs `script`, as a program of its own.
    fn script(text: &str) -> tempfile::TempPath {
        use std::io::Write;
        use std::os::unix::fs::PermissionsExt;
        let mut file = tempfile::NamedTempFile::new().unwrap();
        writeln!(file, "#!/bin/sh\n{text}").unwrap();
        file.as_file()
            .set_permissions(PermissionsExt::from_mode(0o700))
            .unwrap();
        // Only what nobody has open for writing can be executed.
        file.into_temp_path()
    }

    #[test]
    fn what_a_program_writes_is_its_answer() {
        let program = script("echo \"$1\"; echo more >&2");
        assert_eq!(
            ask(&program, "--version", Path::new("/"), LONG).unwrap(),
            "--version\nmore\n"
        );
    }

    #[test]
    fn a_program_that_fails_is_told() {
        let answer = ask(&script("echo no; exit 3"), "-V", Path::new("/"), LONG).unwrap_err();
        assert_eq!(answer.to_string(), "failed with exit status: 3: no");
    }

    #[test]
    fn a_program_that_hangs_is_killed_with_its_children() {
        let witness = tempfile::tempdir().unwrap();
        let begun = witness.path().join("begun");
        let done = witness.path().join("done");
        let text = format!(
            "(touch {}; sleep 2; touch {}) & wait",
            begun.display(),
            done.display()
        );
        let started = Instant::now();
        let answer = ask(
            &script(&text),
            "-V",
            Path::new("/"),
            Duration::from_millis(700),
        );
        assert!(matches!(answer, Err(NoAnswer::TooSlow(_))), "{answer:?}");
        assert!(started.elapsed() < Duration::from_millis(1900));
        thread::sleep(Duration::from_millis(2500).saturating_sub(started.elapsed()));
        assert!(begun.exists() && !done.exists());
    }
}
