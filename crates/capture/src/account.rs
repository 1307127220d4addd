//! The account of a recording: what became of the records, and what observing cost.
//!
//! The kernel's counters run from the load of the programs on, and calibration makes records too.
//! Counts from before the recording are subtracted.

use std::collections::BTreeMap;

use nix::sys::time::TimeValLike;
use nix::time::{ClockId, clock_gettime};
use profiler_common::{LOSS_COUNTERS, Probe, RecordKind};

use super::calibration::{Calibrated, Counts, total_ns};
use super::drain::Tally;
use super::{CaptureError, Counters, Probes};
use trace::manifest::{Manifest, ProbeState, Records};

/// Counts when the recording began.
#[derive(Debug, Default)]
pub struct Opening {
    counts: Counters,
    missed_runs: u64,
    /// Records taken out of the ring buffer before.
    discarded: u64,
    own_cpu_ns: u64,
}

/// Counts at the end.
#[derive(Debug)]
pub struct Closing<'c> {
    /// By the kernel side.
    pub counts: &'c Counters,
    /// Runs that the kernel skipped.
    pub missed_runs: u64,
    /// By the drain.
    pub tally: &'c Tally,
}

impl Opening {
    /// Takes the counts now: calibration is over, the recording about to begin.
    pub fn new(probes: &Probes, calibrated: &Calibrated) -> Result<Self, CaptureError> {
        Ok(Self {
            counts: probes.counts()?,
            missed_runs: probes.missed_runs(),
            discarded: calibrated.discarded,
            own_cpu_ns: own_cpu_ns(),
        })
    }

    /// Enters what the recording itself made and cost into the manifest. The manifest's costs must
    /// be there already.
    pub fn close(&self, closing: &Closing<'_>, states: Vec<ProbeState>, manifest: &mut Manifest) {
        let runs = self.runs(closing.counts);
        manifest.records = self.records(closing);
        manifest.probes = with_runs(states, &runs);
        let made = made(closing.tally, &manifest.records.lost);
        let counts = Counts {
            probe_runs: &runs,
            tracked_calls: made[RecordKind::Span as usize] + closing.tally.calls_in_totals,
            records: &made,
        };
        manifest.observer.total_ns = total_ns(&manifest.observer, &counts);
        manifest.observer.own_cpu_ns = own_cpu_ns().saturating_sub(self.own_cpu_ns);
    }

    /// Sent is received + lost here, if it was so among all that were ever sent.
    fn records(
        &self,
        Closing {
            counts,
            missed_runs,
            tally,
        }: &Closing<'_>,
    ) -> Records {
        let lost_before: u64 = self.counts.lost.values().sum();
        let not_of_the_recording = self.discarded + tally.discarded + lost_before;
        Records {
            sent: counts.sent.saturating_sub(not_of_the_recording),
            received: tally.received.iter().sum(),
            lost: since(&counts.lost, &self.counts.lost),
            storage_failures: counts
                .storage_failures
                .saturating_sub(self.counts.storage_failures),
            refused_marks: counts
                .refused_marks
                .saturating_sub(self.counts.refused_marks),
            missed_runs: missed_runs.saturating_sub(self.missed_runs),
            ..Records::default()
        }
    }

    /// Runs of each probe since, in the order of [`Probe::ALL`].
    fn runs(&self, counts: &Counters) -> Vec<u64> {
        let before = self
            .counts
            .probe_runs
            .iter()
            .copied()
            .chain(std::iter::repeat(0));
        let runs = counts.probe_runs.iter().zip(before);
        runs.map(|(now, before)| now.saturating_sub(before))
            .collect()
    }
}

/// Records lost since, by kind; kinds without losses are left out.
fn since(now: &BTreeMap<String, u64>, before: &BTreeMap<String, u64>) -> BTreeMap<String, u64> {
    now.iter()
        .map(|(kind, count)| {
            let before = before.get(kind).copied().unwrap_or(0);
            (kind.clone(), count.saturating_sub(before))
        })
        .filter(|(_, count)| *count > 0)
        .collect()
}

/// Records that were made, by the number of their kind: those that came and those that were lost.
fn made(tally: &Tally, lost: &BTreeMap<String, u64>) -> [u64; LOSS_COUNTERS] {
    let mut made = tally.received;
    for &kind in RecordKind::ALL {
        made[kind as usize] += lost.get(kind.name()).copied().unwrap_or(0);
    }
    made
}

fn with_runs(mut states: Vec<ProbeState>, runs: &[u64]) -> Vec<ProbeState> {
    for (probe, runs) in Probe::ALL.iter().zip(runs) {
        if let Some(state) = states.iter_mut().find(|state| state.name == probe.name()) {
            state.runs = *runs;
        }
    }
    states
}

/// CPU time of this process so far.
fn own_cpu_ns() -> u64 {
    clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID).map_or(0, |time| time.num_nanoseconds() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use trace::manifest::ObserverCost;

    fn counters(sent: u64, lost_spans: u64, enters: u64) -> Counters {
        let mut probe_runs = vec![0; Probe::ALL.len()];
        probe_runs[Probe::SysEnter as usize] = enters;
        probe_runs[Probe::SysExit as usize] = enters;
        Counters {
            sent,
            lost: BTreeMap::from([("span".to_owned(), lost_spans)]),
            storage_failures: 0,
            refused_marks: 0,
            probe_runs,
        }
    }

    /// Before the recording 100 were sent: 90 discarded by calibration, 3 by the drain, 7 lost.
    /// In it, 50: 45 received, 5 lost.
    fn closed() -> Manifest {
        let opening = Opening {
            counts: counters(98, 7, 1000),
            discarded: 90,
            ..Opening::default()
        };
        let mut tally = Tally {
            discarded: 3,
            calls_in_totals: 10,
            ..Tally::default()
        };
        tally.received[RecordKind::Span as usize] = 25;
        tally.received[RecordKind::Switch as usize] = 20;
        let counts = counters(150, 12, 1100);
        let costs = ObserverCost {
            untracked_syscall_ns: 100,
            tracked_syscall_ns: 200,
            ..ObserverCost::default()
        };
        let mut manifest = Manifest {
            observer: costs,
            ..Manifest::default()
        };
        let closing = Closing {
            counts: &counts,
            missed_runs: 0,
            tally: &tally,
        };
        let states = vec![ProbeState {
            name: "sys_enter".to_owned(),
            ..ProbeState::default()
        }];
        opening.close(&closing, states, &mut manifest);
        manifest
    }

    #[test]
    fn only_records_of_the_recording_are_counted() {
        let records = closed().records;
        assert_eq!(
            (records.sent, records.received, records.lost_total()),
            (50, 45, 5)
        );
    }

    #[test]
    fn runs_are_those_since_the_beginning() {
        let manifest = closed();
        assert_eq!(manifest.probes.first().map(|probe| probe.runs), Some(100));
        // 25 spans that came, 5 that did not, 10 calls in totals, and 60 calls of others.
        assert_eq!(manifest.observer.total_ns, 40 * 200 + 60 * 100);
    }
}
