//! Reasons to doubt a figure of several sides, each as a sentence.

use crate::text::quantity::{grouped, share};
use compare::profile::report::ProfileReport;
use compare::profile::warning::ProfileWarning;
use compare::report::MIN_RUNS;

use super::units;

/// The fact and the advice, in one sentence.
pub(crate) fn sentence(warning: &ProfileWarning, report: &ProfileReport) -> String {
    let name = |side: &u64| {
        let side = usize::try_from(*side)
            .ok()
            .and_then(|at| report.sides.get(at));
        side.map_or("a side", |side| &*side.name)
    };
    match warning {
        ProfileWarning::LostRecords { side, lost, sent } => format!(
            "{} of {} records ({}) of {} were lost: its counts and times are too low; record again \
             with larger buffers",
            grouped(*lost),
            grouped(*sent),
            share(*lost, *sent),
            name(side)
        ),
        ProfileWarning::Interrupted { side, reason } => {
            format!("a recording of {} ends early: {reason}", name(side))
        }
        ProfileWarning::NoCalls { side } => format!(
            "{} has no call of these roles in these stages: nothing is counted of it",
            name(side)
        ),
        ProfileWarning::UnlikeUnits => {
            "the sides' workloads have different units, so calls are those for a container"
                .to_owned()
        }
        ProfileWarning::OtherUnits { low, high } => format!(
            "runs do from {} to {} {}: what a run does once weighs less where there are more",
            grouped(*low),
            grouped(*high),
            units(&report.unit.name, *high)
        ),
        ProfileWarning::FewUnits { units: count } => format!(
            "a run does {} {}, so what programs do once, at their start, is a good part of each",
            grouped(*count),
            units(&report.unit.name, *count)
        ),
        ProfileWarning::OtherKernel { kernels } => format!(
            "the sides were recorded on different kernels: {}",
            kernels.join(", ")
        ),
        ProfileWarning::SummaryLevel { side } => format!(
            "at level summary the errors and paths of short calls of {} are not known",
            name(side)
        ),
        ProfileWarning::FewRuns { runs } => format!(
            "{runs} {} of a side: counts are what they are, times of fewer than {MIN_RUNS} say little",
            units("run", *runs)
        ),
    }
}
