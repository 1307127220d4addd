//! Where and how output is written.

use std::io::{self, IsTerminal};
use std::os::fd::AsRawFd;

use anstream::{AutoStream, ColorChoice};

use render::Style;
use render::json::Layout;

/// The style for standard output: colour as `--color` says, else on a terminal, unless the environment
/// says otherwise (`NO_COLOR`, `CLICOLOR`, `CLICOLOR_FORCE`, `TERM`: bixense.com/clicolors).
pub fn stdout_style() -> Style {
    let is_terminal = io::stdout().is_terminal();
    let choice = AutoStream::choice(&io::stdout());
    Style {
        colour: choice != ColorChoice::Never,
        width: if is_terminal {
            terminal_columns(&io::stdout()).unwrap_or(80)
        } else {
            80
        },
    }
}

/// How JSON is laid out on standard output: for people where that is a terminal.
pub fn json_layout() -> Layout {
    if io::stdout().is_terminal() {
        Layout::Indented
    } else {
        Layout::Compact
    }
}

/// Columns of a terminal.
pub fn terminal_columns(terminal: &impl AsRawFd) -> Option<usize> {
    terminal_size(terminal).map(|(columns, _)| columns)
}

/// Lines of a terminal.
pub fn terminal_rows(terminal: &impl AsRawFd) -> Option<usize> {
    terminal_size(terminal).map(|(_, rows)| rows)
}

/// Columns and lines.
fn terminal_size(terminal: &impl AsRawFd) -> Option<(usize, usize)> {
    let mut size = libc::winsize {
        ws_row: 0,
        ws_col: 0,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    // SAFETY: TIOCGWINSZ fills a winsize (ioctl_tty(2)), and that is what it is given.
    let failed = unsafe { libc::ioctl(terminal.as_raw_fd(), libc::TIOCGWINSZ, &raw mut size) } != 0;
    let is_known = !failed && size.ws_col > 0 && size.ws_row > 0;
    is_known.then(|| (size.ws_col.into(), size.ws_row.into()))
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
