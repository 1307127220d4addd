//! Output that is longer than the terminal goes through a pager, as git does it.

use std::env;
use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::process::{Command, Stdio};

use super::output::terminal_rows;

/// The pager where `PAGER` says nothing.
const DEFAULT_PAGER: &str = "less";
/// Options of less(1) where `LESS` says nothing: end if all fits on one screen, keep colours, leave the
/// text on the screen. They are git's own.
const LESS_OPTIONS: &str = "FRX";

/// Writes text to standard output; through a pager if that is a terminal with fewer lines than the text.
///
/// # Errors
/// Those of standard output. A pager that cannot be run is done without.
pub fn print(text: &[u8], may_page: bool) -> io::Result<()> {
    if may_page && is_longer_than_terminal(text) && page(text) {
        return Ok(());
    }
    let mut out = io::stdout().lock();
    out.write_all(text)?;
    out.flush()
}

fn is_longer_than_terminal(text: &[u8]) -> bool {
    let stdout = io::stdout();
    let rows = stdout.is_terminal().then(|| terminal_rows(&stdout));
    let lines = text.iter().filter(|&&byte| byte == b'\n').count();
    rows.flatten().is_some_and(|rows| lines >= rows)
}

/// Whether a pager was run. It may end before it has read all: that is its user's wish.
fn page(text: &[u8]) -> bool {
    let pager = env::var_os("PAGER").unwrap_or_else(|| OsString::from(DEFAULT_PAGER));
    if pager.is_empty() || pager == "cat" {
        return false;
    }
    // A shell, since PAGER may hold options (environ(7)).
    let mut command = Command::new("/bin/sh");
    command.arg("-c").arg(&pager).stdin(Stdio::piped());
    if env::var_os("LESS").is_none() {
        command.env("LESS", LESS_OPTIONS);
    }
    let Ok(mut child) = command.spawn() else {
        return false;
    };
    if let Some(mut stdin) = child.stdin.take() {
        let _ = stdin.write_all(text);
    }
    /// What a shell says of a command that it does not find, or cannot execute.
    const NOT_RUN: [i32; 2] = [126, 127];
    child
        .wait()
        .is_ok_and(|status| !status.code().is_some_and(|code| NOT_RUN.contains(&code)))
}
