//! Switches that were missed, and put in by inference when the records were decoded.
//!
//! Two kinds of rows are marked so. A thread that left a CPU on which it had not been seen to arrive
//! was given its arrival: since its wake-up it may have run instead of waiting. A thread that was
//! first seen when it arrived was given its departure, at the beginning of the recording: when its
//! wait began is not known, but since its wake-up it did wait for a CPU.

use crate::report::path::Heuristic;
use crate::timeline::{Interval, State, Timeline};

/// The rule of thumb, if an imputed end decides about an interval.
pub(super) fn rule(timeline: &Timeline<'_>, interval: &Interval) -> Option<Heuristic> {
    let off_cpu = timeline.off_cpu(interval.off_cpu()?);
    let lacks_departure = off_cpu.from_ns == timeline.window_ns().0;
    let is_decisive = match interval.state {
        State::Runnable(_) => !lacks_departure,
        State::Blocked(_) => lacks_departure || off_cpu.wake_ns.is_none(),
        State::User | State::Syscall => false,
    };
    (off_cpu.imputed && is_decisive).then_some(Heuristic::ImputedSwitch)
}
