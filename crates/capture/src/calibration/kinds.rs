//! The cost of system calls by kind, inside and outside of their recorded durations.
//!
//! A call that the kernel refuses has no work of its own, so what its record says that it took is
//! what the probes took between the two times of it; the rest of what they add lies outside.

use std::io;
use std::time::Duration;

use profiler_common::{RecordKind, SpanRecord, TotalRecord};
use zerocopy::FromBytes;

use super::fastest_ns;
use super::subject::{CALLS, CallKind, NO_CALL, Subject};
use crate::CaptureError;
use trace::manifest::CallCost;

/// How long a call of each kind takes, in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct KindTimes {
    pub plain_ns: f64,
    pub descriptor_ns: f64,
    pub path_ns: f64,
}

impl KindTimes {
    /// Measures the subject, in at most `rounds` rounds of each kind.
    pub fn of(
        subject: &mut Subject,
        rounds: u32,
        mut after_round: impl FnMut(),
    ) -> Result<Self, CaptureError> {
        let mut time_of = |kind| {
            let mut round = || -> io::Result<Duration> { subject.calls_of(kind) };
            fastest_ns((rounds, CALLS), &mut after_round, &mut round)
        };
        Ok(Self {
            plain_ns: time_of(CallKind::Plain)?,
            descriptor_ns: time_of(CallKind::Descriptor)?,
            path_ns: time_of(CallKind::Path)?,
        })
    }

    /// The costs, if a call took `bare` without probes and `inside_ns` is within its duration.
    pub fn costs(&self, bare: &Self, inside_ns: f64, at_ns: u64) -> CallCost {
        let outside = |tracked_ns: f64, bare_ns: f64| {
            (tracked_ns - bare_ns - inside_ns).round().max(0.0) as u64
        };
        CallCost {
            at_ns,
            inside_ns: inside_ns.round().max(0.0) as u64,
            plain_ns: outside(self.plain_ns, bare.plain_ns),
            descriptor_ns: outside(self.descriptor_ns, bare.descriptor_ns),
            path_ns: outside(self.path_ns, bare.path_ns),
        }
    }
}

/// Recorded durations of calls without work.
#[derive(Debug, Default)]
pub struct Durations {
    singles_ns: Vec<u64>,
    totals: Vec<(u64, u64)>,
}

impl Durations {
    /// Takes what a record says of them.
    pub fn add(&mut self, kind: Option<RecordKind>, record: &[u8]) {
        match kind {
            Some(RecordKind::Span) => self.add_span(record),
            Some(RecordKind::Total) => self.add_total(record),
            Some(_) | None => {}
        }
    }

    fn add_span(&mut self, record: &[u8]) {
        if let Ok((span, _)) = SpanRecord::read_from_prefix(record)
            && span.nr == NO_CALL
        {
            let duration_ns = span.header.at_ns.saturating_sub(span.start_ns);
            self.singles_ns.push(duration_ns);
        }
    }

    fn add_total(&mut self, record: &[u8]) {
        if let Ok((total, _)) = TotalRecord::read_from_prefix(record)
            && total.nr == NO_CALL
            && total.count > 0
        {
            self.totals.push((total.total_ns, u64::from(total.count)));
        }
    }

    /// The duration that is usual: the median of single ones; of those that were added up, the mean
    /// of the fastest.
    pub fn usual_ns(&mut self) -> f64 {
        self.singles_ns.sort_unstable();
        if let Some(&median_ns) = self.singles_ns.get(self.singles_ns.len() / 2) {
            return median_ns as f64;
        }
        let means = self.totals.iter();
        means
            .map(|&(total_ns, count)| total_ns as f64 / count as f64)
            .reduce(f64::min)
            .unwrap_or(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_inside_is_outside() {
        let bare = KindTimes {
            plain_ns: 100.0,
            descriptor_ns: 150.0,
            path_ns: 120.0,
        };
        let tracked = KindTimes {
            plain_ns: 500.0,
            descriptor_ns: 600.0,
            path_ns: 200.0,
        };
        let costs = tracked.costs(&bare, 90.4, 7);
        let expected = CallCost {
            at_ns: 7,
            inside_ns: 90,
            plain_ns: 310,
            descriptor_ns: 360,
            path_ns: 0,
        };
        assert_eq!(costs, expected);
    }

    #[test]
    fn the_usual_duration_is_the_median_or_the_fastest_mean() {
        let mut durations = Durations {
            singles_ns: vec![90, 70, 5000],
            totals: Vec::new(),
        };
        assert!((durations.usual_ns() - 90.0).abs() < f64::EPSILON);
        let mut durations = Durations {
            singles_ns: Vec::new(),
            totals: vec![(1000, 10), (160, 2)],
        };
        assert!((durations.usual_ns() - 80.0).abs() < f64::EPSILON);
        assert!(Durations::default().usual_ns().abs() < f64::EPSILON);
    }
}
