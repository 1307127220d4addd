//! Calibration: what the probes cost here and now.
//!
//! BPF run-time statistics take two readings of a clock in each run of a program, which is about
//! what a program itself costs. So costs are measured once, before the recording begins, and
//! multiplied by counts that are kept anyway ([`cost`]).
//!
//! A short-lived process ([`Subject`]), on one CPU together with the thread that asks it, makes
//! system calls, waits and switches: without probes, with them, and (calls) tracked; calls by kind
//! ([`kinds`]) once more when the recording has ended ([`ending`]), since a machine's speed changes.
//! Of each the fastest round counts: what else runs on the machine slows rounds down, never up. What these
//! rounds leave in the ring buffer is thrown away and counted, so that a recording neither holds
//! it nor misses it.
//!
//! Out of scope: what ctrprof's own threads take from the CPUs and their caches while they drain
//! (their CPU time is told beside the costs), and the interrupts of sampling.

mod cost;
mod ending;
mod kinds;
mod steady;
mod subject;

use std::io;
use std::thread;
use std::time::{Duration, Instant};

use aya::maps::{MapData, RingBuf};
use nix::sys::time::TimeValLike;
use nix::time::{ClockId, clock_gettime};
use profiler_common::{Header, JoinReason, RecordKind, SchedScope, SwitchRecord};
use zerocopy::FromBytes;

use cost::{Attached, Rounds, costs};
pub use cost::{Counts, total_ns};
pub use ending::EndCalibration;
use kinds::{Durations, KindTimes};
use steady::Steady;
use subject::Subject;

use super::{CaptureError, Probes};
use trace::manifest::ObserverCost;

/// Rounds of each kind; the fastest counts.
const ROUNDS: u32 = 40;
/// No further round of a kind is begun after this, on machines where others keep the CPU.
const LIMIT_OF_KIND: Duration = Duration::from_millis(6);
/// Round trips, and yields, in a round of those. What a round leaves must fit into the smallest
/// ring buffer.
const REPEATS: u32 = 8;
/// How long it may take until a task that has ended leaves the CPU for good.
const LAST_SWITCH_LIMIT: Duration = Duration::from_millis(20);
const NAP: Duration = Duration::from_micros(50);
/// `TASK_DEAD` (include/linux/sched.h, v6.18): the state in which a task leaves the CPU for good.
const TASK_DEAD: u32 = 0x80;

/// A calibration that is under way: measured without probes.
pub struct Calibration {
    subject: Subject,
    bare: Rounds,
    bare_kinds: KindTimes,
}

/// The result of a calibration, and the records that it left behind.
#[derive(Debug)]
pub struct Calibrated {
    /// The costs of each kind, without totals.
    pub costs: ObserverCost,
    /// Records taken out of the ring buffer.
    pub discarded: u64,
}

impl Calibration {
    /// Starts the subject and measures it. No probe may be attached yet.
    pub fn begin() -> Result<Self, CaptureError> {
        let steady = Steady::here();
        let mut subject = Subject::start(steady.cpu()).map_err(CaptureError::system(
            "start the process that the probes are measured with",
        ))?;
        let call_ns = call_ns(&mut subject, || ())?;
        let (round_trip_ns, yield_ns) = scheduling_ns(&mut subject, || ())?;
        let bare = Rounds {
            call_ns,
            round_trip_ns,
            yield_ns,
        };
        let bare_kinds = KindTimes::of(&mut subject, ROUNDS, || ())?;
        Ok(Self {
            subject,
            bare,
            bare_kinds,
        })
    }

    /// Measures it with all probes attached, and ends it: when this returns, it has made its last
    /// record. Waits and switches are measured while they are recorded in the given scope.
    pub fn finish(
        mut self,
        probes: &mut Probes,
        ring: &mut RingBuf<MapData>,
        scope: SchedScope,
    ) -> Result<Calibrated, CaptureError> {
        let _steady = Steady::on(self.subject.cpu());
        let pid = self.subject.pid();
        let subject = &mut self.subject;
        let mut discarded = 0;
        let mut durations = Durations::default();
        let mut empty = || discarded += discard(ring, &mut durations);
        let call_ns = call_ns(subject, &mut empty)?;
        if scope == SchedScope::Tracked {
            probes.track(&[pid], JoinReason::Root)?;
        }
        let (round_trip_ns, yield_ns) = scheduling_ns(subject, &mut empty)?;
        if scope == SchedScope::System {
            probes.track(&[pid], JoinReason::Root)?;
        }
        let attached = Attached {
            rounds: Rounds {
                call_ns,
                round_trip_ns,
                yield_ns,
            },
            tracked_call_ns: self::call_ns(subject, &mut empty)?,
            scope,
        };
        let kinds = KindTimes::of(subject, ROUNDS, &mut empty)?;
        self.subject.end();
        discarded += discard_until_gone(ring, pid, &mut durations);
        probes.untrack(pid);
        let mut costs = costs(&self.bare, &attached);
        let inside_ns = durations.usual_ns();
        costs.calls = vec![kinds.costs(&self.bare_kinds, inside_ns, now_ns())];
        Ok(Calibrated { costs, discarded })
    }
}

/// A system call of the subject's, in nanoseconds. `after_round` is called after each round.
fn call_ns(subject: &mut Subject, mut after_round: impl FnMut()) -> Result<f64, CaptureError> {
    fastest_ns((ROUNDS, subject::CALLS), &mut after_round, || {
        subject.calls()
    })
}

/// A round trip, and a yield, in nanoseconds.
fn scheduling_ns(
    subject: &mut Subject,
    mut after_round: impl FnMut(),
) -> Result<(f64, f64), CaptureError> {
    let round_trip_ns = fastest_ns((ROUNDS, REPEATS), &mut after_round, || {
        subject.round_trips(REPEATS)
    })?;
    let yield_ns = fastest_ns((ROUNDS, REPEATS), &mut after_round, || {
        subject.yields(REPEATS)
    })?;
    Ok((round_trip_ns, yield_ns))
}

/// The time of each of the `repeats` of the fastest of at most `rounds` rounds.
fn fastest_ns(
    (rounds, repeats): (u32, u32),
    after_round: &mut impl FnMut(),
    mut round: impl FnMut() -> io::Result<Duration>,
) -> Result<f64, CaptureError> {
    let mut fastest = Duration::MAX;
    let begun = Instant::now();
    for count in 0..rounds {
        if count > 0 && begun.elapsed() > LIMIT_OF_KIND {
            break;
        }
        let elapsed = round().map_err(CaptureError::system("measure the cost of the probes"))?;
        fastest = fastest.min(elapsed);
        after_round();
    }
    Ok(fastest.as_nanos() as f64 / f64::from(repeats))
}

/// Now, in nanoseconds of CLOCK_MONOTONIC; 0 where it cannot be read.
fn now_ns() -> u64 {
    clock_gettime(ClockId::CLOCK_MONOTONIC).map_or(0, |time| time.num_nanoseconds() as u64)
}

/// Throws away what is in the ring buffer, but for durations: how many records.
fn discard(ring: &mut RingBuf<MapData>, durations: &mut Durations) -> u64 {
    let mut count = 0;
    while let Some(record) = ring.next() {
        durations.add(kind_of(&record), &record);
        count += 1;
    }
    count
}

fn kind_of(record: &[u8]) -> Option<RecordKind> {
    RecordKind::from_u8(*record.get(std::mem::offset_of!(Header, kind))?)
}

/// Throws records away until the last of task `tid`, which has ended, or for a short while: a task
/// is reaped before it leaves the CPU, and its last switch must not come into the recording.
fn discard_until_gone(ring: &mut RingBuf<MapData>, tid: u32, durations: &mut Durations) -> u64 {
    let mut count = 0;
    let deadline = Instant::now() + LAST_SWITCH_LIMIT;
    loop {
        while let Some(record) = ring.next() {
            durations.add(kind_of(&record), &record);
            count += 1;
            if is_last_switch(&record, tid) {
                return count;
            }
        }
        if Instant::now() >= deadline {
            return count;
        }
        thread::sleep(NAP);
    }
}

fn is_last_switch(record: &[u8], tid: u32) -> bool {
    kind_of(record) == Some(RecordKind::Switch)
        && SwitchRecord::read_from_prefix(record)
            .is_ok_and(|(switch, _)| switch.header.tid == tid && switch.prev_state & TASK_DEAD != 0)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use zerocopy::IntoBytes;

    use super::*;

    fn switch(tid: u32, prev_state: u32) -> SwitchRecord {
        let mut switch = SwitchRecord::read_from_bytes(&[0; size_of::<SwitchRecord>()]).unwrap();
        switch.header.kind = RecordKind::Switch as u8;
        switch.header.tid = tid;
        switch.prev_state = prev_state;
        switch
    }

    #[test]
    fn the_last_switch_of_a_task_is_the_one_in_which_it_dies() {
        assert!(is_last_switch(switch(7, TASK_DEAD).as_bytes(), 7));
        assert!(!is_last_switch(switch(7, 1).as_bytes(), 7));
        assert!(!is_last_switch(switch(8, TASK_DEAD).as_bytes(), 7));
        assert!(!is_last_switch(&[], 7));
    }

    #[test]
    fn without_probes_nothing_costs_much() {
        let calibration = Calibration::begin().unwrap();
        let bare = calibration.bare;
        assert!(bare.call_ns > 10.0 && bare.call_ns < 100_000.0, "{bare:?}");
        assert!(bare.round_trip_ns > bare.call_ns, "{bare:?}");
        assert!(bare.yield_ns > bare.call_ns, "{bare:?}");
    }
}
