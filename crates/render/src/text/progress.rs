//! The progress of many runs, in one line.

use super::bar::bar;
use super::fit;
use super::quantity::{duration, grouped, short_share};

/// Columns of the bar.
const BAR: usize = 16;

/// Progress of many runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress<'a> {
    /// Runs that are over.
    pub done: u64,
    /// Runs altogether.
    pub all: u64,
    /// Failed ones among those that are over.
    pub failed: u64,
    /// Time that the others are likely to take; none where nothing tells.
    pub left_ns: Option<u64>,
    /// The current run; empty if there is none.
    pub current: &'a str,
}

/// The line, of at most `columns`, without an end of line.
pub fn progress_line(progress: &Progress<'_>, columns: usize) -> String {
    let Progress { done, all, .. } = *progress;
    let bar = bar(done, all, BAR);
    let padding = " ".repeat(BAR.saturating_sub(fit::width(&bar)));
    let mut facts = vec![format!(
        "{}/{} ▕{bar}{padding}▏ {}",
        grouped(done),
        grouped(all),
        short_share(done, all)
    )];
    if let (true, Some(left_ns)) = (done < all, progress.left_ns) {
        facts.push(format!("{} left", duration(left_ns)));
    }
    if progress.failed > 0 {
        facts.push(format!("{} failed", grouped(progress.failed)));
    }
    if !progress.current.is_empty() {
        facts.push(progress.current.to_owned());
    }
    fit::elide_end(&fit::clean(&facts.join("  ")), columns)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_how_far_it_is_and_fits() {
        let mut progress = Progress {
            done: 37,
            all: 500,
            failed: 0,
            left_ns: Some(133_000_000_000),
            current: "podman/crun/overlay, hello-world 3",
        };
        assert_eq!(
            progress_line(&progress, 100),
            "37/500 ▕█▏              ▏ 7%  133 s left  podman/crun/overlay, hello-world 3"
        );
        progress.failed = 2;
        assert_eq!(
            progress_line(&progress, 56),
            "37/500 ▕█▏              ▏ 7%  133 s left  2 failed  pod…"
        );
        progress.left_ns = None;
        assert!(!progress_line(&progress, 80).contains("left"));
        progress.done = 500;
        progress.current = "";
        assert_eq!(
            progress_line(&progress, 80),
            "500/500 ▕████████████████▏ 100%  2 failed"
        );
    }
}
