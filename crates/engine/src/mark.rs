//! Marks: the stage's edges, set on the kernel's clock by the process that is traced.

use std::time::Duration;

use nix::time::{ClockId, clock_gettime};
use profiler_common::MARK_PRCTL;

use super::results::StageTiming;
use trace::mark::{MarkCode, Stage};

/// Sets a mark for the run with this number.
///
/// The kernel answers EINVAL, since prctl(2) has no such operation; the answer says nothing about
/// whether anyone was listening, so it is not looked at.
pub fn mark(code: MarkCode, run: u64) {
    // SAFETY: the kernel rejects an operation that it does not know before it looks at the
    // arguments (kernel/sys.c, v6.18), and none of them is a pointer.
    unsafe { libc::prctl(MARK_PRCTL as libc::c_int, code.to_u64(), run, 0, 0) };
}

/// Sets the marks of one run and keeps their times, for runs that nobody traces.
#[derive(Debug)]
pub struct Stopwatch {
    run: u64,
    begun_ns: u64,
    stages: Vec<StageTiming>,
}

impl Stopwatch {
    /// A stopwatch for the run with this number.
    pub const fn new(run: u64) -> Self {
        Self {
            run,
            begun_ns: 0,
            stages: Vec::new(),
        }
    }

    /// The beginning of a stage.
    pub fn begin(&mut self, stage: Stage) {
        mark(MarkCode::Begin(stage), self.run);
        self.begun_ns = now_ns();
    }

    /// Its end. A stage that failed has none.
    pub fn end(&mut self, stage: Stage) {
        let ended_ns = now_ns();
        mark(MarkCode::End(stage), self.run);
        self.stages.push(StageTiming {
            stage,
            started_ns: self.begun_ns,
            ended_ns,
        });
    }

    /// The stages that ended, in order.
    pub fn into_stages(self) -> Vec<StageTiming> {
        self.stages
    }
}

/// Nanoseconds of `CLOCK_MONOTONIC`, the clock of all records; 0 on a kernel without it.
fn now_ns() -> u64 {
    clock_gettime(ClockId::CLOCK_MONOTONIC)
        .map(Duration::from)
        .map_or(0, |time| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_are_kept_in_order_with_times_that_do_not_run_back() {
        let mut stopwatch = Stopwatch::new(7);
        for stage in [Stage::Create, Stage::Start] {
            stopwatch.begin(stage);
            stopwatch.end(stage);
        }
        let stages = stopwatch.into_stages();
        assert_eq!(stages.len(), 2);
        assert_eq!(stages[0].stage, Stage::Create);
        assert!(stages[0].started_ns > 0);
        assert!(stages[0].started_ns <= stages[0].ended_ns);
        assert!(stages[0].ended_ns <= stages[1].started_ns);
    }

    #[test]
    fn a_mark_leaves_the_process_as_it_was() {
        let dumpable = || {
            // SAFETY: PR_GET_DUMPABLE takes no pointer.
            unsafe { libc::prctl(libc::PR_GET_DUMPABLE) }
        };
        let before = dumpable();
        mark(MarkCode::Begin(Stage::Create), 1);
        assert_eq!(dumpable(), before);
    }
}
