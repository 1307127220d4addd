//! A bar on a terminal, redrawn in place; elsewhere a line now and then.

use std::fs::File;
use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use crate::cli::output;
use bench::runner::{Standing, Watcher};
use bench::schedule::Job;
use render::text::progress::{Progress, progress_line};

/// Between two lines where there is no terminal.
const INTERVAL: Duration = Duration::from_secs(30);
/// Columns where there is no terminal.
const COLUMNS: usize = 120;
/// To the left edge, and the line cleared from there on (ECMA-48: CR, EL).
const REDRAW: &str = "\r\x1b[K";

/// Draws how far a bench is.
pub struct ProgressBar {
    out: File,
    is_terminal: bool,
    written_at: Option<Instant>,
}

impl ProgressBar {
    /// Draws on `out`, which was standard error.
    pub fn new(out: File) -> Self {
        Self {
            is_terminal: out.is_terminal(),
            out,
            written_at: None,
        }
    }

    fn write(&mut self, standing: Standing, current: &str, end: &str) {
        let progress = Progress {
            done: standing.done as u64,
            all: standing.all as u64,
            failed: standing.failed as u64,
            left_ns: u64::try_from(standing.left.as_nanos()).unwrap_or(u64::MAX),
            current,
        };
        let line = if self.is_terminal {
            // The last column stays free: some terminals go on in the next line behind it.
            let columns = output::terminal_columns(&self.out).unwrap_or(80) - 1;
            format!("{REDRAW}{}{end}", progress_line(&progress, columns))
        } else {
            format!("{}\n", progress_line(&progress, COLUMNS))
        };
        // A bench does not end because nobody looks at its progress.
        let _ = self.out.write_all(line.as_bytes());
    }
}

impl Watcher for ProgressBar {
    fn begins(&mut self, job: &Job<'_>, standing: Standing) {
        let is_recent = self
            .written_at
            .is_some_and(|written_at| written_at.elapsed() < INTERVAL);
        if !self.is_terminal && is_recent {
            return;
        }
        self.written_at = Some(Instant::now());
        let kind = if job.warm_up { "warm-up " } else { "" };
        let current = format!(
            "{}, {} {kind}{}",
            job.cell.configuration, job.cell.workload, job.number
        );
        self.write(standing, &current, "");
    }

    fn ends(&mut self, standing: Standing) {
        self.write(standing, "", "\n");
    }
}
