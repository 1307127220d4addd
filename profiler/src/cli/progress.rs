//! How far something is: one line of standard error that is redrawn in place, on a terminal alone, and
//! gone when it is over.

use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::os::fd::AsFd;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle, TermLike};

use super::output::{terminal_columns, terminal_rows};

/// What takes less is not worth a line.
const AT_ONCE: Duration = Duration::from_millis(300);
/// Between two drawings: they take time from what is recorded.
const INTERVAL: Duration = Duration::from_secs(1);

/// The line.
pub struct Line {
    bar: ProgressBar,
    /// For the end of the line, if it is to stay.
    screen: Option<File>,
}

impl Line {
    /// On a terminal; what else is given is written nothing to.
    pub fn on(terminal: File) -> Self {
        let can_draw = std::env::var_os("TERM").is_some_and(|kind| kind != "dumb");
        let screen = terminal.try_clone().ok();
        let screen = screen.filter(|screen| can_draw && screen.is_terminal());
        let target = if screen.is_some() {
            ProgressDrawTarget::term_like(Box::new(Screen(terminal)))
        } else {
            ProgressDrawTarget::hidden()
        };
        let style = ProgressStyle::with_template("{wide_msg}");
        let style = style.unwrap_or_else(|_| ProgressStyle::default_spinner());
        let bar = ProgressBar::with_draw_target(None, target).with_style(style);
        Self { bar, screen }
    }

    /// Draws a text in place of the one before.
    pub fn draw(&self, text: String) {
        self.bar.set_message(text);
    }

    /// Draws a last text, which stays.
    pub fn leave(&self, text: String) {
        self.bar.abandon_with_message(text);
        if let Some(mut screen) = self.screen.as_ref() {
            let _ = screen.write_all(b"\r\n");
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if !self.bar.is_finished() {
            self.bar.finish_and_clear();
        }
    }
}

/// A line that is redrawn again and again, until this is dropped.
pub struct Live {
    cancel: Option<Sender<()>>,
    drawer: Option<JoinHandle<()>>,
}

impl Live {
    /// Begins to draw on standard error, if that is a terminal, what `text` makes of the time since
    /// then.
    fn begin(text: impl Fn(Duration) -> String + Send + 'static) -> Self {
        let stderr = io::stderr();
        let terminal = stderr.as_fd().try_clone_to_owned().map(File::from);
        let (cancel, cancelled) = mpsc::channel::<()>();
        let drawer = terminal
            .ok()
            .filter(IsTerminal::is_terminal)
            .map(|terminal| {
                thread::spawn(move || {
                    let begun = Instant::now();
                    let line = Line::on(terminal);
                    let mut wait = AT_ONCE;
                    while cancelled.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                        line.draw(text(begun.elapsed()));
                        wait = INTERVAL;
                    }
                })
            });
        Self {
            cancel: Some(cancel),
            drawer,
        }
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.cancel = None;
        // The line is gone when this returns: what is written next would tear it.
        if let Some(drawer) = self.drawer.take() {
            let _ = drawer.join();
        }
    }
}

/// Says that a recording is analysed.
pub fn analysing() -> Live {
    Live::begin(|elapsed| format!("analysing  {} s", elapsed.as_secs()))
}

/// Says what is being recorded; `text` is given the time since then.
pub fn recording(text: impl Fn(Duration) -> String + Send + 'static) -> Live {
    Live::begin(text)
}

/// A terminal that lines are drawn on.
#[derive(Debug)]
struct Screen(File);

impl Screen {
    /// Writes a sequence that moves the cursor or clears (ECMA-48), with a number before its last letter.
    fn control(&self, count: usize, letter: char) -> io::Result<()> {
        if count == 0 {
            return Ok(());
        }
        self.write_str(&format!("\x1b[{count}{letter}"))
    }
}

impl TermLike for Screen {
    fn width(&self) -> u16 {
        // The last column stays free: some terminals go on in the next line behind it.
        let columns = terminal_columns(&self.0).unwrap_or(80).saturating_sub(1);
        u16::try_from(columns).unwrap_or(u16::MAX)
    }

    fn height(&self) -> u16 {
        u16::try_from(terminal_rows(&self.0).unwrap_or(24)).unwrap_or(u16::MAX)
    }

    fn move_cursor_up(&self, n: usize) -> io::Result<()> {
        self.control(n, 'A')
    }

    fn move_cursor_down(&self, n: usize) -> io::Result<()> {
        self.control(n, 'B')
    }

    fn move_cursor_right(&self, n: usize) -> io::Result<()> {
        self.control(n, 'C')
    }

    fn move_cursor_left(&self, n: usize) -> io::Result<()> {
        self.control(n, 'D')
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.write_str(&format!("{text}\n"))
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        (&self.0).write_all(text.as_bytes())
    }

    fn clear_line(&self) -> io::Result<()> {
        self.write_str("\r\x1b[2K")
    }

    fn flush(&self) -> io::Result<()> {
        (&self.0).flush()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn what_is_no_terminal_is_written_nothing_to() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let line = Line::on(File::create(&path).unwrap());
        line.draw("half".to_owned());
        line.leave("all".to_owned());
        drop(line);
        assert_eq!(std::fs::read(&path).unwrap(), b"");
    }
}
