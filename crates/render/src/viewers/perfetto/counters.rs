//! Counters: threads that wait for a CPU, threads that a CPU quota holds back, records that were lost.

use std::io;

use analysis::report::path::SegmentState;
use analysis::threads::ThreadLife;
use trace::manifest::Manifest;
use trace::phase::Phase;

use super::message::{COUNTER, CounterDescriptor, TrackDescriptor};
use super::tracks::of_counter;
use super::{Event, Trace};

const NAMES: [(&str, &str); 3] = [
    ("tracked threads that wait for a CPU", "threads"),
    ("tracked threads held back by a CPU quota", "threads"),
    ("records lost", "records"),
];

/// The changes of the counters of threads: when, and by how much.
#[derive(Default)]
pub(super) struct Counters {
    waiting: Vec<(u64, i64)>,
    throttled: Vec<(u64, i64)>,
}

impl Counters {
    /// Adds a thread's waits for a CPU.
    pub(super) fn add(&mut self, life: &ThreadLife<'_>) {
        for state in &life.states {
            if state.state != SegmentState::Runnable {
                continue;
            }
            let changes = if state.category.phase == Phase::Throttled {
                &mut self.throttled
            } else {
                &mut self.waiting
            };
            changes.extend([(state.start_ns, 1), (state.end_ns, -1)]);
        }
    }

    /// Writes the counters. How many records were lost is known at the end alone.
    pub(super) fn write(self, trace: &mut Trace<'_>, manifest: &Manifest) -> io::Result<()> {
        let lost = i64::try_from(manifest.records.lost_total()).unwrap_or(i64::MAX);
        let lost = vec![(manifest.started_ns, 0), (manifest.ended_ns, lost)];
        let all = [self.waiting, self.throttled, lost];
        for (index, (changes, (name, unit))) in all.into_iter().zip(NAMES).enumerate() {
            trace.track(TrackDescriptor {
                uuid: of_counter(index),
                name: name.to_owned(),
                counter: Some(CounterDescriptor {
                    unit: unit.to_owned(),
                }),
                ..TrackDescriptor::default()
            })?;
            write_values(trace, index, changes)?;
        }
        Ok(())
    }
}

/// Writes the sum of the changes so far, once for each instant.
fn write_values(
    trace: &mut Trace<'_>,
    index: usize,
    mut changes: Vec<(u64, i64)>,
) -> io::Result<()> {
    changes.sort_unstable();
    let mut value = 0;
    let mut changes = changes.into_iter().peekable();
    while let Some((at_ns, change)) = changes.next() {
        value += change;
        if changes.peek().is_some_and(|&(next_ns, _)| next_ns == at_ns) {
            continue;
        }
        let event = Event {
            kind: COUNTER,
            track: of_counter(index),
            counter_value: Some(value),
            ..Event::default()
        };
        trace.event(at_ns, "", event)?;
    }
    Ok(())
}
