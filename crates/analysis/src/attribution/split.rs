//! Splits time on a CPU by what it was for: what a state alone does not say.
//!
//! - The probes of ctrprof run before and after a call, in what looks like user time, and within its
//!   recorded duration ([`super::observer`]).
//! - A wait for a CPU has a reason, which changes ([`super::cpu_wait`]).
//! - At level `summary`, short calls lie in what looks like user time (`short_calls`).
//! - The kernel handles page faults in what looks like user time ([`super::faults`]).
//!
//! Each of them is given its time, never more than there is; the rest keeps its meaning. The parts of
//! a piece follow one another without gap or overlap, so that what was a partition stays one; their
//! order within the piece is not known, and says nothing.

use super::Attribution;
use super::category::{Category, Part};
use super::critical_path::Piece;
use super::faults::FaultKind;
use crate::timeline::{State, Timeline};
use profiler_common::SpanFlags;
use trace::phase::Phase;

/// A part that was split off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Share {
    /// Taken by ctrprof's own probes.
    Observer,
    /// Of short calls: a row of `totals`.
    ShortCalls(u32),
    /// Of page faults.
    Fault(FaultKind),
}

impl Share {
    /// Its phase.
    pub fn category<'a>(self, attribution: &Attribution<'_, 'a>, piece: &Piece) -> Category<'a> {
        match self {
            Self::Observer => Category {
                phase: Phase::Observer,
                part: Part::Named(attribution.role_name(piece.thread, piece.start_ns)),
            },
            Self::ShortCalls(row) => {
                attribution.total(&attribution.timeline().tables().totals[row as usize])
            }
            Self::Fault(kind) => Category::named(Phase::Memory, kind.part()),
        }
    }

    /// The number of its system call.
    pub fn call(self, timeline: &Timeline<'_>) -> Option<u32> {
        match self {
            Self::Observer | Self::Fault(_) => None,
            Self::ShortCalls(row) => Some(timeline.tables().totals[row as usize].nr),
        }
    }
}

/// Hands out the parts of a piece, latest first.
pub fn split(attribution: &Attribution<'_, '_>, piece: Piece, sink: &mut dyn FnMut(Piece)) {
    match piece.state {
        Some(State::User) if is_user(attribution, &piece) => {
            split_user(attribution, piece, sink);
        }
        Some(State::Syscall) => split_call(attribution, piece, sink),
        Some(State::Runnable(_)) => split_cpu_wait(attribution, piece, sink),
        Some(State::User | State::Blocked(_)) | None => sink(piece),
    }
}

/// Cuts a wait for a CPU wherever its reason changes.
fn split_cpu_wait(attribution: &Attribution<'_, '_>, piece: Piece, sink: &mut dyn FnMut(Piece)) {
    let cuts = piece.interval().map_or_else(Vec::new, |interval| {
        let timeline = attribution.timeline;
        attribution.cpu_waits.cut(timeline, interval)
    });
    for cut in cuts.iter().rev() {
        sink(Piece {
            start_ns: cut.start_ns,
            end_ns: cut.end_ns,
            ..piece
        });
    }
}

fn is_user(attribution: &Attribution<'_, '_>, piece: &Piece) -> bool {
    let has_shares = attribution.observer.is_known()
        || attribution.faults.samples() > 0
        || !attribution
            .timeline
            .thread(piece.thread)
            .totals()
            .is_empty();
    let category = piece
        .interval()
        .map(|interval| attribution.interval(piece.thread, &interval));
    has_shares && category.is_some_and(|category| category.phase == Phase::User)
}

fn split_user(attribution: &Attribution<'_, '_>, piece: Piece, sink: &mut dyn FnMut(Piece)) {
    let length_ns = piece.end_ns - piece.start_ns;
    let mut observer_ns = around_calls_ns(attribution, &piece);
    let mut short: Vec<(u32, u64)> = Vec::new();
    let mut left_ns = length_ns;
    let bounds_ns = (piece.start_ns, piece.end_ns);
    let timeline = attribution.timeline;
    let rows = attribution
        .short_calls
        .between(timeline, piece.thread, bounds_ns);
    for (row, within_ns, of_ns) in rows {
        let times = ShortTimes::of(attribution, row);
        let own_ns = portion(times.own_ns, within_ns, of_ns).min(left_ns);
        observer_ns += portion(times.observer_ns, within_ns, of_ns);
        left_ns -= own_ns;
        if own_ns > 0 {
            short.push((row, own_ns));
        }
    }
    let mut cutter = Cutter { piece, sink };
    let observer_ns = observer_ns.min(left_ns);
    left_ns -= observer_ns;
    let process = timeline.thread(piece.thread).process;
    let faults_ns = attribution.faults.times_ns(process, bounds_ns, left_ns);
    cutter.emit(left_ns - faults_ns.iter().sum::<u64>(), None);
    for (kind, fault_ns) in FaultKind::ALL.into_iter().zip(faults_ns) {
        cutter.emit(fault_ns, Some(Share::Fault(kind)));
    }
    for (row, own_ns) in short {
        cutter.emit(own_ns, Some(Share::ShortCalls(row)));
    }
    cutter.emit(observer_ns, Some(Share::Observer));
}

/// What the probes took within the recorded duration of a call is taken to be its end. A call keeps
/// a nanosecond, so that it is counted.
fn split_call(attribution: &Attribution<'_, '_>, piece: Piece, sink: &mut dyn FnMut(Piece)) {
    let length_ns = piece.end_ns - piece.start_ns;
    let observer_ns = piece.span.map_or(0, |row| {
        let span = attribution.timeline.span(row);
        if span.flags & SpanFlags::NEVER_RETURNED != 0 {
            return 0;
        }
        let end_ns = span.start_ns + span.duration_ns;
        let inside_ns = attribution.observer.inside_ns(end_ns);
        overlap_ns((end_ns.saturating_sub(inside_ns), end_ns), &piece)
    });
    let observer_ns = observer_ns.min(length_ns.saturating_sub(1));
    let mut cutter = Cutter { piece, sink };
    cutter.emit(observer_ns, Some(Share::Observer));
    cutter.emit(length_ns - observer_ns, None);
}

/// Cuts a piece from its end on.
struct Cutter<'s> {
    piece: Piece,
    sink: &'s mut dyn FnMut(Piece),
}

impl Cutter<'_> {
    fn emit(&mut self, duration_ns: u64, share: Option<Share>) {
        if duration_ns == 0 {
            return;
        }
        let start_ns = self.piece.end_ns - duration_ns;
        (self.sink)(Piece {
            start_ns,
            share,
            span: self.piece.span.filter(|_| share.is_none()),
            ..self.piece
        });
        self.piece.end_ns = start_ns;
    }
}

/// What the probes of the calls before and after a piece took of it: at its beginning the half
/// of the first that comes after its call, at its end the half of the second that comes before.
fn around_calls_ns(attribution: &Attribution<'_, '_>, piece: &Piece) -> u64 {
    let timeline = attribution.timeline;
    let observer = &attribution.observer;
    if !observer.is_known() {
        return 0;
    }
    let bounds_ns = (piece.start_ns, piece.end_ns);
    let (before, after) = timeline.calls_around(piece.thread, bounds_ns);
    let exit_ns = before.map_or(0, |row| {
        let span = timeline.span(row);
        let end_ns = span.start_ns + span.duration_ns;
        let cost_ns = observer.outside_ns(span.nr, end_ns);
        overlap_ns((end_ns, end_ns + cost_ns - cost_ns / 2), piece)
    });
    let entry_ns = after.map_or(0, |row| {
        let span = timeline.span(row);
        let cost_ns = observer.outside_ns(span.nr, span.start_ns) / 2;
        let from_ns = span.start_ns.saturating_sub(cost_ns);
        overlap_ns((from_ns, span.start_ns), piece)
    });
    exit_ns + entry_ns
}

fn overlap_ns((from_ns, to_ns): (u64, u64), piece: &Piece) -> u64 {
    let from_ns = from_ns.max(piece.start_ns);
    to_ns.min(piece.end_ns).saturating_sub(from_ns)
}

/// The times of a row of `totals` on a CPU.
struct ShortTimes {
    /// Of the calls themselves.
    own_ns: u64,
    /// Of the probes.
    observer_ns: u64,
}

impl ShortTimes {
    fn of(attribution: &Attribution<'_, '_>, row: u32) -> Self {
        let total = &attribution.timeline.tables().totals[row as usize];
        let observer = &attribution.observer;
        let count = u64::from(total.count);
        let on_cpu_ns = total.total_ns.saturating_sub(total.off_cpu_ns);
        // As of a call that is recorded by itself, a nanosecond each is left.
        let most_ns = on_cpu_ns.saturating_sub(count);
        let inside_ns = (count * observer.inside_ns(total.to_ns)).min(most_ns);
        Self {
            own_ns: on_cpu_ns - inside_ns,
            observer_ns: inside_ns + count * observer.outside_ns(total.nr, total.to_ns),
        }
    }
}

/// `value` times `part` over `whole`, rounded to the nearest.
fn portion(value: u64, part: u64, whole: u64) -> u64 {
    let whole = u128::from(whole.max(1));
    let found = (u128::from(value) * u128::from(part) + whole / 2) / whole;
    u64::try_from(found).unwrap_or(u64::MAX)
}

impl Attribution<'_, '_> {
    /// How many of the calls of a row of `totals` are in `own_ns` of their time.
    pub fn short_calls_within(&self, row: u32, own_ns: u64) -> u64 {
        let count = self.timeline.tables().totals[row as usize].count;
        let whole_ns = ShortTimes::of(self, row).own_ns;
        portion(u64::from(count), own_ns.min(whole_ns), whole_ns)
    }
}

/// Puts parts of the probes together that follow one another: those of a call's end, and of the user
/// time behind it.
pub struct Joined<'s> {
    last: Option<Piece>,
    sink: &'s mut dyn FnMut(Piece),
}

impl<'s> Joined<'s> {
    /// Hands on to `sink`.
    pub fn new(sink: &'s mut dyn FnMut(Piece)) -> Self {
        Self { last: None, sink }
    }

    /// Takes the next piece, which ends where the last began.
    pub fn put(&mut self, piece: Piece) {
        match &mut self.last {
            Some(last) if is_one(&piece, last) => last.start_ns = piece.start_ns,
            Some(_) | None => {
                self.finish();
                self.last = Some(piece);
            }
        }
    }

    /// Hands on what is left.
    pub fn finish(&mut self) {
        if let Some(last) = self.last.take() {
            (self.sink)(last);
        }
    }
}

fn is_one(piece: &Piece, last: &Piece) -> bool {
    piece.share == Some(Share::Observer)
        && last.share == Some(Share::Observer)
        && piece.thread == last.thread
        && piece.heuristic == last.heuristic
        && piece.end_ns == last.start_ns
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use crate::analyse;
    use crate::profile::profile;
    use crate::report::StageReport;
    use crate::timeline::fixture::{manifest, off_cpu, span, task, total};
    use trace::manifest::{CallCost, Manifest};
    use trace::phase::Phase;
    use trace::rows::Tables;

    /// 40 ns within each call, 100 ns (with a descriptor 150 ns) around it.
    fn calibrated() -> Manifest {
        let mut manifest = manifest(1_000);
        manifest.root_tgids = vec![7];
        manifest.observer.calls = vec![CallCost {
            at_ns: 0,
            inside_ns: 40,
            plain_ns: 100,
            descriptor_ns: 150,
            path_ns: 400,
        }];
        manifest
    }

    fn only_stage(manifest: &Manifest, tables: &Tables) -> StageReport {
        let report = analyse(manifest, tables).report;
        let mut stages = report.runs.into_iter().flat_map(|run| run.stages);
        stages.next().unwrap_or_else(|| panic!("no stage"))
    }

    /// Time on the critical path by phase, which must be the time of the only thread.
    fn phases(manifest: &Manifest, tables: &Tables) -> BTreeMap<Phase, u64> {
        let stage = only_stage(manifest, tables);
        let rows = stage.phases.iter().filter(|row| row.thread_ns > 0);
        let found: BTreeMap<Phase, u64> = rows.map(|row| (row.phase, row.thread_ns)).collect();
        for row in &stage.phases {
            assert_eq!(row.critical_path_ns, Some(row.thread_ns), "{row:?}");
        }
        assert_eq!(found.values().sum::<u64>(), 1_000);
        found
    }

    fn tables() -> Tables {
        Tables {
            tasks: vec![task(7, 1, None)],
            ..Tables::default()
        }
    }

    #[test]
    fn the_probes_of_a_call_are_before_after_and_within_it() {
        let mut tables = tables();
        tables.spans = vec![span(7, "getpid", 300, 60)];
        let expected = [
            (Phase::Process, 20),
            (Phase::Observer, 140),
            (Phase::User, 840),
        ];
        assert_eq!(phases(&calibrated(), &tables), BTreeMap::from(expected));
    }

    #[test]
    fn probes_take_no_more_than_there_is() {
        let mut tables = tables();
        // Between the calls, and within them, there is less than the probes take.
        tables.spans = vec![span(7, "getpid", 300, 30), span(7, "getpid", 380, 30)];
        let found = phases(&calibrated(), &tables);
        assert_eq!(found[&Phase::Process], 2);
        // A half before the first and one after the second, 50 ns between them, all of both but 2 ns.
        assert_eq!(found[&Phase::Observer], 50 + 50 + 50 + 58);
    }

    #[test]
    fn a_wait_within_a_call_is_left_alone() {
        let mut tables = tables();
        tables.spans = vec![span(7, "nanosleep", 300, 400)];
        let mut nap = off_cpu(7, 310, 690);
        nap.syscall = 35;
        tables.off_cpu = vec![nap];
        let found = phases(&calibrated(), &tables);
        assert_eq!(found[&Phase::Ipc], 380 + 10 + 1);
        assert_eq!(found[&Phase::Observer], 9 + 100);
    }

    #[test]
    fn short_calls_and_their_probes_are_spread_over_their_slice() {
        let mut tables = tables();
        let mut reads = total(7, "read", 500, 2, 60);
        reads.from_ns = 100;
        reads.fs_magic = 0x794c_7630;
        tables.totals = vec![reads];
        // Half of the slice is after a preemption.
        let mut away = off_cpu(7, 300, 300);
        (away.state, away.preempted) = (0, true);
        tables.off_cpu = vec![away];
        let found = phases(&calibrated(), &tables);
        assert_eq!(found[&Phase::Files], 2 * (60 - 40));
        assert_eq!(found[&Phase::Observer], 2 * (150 + 40));
    }

    #[test]
    fn what_is_not_calibrated_is_not_taken_out() {
        let mut tables = tables();
        tables.spans = vec![span(7, "getpid", 300, 60)];
        let mut manifest = calibrated();
        manifest.observer.calls.clear();
        let found = phases(&manifest, &tables);
        assert_eq!(found[&Phase::Process], 60);
        assert!(!found.contains_key(&Phase::Observer));
    }

    #[test]
    fn a_call_that_only_the_probes_took_is_counted() {
        let mut tables = tables();
        tables.spans = vec![span(7, "getpid", 300, 30), span(7, "getpid", 500, 30)];
        let stages = profile("recording", &calibrated(), &tables).stages;
        let run = &stages[0].runs[0];
        let (_, calls) = run
            .parts
            .iter()
            .find(|(key, _)| key.syscall.as_deref() == Some("getpid"))
            .unwrap_or_else(|| panic!("no getpid"));
        assert_eq!((calls.path_count, calls.path_ns), (2, 2));
        let path_ns: u64 = run.parts.values().map(|times| times.path_ns).sum();
        assert_eq!(path_ns, 1_000);
    }
}
