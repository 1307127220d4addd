//! Times and counts by role, phase, sub-phase, system call and file system.
//!
//! Counts on the critical path are of those that lie on it: a call that has at least a nanosecond
//! there, a wait likewise. A call whose work and whose waits are of different phases (a write that
//! waits for a grace period) is counted in each of them. User time has no calls; it is counted in
//! processes, so that a second program that is started is told from one that computes longer.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::PartKey;
use super::key::{Counted, Key};
use super::{PartTimes, RunProfile, Source, stacks};
use crate::attribution::Attribution;
use crate::attribution::critical_path::{self, Piece};
use crate::attribution::split::split;
use crate::functions::sampled::Collector;
use crate::participant::Participant;
use crate::report::path::Heuristic;

/// Sums by part, while they are being made.
#[derive(Debug, Default)]
pub(super) struct Parts<'a> {
    sums: HashMap<Key<'a>, PartTimes>,
    /// Those that were counted on the critical path, where threads take turns.
    on_path: HashSet<(Key<'a>, Counted)>,
    /// Processes that were counted; their threads follow one another.
    in_threads: HashSet<(Key<'a>, Counted)>,
    /// Time on the critical path of rows of `totals`.
    short: HashMap<(u32, Key<'a>), u64>,
}

impl<'a> Parts<'a> {
    /// Adds the critical path of the stage. Where there is none, its time is that of no known part.
    pub(super) fn add_path(&mut self, source: &Source<'_, 'a>, profile: &mut RunProfile) {
        let attribution = source.attribution;
        let (takes_part, window) = (source.takes_part, source.window);
        let mut sampled = Collector::new(attribution);
        let mut on_cpu = BTreeMap::new();
        let mut sink = |piece: Piece| {
            let key = Key::of(attribution, &piece);
            self.add_piece(attribution, &piece, key);
            sampled.add(&piece, &key.category);
            stacks::add_piece(attribution, window, &piece, &key, (&mut on_cpu, profile));
            add_doubt(&piece, profile);
            add_process(attribution, &piece, &key, profile);
        };
        if !critical_path::walk_stage(attribution, takes_part, window, &mut sink) {
            let key = Key::unknown();
            self.sums.entry(key).or_default().path_ns += profile.wall_ns;
            stacks::add_unknown(window, &key, profile);
        }
        stacks::add_sampled(window, on_cpu, sampled.finish(), profile);
    }

    fn add_piece(&mut self, attribution: &Attribution<'_, 'a>, piece: &Piece, key: Key<'a>) {
        let duration_ns = piece.end_ns - piece.start_ns;
        let counted = key.counted(attribution, piece);
        let sum = self.sums.entry(key).or_default();
        sum.path_ns += duration_ns;
        match counted {
            Counted::ShortCalls(row) => *self.short.entry((row, key)).or_default() += duration_ns,
            Counted::Call(_) | Counted::Wait(_) | Counted::Process(_) => {
                sum.path_count += u64::from(self.on_path.insert((key, counted)));
            }
        }
    }

    /// Counts the short calls of the critical path: of those that were added up together, the share
    /// whose time is on it.
    pub(super) fn count_short_calls(&mut self, attribution: &Attribution<'_, '_>) {
        for ((row, key), path_ns) in self.short.drain() {
            let count = attribution.short_calls_within(row, path_ns);
            self.sums.entry(key).or_default().path_count += count;
        }
    }

    /// Adds all that a thread did in the stage.
    pub(super) fn add_thread(&mut self, part: &Participant<'_, 'a>) {
        // A thread is done with a call or a wait before it comes to the next.
        let mut last: HashMap<Key<'a>, Counted> = HashMap::new();
        for interval in part.intervals() {
            split(
                part.attribution,
                Piece::of(part.id, &interval),
                &mut |piece| {
                    let key = Key::of(part.attribution, &piece);
                    let counted = key.counted(part.attribution, &piece);
                    let is_new = last.insert(key, counted) != Some(counted)
                        && match counted {
                            Counted::Call(_) | Counted::Wait(_) => true,
                            Counted::Process(_) => self.in_threads.insert((key, counted)),
                            // Counted as they were recorded.
                            Counted::ShortCalls(_) => false,
                        };
                    let sum = self.sums.entry(key).or_default();
                    sum.thread_ns += piece.end_ns - piece.start_ns;
                    sum.thread_count += u64::from(is_new);
                },
            );
        }
        for total in part.totals() {
            let key = Key::of_total(part, total);
            self.sums.entry(key).or_default().thread_count += u64::from(total.count);
        }
    }

    /// The sums by name.
    pub(super) fn finish(self, attribution: &Attribution<'_, 'a>) -> BTreeMap<PartKey, PartTimes> {
        let mut parts: BTreeMap<PartKey, PartTimes> = BTreeMap::new();
        for (key, sum) in self.sums {
            let part = parts.entry(key.named(attribution)).or_default();
            part.path_ns += sum.path_ns;
            part.path_count += sum.path_count;
            part.thread_ns += sum.thread_ns;
            part.thread_count += sum.thread_count;
        }
        parts
    }
}

/// Notes whose time it is.
fn add_process(
    attribution: &Attribution<'_, '_>,
    piece: &Piece,
    key: &Key<'_>,
    profile: &mut RunProfile,
) {
    let name = attribution.name(piece.thread, piece.start_ns).to_owned();
    let whose = (key.role, name, key.category.phase);
    *profile.processes.entry(whose).or_default() += piece.end_ns - piece.start_ns;
}

/// Notes what of the critical path is plausible rather than proven.
fn add_doubt(piece: &Piece, profile: &mut RunProfile) {
    let duration_ns = piece.end_ns - piece.start_ns;
    match piece.heuristic {
        Some(Heuristic::ImputedSwitch) => profile.imputed_ns += duration_ns,
        Some(
            Heuristic::BusyThread
            | Heuristic::AwaitedProcess
            | Heuristic::TimerResidue
            | Heuristic::MergedWakes
            | Heuristic::Stranger,
        ) => profile.rule_of_thumb_ns += duration_ns,
        None => {}
    }
}
