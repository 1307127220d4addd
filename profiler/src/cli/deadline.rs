//! Ends a recording after a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// How long a command may take to end before it is killed.
const GRACE: Duration = Duration::from_secs(5);

/// Asks this process to end after a time, as SIGTERM does, until this is dropped: then a recording ends,
/// and its command has been asked to end, too.
pub struct Deadline {
    after: Duration,
    reached: Arc<AtomicBool>,
    _cancel: Sender<()>,
}

impl Deadline {
    /// Begins to wait. The process must have a handler of SIGTERM by now.
    pub fn begin(after: Duration) -> Self {
        let (cancel, cancelled) = mpsc::channel::<()>();
        let reached = Arc::new(AtomicBool::new(false));
        let reaches = Arc::clone(&reached);
        thread::spawn(move || {
            // The second signal kills a command that goes on in spite of the first.
            for wait in [after, GRACE] {
                if cancelled.recv_timeout(wait) != Err(RecvTimeoutError::Timeout) {
                    return;
                }
                reaches.store(true, Ordering::Relaxed);
                // It is this process: nothing can be wrong with its number.
                let _ = kill(Pid::this(), Signal::SIGTERM);
            }
        });
        Self {
            after,
            reached,
            _cancel: cancel,
        }
    }

    /// The reason for which a recording ended, if the time has come.
    pub fn reason(&self) -> Option<String> {
        let is_reached = self.reached.load(Ordering::Relaxed);
        is_reached.then(|| format!("stopped after {:?} (--duration)", self.after))
    }
}

/// Reads a time: a number with `ms`, `s`, `m` or `h`, or of seconds.
pub fn parse(text: &str) -> Result<Duration, String> {
    let is_of_number = |c: char| c.is_ascii_digit() || c == '.';
    let end = text.find(|c| !is_of_number(c)).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let unit_s = match unit.trim() {
        "ms" => 0.001,
        "" | "s" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3_600.0,
        _ => return Err("a time is a number with ms, s, m or h, such as 500ms or 10s".to_owned()),
    };
    let number: f64 = number.parse().map_err(|_| "it has no number".to_owned())?;
    match Duration::try_from_secs_f64(number * unit_s) {
        Ok(time) if !time.is_zero() => Ok(time),
        Ok(_) | Err(_) => Err("the time is 0 or too large".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_with_their_units() {
        let seconds = |text| parse(text).map(|time| time.as_secs_f64());
        assert_eq!(seconds("10"), Ok(10.0));
        assert_eq!(seconds("1.5s"), Ok(1.5));
        assert_eq!(seconds("250ms"), Ok(0.25));
        assert_eq!(seconds("2m"), Ok(120.0));
        assert_eq!(seconds("1 h"), Ok(3_600.0));
        for wrong in [
            "",
            "s",
            "0",
            "-1",
            "1x",
            "1.2.3",
            "99999999999999999999999h",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_deadline_that_is_not_reached_gives_no_reason() {
        let deadline = Deadline::begin(Duration::from_secs(3_600));
        assert_eq!(deadline.reason(), None);
    }
}
