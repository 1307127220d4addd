//! Causes: in words, what a wait was for or what a call worked on, beyond its phase, part and name.
//!
//! A cause is the same in every run of the same thing, so that recordings can be compared by it: it
//! has no process number, container id, address, duration or count in it. Each kind of cause is a
//! file, which looks at all waits or calls once and notes what it knows; what was noted first counts.

pub mod failing;
mod file;
mod file_lock;
pub mod memory_limit;
mod polling;
pub mod quota;
mod signal;
mod subject;
mod sweep;
mod time_limit;
mod unmount;
mod waits;
mod words;

use std::collections::HashMap;

use super::Attribution;
use super::cpu_wait::{self, Reason};
use super::critical_path::Piece;
use super::faults::FaultKind;
use super::split::Share;
use crate::report::CauseKind;
use crate::timeline::{ProcessId, State, Timeline};
use subject::Subjects;

/// The causes of all waits and calls.
pub(super) fn found(attribution: &Attribution<'_, '_>) -> Causes {
    let mut causes = Causes::default();
    for kind in FaultKind::ALL {
        causes.id(kind.cause());
    }
    let subjects = Subjects::new(attribution.timeline());
    quota::note(&mut causes, attribution);
    signal::note(&mut causes, attribution);
    file_lock::note(&mut causes, attribution, &subjects);
    unmount::note(&mut causes, attribution);
    memory_limit::note(&mut causes, attribution);
    polling::note(&mut causes, attribution);
    time_limit::note(&mut causes, attribution, &subjects);
    failing::note(&mut causes, attribution.timeline());
    sweep::note(&mut causes, attribution);
    file::note(&mut causes, attribution);
    causes
}

/// A cause, by its number in [`Causes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CauseId(u32);

/// The causes of waits and calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Causes {
    texts: Vec<String>,
    ids: HashMap<String, CauseId>,
    by_wait: HashMap<u32, CauseId>,
    by_call: HashMap<u32, CauseId>,
    /// Of the time in user mode behind a call.
    by_gap: HashMap<u32, CauseId>,
    by_part_of_wait: HashMap<u32, Vec<PartOfWait>>,
    /// Of page faults that take memory back: up to when, by time.
    by_reclaim: HashMap<ProcessId, Vec<(u64, CauseId)>>,
    /// Of all that a process does in these times, by start.
    by_period: HashMap<ProcessId, Vec<Period>>,
    /// Files that a cause is about.
    files: HashMap<CauseId, u64>,
    kinds: HashMap<CauseId, CauseKind>,
}

/// A time in which all that a process does has one cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Period {
    from_ns: u64,
    until_ns: u64,
    cause: CauseId,
}

/// The cause of a part of a wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct PartOfWait {
    from_ns: u64,
    until_ns: u64,
    cause: CauseId,
}

impl Causes {
    /// Notes the cause of a part of a wait: a row of `off_cpu`.
    pub fn note_wait_within(&mut self, row: u32, (from_ns, until_ns): (u64, u64), text: &str) {
        let cause = self.id(text);
        self.by_part_of_wait
            .entry(row)
            .or_default()
            .push(PartOfWait {
                from_ns,
                until_ns,
                cause,
            });
    }

    /// Notes the cause of a wait: a row of `off_cpu`.
    pub fn note_wait(&mut self, row: u32, text: &str) {
        let id = self.id(text);
        self.by_wait.entry(row).or_insert(id);
    }

    /// Notes the cause of a call: a row of `spans`. It counts for the call's own work, and for its
    /// waits that have no cause of their own.
    pub fn note_call(&mut self, row: u32, text: &str) {
        let id = self.id(text);
        self.by_call.entry(row).or_insert(id);
    }

    /// Notes the cause of the time in user mode between a call (a row of `spans`) and the next.
    pub fn note_gap(&mut self, row: u32, text: &str) {
        let id = self.id(text);
        self.by_gap.entry(row).or_insert(id);
    }

    /// Notes the cause of page faults of a process that take memory back, up to an instant. Noted in the
    /// order of time.
    pub fn note_reclaim(&mut self, process: ProcessId, until_ns: u64, text: &str) {
        let cause = self.id(text);
        let noted = self.by_reclaim.entry(process).or_default();
        noted.push((until_ns, cause));
    }

    /// Notes the cause of all that a process does within a time and that has no cause of its own, and
    /// of what waits for a CPU behind it.
    pub fn note_period(&mut self, process: ProcessId, (from_ns, until_ns): (u64, u64), text: &str) {
        let cause = self.id(text);
        let periods = self.by_period.entry(process).or_default();
        let period = Period {
            from_ns,
            until_ns,
            cause,
        };
        let at = periods.partition_point(|known| *known < period);
        periods.insert(at, period);
    }

    /// Notes that a cause is about so many more files.
    pub fn note_files(&mut self, text: &str, files: u64) {
        let cause = self.id(text);
        *self.files.entry(cause).or_default() += files;
    }

    /// Notes the kind of a cause.
    pub fn note_kind(&mut self, text: &str, kind: CauseKind) {
        let cause = self.id(text);
        self.kinds.insert(cause, kind);
    }

    /// The kind of a cause, if it has one.
    pub fn kind(&self, text: &str) -> Option<CauseKind> {
        self.kinds.get(self.ids.get(text)?).copied()
    }

    /// How many files a cause is about, if it is about many.
    pub fn files(&self, text: &str) -> Option<u64> {
        self.files.get(self.ids.get(text)?).copied()
    }

    /// The cause of a piece, if one is known. That of a whole wait ends when its thread is woken.
    pub fn of(&self, attribution: &Attribution<'_, '_>, piece: &Piece) -> Option<CauseId> {
        match piece.share {
            Some(Share::Fault(kind)) => {
                let is_reclaim = kind == FaultKind::Reclaim;
                let limit = is_reclaim.then(|| self.of_reclaim(attribution.timeline(), piece));
                return limit
                    .flatten()
                    .or_else(|| self.ids.get(kind.cause()).copied());
            }
            Some(Share::Observer) => return None,
            Some(Share::ShortCalls(_)) | None => {}
        }
        let timeline = attribution.timeline();
        let (wait, middle_ns) = (piece.off_cpu(), piece.start_ns.midpoint(piece.end_ns));
        let found = self.of_part(wait, middle_ns);
        match piece.state {
            Some(State::Runnable(row)) => {
                found.or_else(|| self.of_other(attribution, row, piece.start_ns))
            }
            Some(State::Blocked(_) | State::Syscall | State::User) | None => found
                .or_else(|| self.of_rows(wait, piece.span))
                .or_else(|| self.of_gap(timeline, piece))
                .or_else(|| self.of_period(timeline.thread(piece.thread).process, middle_ns)),
        }
    }

    /// The cause of all that a process does at an instant.
    fn of_period(&self, process: ProcessId, at_ns: u64) -> Option<CauseId> {
        let periods = self.by_period.get(&process)?;
        let begun = periods.partition_point(|period| period.from_ns <= at_ns);
        let last = periods.get(begun.checked_sub(1)?)?;
        (at_ns < last.until_ns).then_some(last.cause)
    }

    /// The cause of what is done by the thread that runs while another waits for the CPU.
    fn of_other(&self, attribution: &Attribution<'_, '_>, row: u32, at_ns: u64) -> Option<CauseId> {
        if self.by_period.is_empty() {
            return None;
        }
        match cpu_wait::reason(attribution, row, at_ns) {
            Reason::Behind(thread) => {
                self.of_period(attribution.timeline().thread(thread).process, at_ns)
            }
            Reason::Throttled(_) | Reason::Idle | Reason::Unknown => None,
        }
    }

    fn of_reclaim(&self, timeline: &Timeline<'_>, piece: &Piece) -> Option<CauseId> {
        let process = timeline.thread(piece.thread).process;
        let noted = self.by_reclaim.get(&process)?;
        let next = noted.partition_point(|&(until_ns, _)| until_ns < piece.start_ns);
        let found = noted.get(next).or_else(|| noted.last());
        found.map(|&(_, cause)| cause)
    }

    /// The cause of the part of a wait that an instant lies in.
    fn of_part(&self, wait: Option<u32>, at_ns: u64) -> Option<CauseId> {
        let parts = self.by_part_of_wait.get(&wait?)?;
        let found = parts
            .iter()
            .find(|part| part.from_ns <= at_ns && at_ns < part.until_ns);
        found.map(|part| part.cause)
    }

    fn of_gap(&self, timeline: &Timeline<'_>, piece: &Piece) -> Option<CauseId> {
        if self.by_gap.is_empty() || piece.state != Some(State::User) || piece.share.is_some() {
            return None;
        }
        let bounds_ns = (piece.start_ns, piece.end_ns);
        let (before, _) = timeline.calls_around(piece.thread, bounds_ns);
        self.by_gap.get(&before?).copied()
    }

    /// The cause of a wait (a row of `off_cpu`) in a call (a row of `spans`).
    fn of_rows(&self, wait: Option<u32>, call: Option<u32>) -> Option<CauseId> {
        let by_wait = wait.and_then(|row| self.by_wait.get(&row));
        let by_call = || call.and_then(|row| self.by_call.get(&row));
        by_wait.or_else(by_call).copied()
    }

    /// A cause in words; empty for none.
    pub fn text(&self, cause: Option<CauseId>) -> &str {
        cause
            .and_then(|CauseId(number)| self.texts.get(number as usize))
            .map_or("", String::as_str)
    }

    fn id(&mut self, text: &str) -> CauseId {
        if let Some(&id) = self.ids.get(text) {
            return id;
        }
        let id = CauseId(self.texts.len() as u32);
        self.texts.push(text.to_owned());
        self.ids.insert(text.to_owned(), id);
        id
    }
}

#[cfg(test)]
mod tests;
