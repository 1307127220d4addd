//! How far a bench is: on a terminal one line, elsewhere a line now and then.

use std::fs::File;
use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use crate::cli::progress::Line;
use bench::runner::{Standing, Watcher};
use bench::schedule::Job;
use render::text::progress::{Progress, progress_line};

/// Between two lines where there is no terminal.
const INTERVAL: Duration = Duration::from_secs(30);
/// Columns where there is no terminal; a terminal has what columns it has.
const COLUMNS: usize = 120;

/// Draws how far a bench is.
pub enum ProgressBar {
    /// In place.
    Terminal(Line),
    /// A line after another.
    Lines {
        /// Where they are written.
        out: File,
        /// When the last one was.
        written_at: Option<Instant>,
    },
}

impl ProgressBar {
    /// Draws on `out`, which was standard error.
    pub fn new(out: File) -> Self {
        if out.is_terminal() {
            Self::Terminal(Line::on(out))
        } else {
            Self::Lines {
                out,
                written_at: None,
            }
        }
    }
}

fn line(standing: Standing, current: &str) -> String {
    let progress = Progress {
        done: standing.done,
        all: standing.all,
        failed: standing.failed,
        left_ns: Some(u64::try_from(standing.left.as_nanos()).unwrap_or(u64::MAX)),
        current,
    };
    progress_line(&progress, COLUMNS)
}

impl Watcher for ProgressBar {
    fn begins(&mut self, job: &Job<'_>, standing: Standing) {
        let kind = if job.warm_up { "warm-up " } else { "" };
        let current = format!(
            "{}, {} {kind}{}",
            job.cell.configuration, job.cell.workload, job.number
        );
        let line = line(standing, &current);
        match self {
            Self::Terminal(drawn) => drawn.draw(line),
            Self::Lines { out, written_at } => {
                let is_recent = written_at.is_some_and(|at| at.elapsed() < INTERVAL);
                if !is_recent {
                    *written_at = Some(Instant::now());
                    // A bench does not end because nobody looks at its progress.
                    let _ = writeln!(out, "{line}");
                }
            }
        }
    }

    fn ends(&mut self, standing: Standing) {
        let line = line(standing, "");
        match self {
            Self::Terminal(drawn) => drawn.leave(line),
            Self::Lines { out, .. } => {
                let _ = writeln!(out, "{line}");
            }
        }
    }
}
