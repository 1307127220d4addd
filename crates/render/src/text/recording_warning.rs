//! Reasons to doubt a recording, each as a sentence.

use std::io;

use super::header::LABEL;
use super::ink::Ink;
use super::line::Page;
use super::quantity::{grouped, share};
use compare::report::MIN_RUNS;
use compare::report::diagnosis::RecordingWarning;

/// Writes each warning; `BEWARE` before one of figures that are wrong.
pub(super) fn write(page: &mut Page<'_>, warnings: &[RecordingWarning]) -> io::Result<()> {
    for warning in warnings {
        let (label, ink) = if warning.is_grave() {
            ("BEWARE", Ink::Alarm)
        } else {
            ("mind", Ink::Warning)
        };
        page.entry(label, LABEL, ink, &sentence(warning))?;
    }
    Ok(())
}

/// The fact and the advice, in one sentence.
pub(crate) fn sentence(warning: &RecordingWarning) -> String {
    match warning {
        RecordingWarning::Interrupted { reason } => {
            format!("{reason}; the recording ends early, its last stage may be cut")
        }
        RecordingWarning::LostRecords { lost, sent } => format!(
            "{} of {} records ({}) were lost: times and counts are too low; record again with \
             larger buffers or at level summary",
            grouped(*lost),
            grouped(*sent),
            share(*lost, *sent),
        ),
        RecordingWarning::BusyMachine { share_ppm, reasons } => format!(
            "the machine was busy: {} of the critical path is waiting for a CPU that others had{}",
            percent(*share_ppm),
            listed(", most of it ", reasons)
        ),
        RecordingWarning::Throttled { share_ppm, groups } => format!(
            "{} of the critical path is throttled{}",
            percent(*share_ppm),
            listed(" by the CPU quota of ", groups)
        ),
        RecordingWarning::ObserverCost { share_ppm } => format!(
            "observing took {} of the critical path: hold wall times against those without \
             (hyperfine, or run --untraced)",
            percent(*share_ppm)
        ),
        RecordingWarning::FewRuns { runs } => {
            format!("{runs} runs are few: quartiles of fewer than {MIN_RUNS} say little")
        }
        RecordingWarning::SummaryLevel => {
            "at level summary short calls were added up: their place on the critical path is \
             estimated"
                .to_owned()
        }
        RecordingWarning::MissingProbes { names } => format!(
            "probes that could not be attached: {}; see the end of the report (--full)",
            names.join(", ")
        ),
        RecordingWarning::RefusedMarks { marks } => refused_marks(*marks, ""),
        RecordingWarning::ImputedSwitches { share_ppm } => format!(
            "{} of the critical path rests on switches that were missed and put in by inference",
            percent(*share_ppm)
        ),
        RecordingWarning::RulesOfThumb { share_ppm } => format!(
            "rules of thumb decided {} of the critical path: plausible, not proven",
            percent(*share_ppm)
        ),
    }
}

/// The warning of marks that do not count; `side` is whose recordings have them, as in ` of A`.
pub(super) fn refused_marks(marks: u64, side: &str) -> String {
    let noun = if marks == 1 { "mark" } else { "marks" };
    format!(
        "traced programs{side} tried to set {} {noun} of stages, as ctrprof's engine does: such marks do \
         not count",
        grouped(marks)
    )
}

fn percent(ppm: u64) -> String {
    share(ppm, 1_000_000)
}

fn listed(before: &str, names: &[String]) -> String {
    if names.is_empty() {
        String::new()
    } else {
        format!("{before}{}", names.join(", "))
    }
}
