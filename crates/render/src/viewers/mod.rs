//! Files for the viewers of the field, all of the same stacks: those of `analysis::stacks`.
//!
//! [`speedscope`] writes for <https://www.speedscope.app>, [`pprof`] for `go tool pprof` and whatever else
//! reads its format, [`firefox`] for <https://profiler.firefox.com>, [`perfetto`] for <https://ui.perfetto.dev>.

pub mod firefox;
pub mod perfetto;
pub mod pprof;
pub mod speedscope;

use analysis::report::path::StagePath;

/// What the time of the stacks is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// On the critical path: each stage adds up to its wall time.
    CriticalPath,
    /// Of all tracked threads.
    ThreadTime,
}

impl Weight {
    /// The name that viewers show.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::CriticalPath => "critical path",
            Self::ThreadTime => "thread time",
        }
    }
}

/// The name of a stage among others: with its run, where there are several.
fn title(path: &StagePath, paths: &[StagePath]) -> String {
    let has_runs = paths.iter().any(|other| other.run != path.run);
    if has_runs {
        format!("run {} {}", path.run + 1, path.stage)
    } else {
        path.stage.clone()
    }
}
