//! Where and how output is written.

use std::io::{self, IsTerminal};
use std::os::fd::AsRawFd;

use render::Style;

/// The style for standard output: colour on a terminal, unless `NO_COLOR` is set (no-color.org).
pub fn stdout_style() -> Style {
    let is_terminal = io::stdout().is_terminal();
    let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    Style {
        colour: is_terminal && !no_colour && !is_dumb,
        width: if is_terminal {
            terminal_columns(&io::stdout()).unwrap_or(80)
        } else {
            80
        },
    }
}

/// Columns of a terminal.
pub fn terminal_columns(terminal: &impl AsRawFd) -> Option<usize> {
    let mut size = libc::winsize {
        ws_row: 0,
        ws_col: 0,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    // SAFETY: TIOCGWINSZ fills a winsize (ioctl_tty(2)), and that is what it is given.
    let failed = unsafe { libc::ioctl(terminal.as_raw_fd(), libc::TIOCGWINSZ, &raw mut size) } != 0;
    if failed || size.ws_col == 0 {
        None
    } else {
        Some(size.ws_col.into())
    }
}

/// Whether an error is that nobody reads standard output any more.
pub fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// An error with its causes, each said once: many say what caused them themselves.
pub fn message(error: &anyhow::Error) -> String {
    let mut text = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::message;

    #[test]
    fn a_cause_that_was_said_is_not_said_again() {
        let error = anyhow!("permission denied").context("failed to run x: permission denied");
        assert_eq!(message(&error), "failed to run x: permission denied");
        let error = anyhow!("permission denied").context("failed to run x");
        assert_eq!(message(&error), "failed to run x: permission denied");
    }
}
