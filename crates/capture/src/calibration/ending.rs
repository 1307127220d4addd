//! The calibration when a recording has ended: calls by kind, while the probes are still attached,
//! then without them. What it records comes after the end of the recording.

use profiler_common::JoinReason;

use super::kinds::KindTimes;
use super::now_ns;
use super::steady::Steady;
use super::subject::Subject;
use crate::{CaptureError, Probes};
use trace::manifest::CallCost;

/// Few, for what they leave must fit into the smallest ring buffer beside what is there.
const ROUNDS_ATTACHED: u32 = 8;
const ROUNDS: u32 = 40;

/// A calibration that is under way: measured with probes.
pub struct EndCalibration {
    cpu: usize,
    attached: KindTimes,
}

impl EndCalibration {
    /// Measures a subject, tracked.
    pub fn begin(probes: &mut Probes) -> Result<Self, CaptureError> {
        let steady = Steady::here();
        let mut subject = start(&steady)?;
        probes.track(&[subject.pid()], JoinReason::Root)?;
        let attached = KindTimes::of(&mut subject, ROUNDS_ATTACHED, || ())?;
        let cpu = steady.cpu();
        Ok(Self { cpu, attached })
    }

    /// Measures another without probes, which must be detached: the first one, as a child of this
    /// process, would keep them attached. The share of the cost that lies inside of calls is what it
    /// was at the beginning.
    pub fn finish(self, first: &CallCost) -> Result<CallCost, CaptureError> {
        let steady = Steady::on(self.cpu);
        let bare = KindTimes::of(&mut start(&steady)?, ROUNDS, || ())?;
        let added_ns = (self.attached.plain_ns - bare.plain_ns).max(0.0);
        let first_ns = (first.inside_ns + first.plain_ns).max(1);
        let inside_ns = added_ns * first.inside_ns as f64 / first_ns as f64;
        Ok(self.attached.costs(&bare, inside_ns, now_ns()))
    }
}

fn start(steady: &Steady) -> Result<Subject, CaptureError> {
    Subject::start(steady.cpu()).map_err(CaptureError::system(
        "start the process that the probes are measured with",
    ))
}
