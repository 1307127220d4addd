//! Work on many files: one process copies, removes, reads, writes, changes or looks at many files of
//! one folder. It is one cause, with the folders, over all of its calls.
//!
//! Who reads many files and who, at the same time, writes many of the same names copy them: one process
//! (`cp -r`) or two with a pipe in between (`tar | tar`, rsync). Work that has no other purpose than its
//! files also takes what its process does between its calls on them; who reads many files computes for
//! reasons of its own.

mod folder;
mod work;

use std::collections::{HashMap, HashSet};

use super::Causes;
use crate::attribution::{Attribution, pattern};
use crate::report::CauseKind;
use crate::syscall::is_error;
use crate::timeline::ProcessId;
use work::Work;

/// So many files are many.
const MANY: usize = 100;
/// Calls on files of one folder that are further apart than this, in nanoseconds, are not of one go: the
/// process did something else, or waited for others.
const APART_NS: u64 = 50_000_000;
/// Of the names that are written, so many in a hundred are read elsewhere by who copies.
const COPIED_PERCENT: usize = 80;

/// Work of one kind by one process on many files below one folder.
#[derive(Debug)]
struct Sweep<'f> {
    process: ProcessId,
    work: Work,
    folder: String,
    /// The last components of its paths, and what they were renamed to.
    names: HashSet<&'f str>,
    files: usize,
    /// Its calls: rows of `spans`, by start.
    calls: Vec<u32>,
    /// From the first call to the end of the last, in nanoseconds.
    bounds_ns: (u64, u64),
}

/// Notes them.
pub(super) fn note(causes: &mut Causes, attribution: &Attribution<'_, '_>) {
    let mut touched: HashMap<ProcessId, Touched<'_>> = HashMap::new();
    let timeline = attribution.timeline();
    let files = attribution.contexts.files();
    for (row, span) in (0..).zip(&timeline.tables().spans) {
        let Some(path) = files.path_of_span(row).filter(|&path| {
            let text = files.path(path);
            !text.starts_with("/proc/") && !text.starts_with("/sys/")
        }) else {
            continue;
        };
        if let Some(process) = timeline.process_at(span.tgid, span.start_ns) {
            let touched = touched.entry(process).or_default();
            touched.add(attribution, (row, path));
        }
    }
    let mut processes: Vec<_> = touched.into_iter().collect();
    processes.sort_unstable_by_key(|&(process, _)| process);
    let sweeps: Vec<Sweep<'_>> = processes
        .iter()
        .flat_map(|(process, touched)| sweeps(attribution, *process, touched))
        .collect();
    for (at, sweep) in sweeps.iter().enumerate() {
        note_sweep(causes, attribution, sweep, partner(&sweeps, at));
    }
}

/// What a process did to files.
#[derive(Debug, Default)]
struct Touched<'f> {
    calls: Vec<(u32, u32)>,
    work: HashMap<u32, Work>,
    removals: Vec<(u32, u32)>,
    renamed: HashMap<u32, &'f str>,
}

impl<'f> Touched<'f> {
    fn add(&mut self, attribution: &'f Attribution<'_, '_>, (row, path): (u32, u32)) {
        let timeline = attribution.timeline();
        let span = timeline.span(row);
        let Some(call) = attribution.calls.get(span.nr) else {
            return;
        };
        let work = Work::of(call.name, span).filter(|_| !is_error(span.result));
        if work == Some(Work::Remove) {
            self.removals.push((row, path));
            return;
        }
        self.calls.push((row, path));
        if let Some(work) = work {
            let known = self.work.entry(path).or_insert(work);
            *known = work.min(*known);
        }
        if let Some(text) = span.text2.and_then(|text| timeline.text(text)) {
            self.renamed.insert(path, last_component(text));
        }
    }

    /// The calls of a kind of work, each with its path.
    fn calls_of(&self, work: Work) -> Vec<(u32, u32)> {
        if work == Work::Remove {
            return self.removals.clone();
        }
        let is_of_kind = |path: &u32| self.work.get(path) == Some(&work);
        let calls = self.calls.iter().copied();
        calls.filter(|(_, path)| is_of_kind(path)).collect()
    }
}

/// The work of a process on many files.
fn sweeps<'f>(
    attribution: &'f Attribution<'_, '_>,
    process: ProcessId,
    touched: &Touched<'f>,
) -> Vec<Sweep<'f>> {
    let files = attribution.contexts.files();
    let mut found = Vec::new();
    for work in Work::ALL {
        let calls = touched.calls_of(work);
        let paths: HashSet<u32> = calls.iter().map(|&(_, path)| path).collect();
        if paths.len() < MANY {
            continue;
        }
        let texts = paths.iter().map(|&path| files.path(path));
        for folder in folder::folders(texts, MANY) {
            let mut sweep = Sweep {
                process,
                work,
                folder: pattern::of(folder),
                names: HashSet::new(),
                files: 0,
                calls: Vec::new(),
                bounds_ns: (u64::MAX, 0),
            };
            let within: HashSet<u32> = paths
                .iter()
                .copied()
                .filter(|&path| is_below(files.path(path), folder))
                .collect();
            sweep.files = within.len();
            for path in &within {
                sweep.names.insert(last_component(files.path(*path)));
                sweep.names.extend(touched.renamed.get(path));
            }
            let calls = calls.iter().filter(|(_, path)| within.contains(path));
            sweep.take(attribution, calls.map(|&(row, _)| row).collect());
            found.push(sweep);
        }
    }
    found
}

impl Sweep<'_> {
    fn take(&mut self, attribution: &Attribution<'_, '_>, mut calls: Vec<u32>) {
        let timeline = attribution.timeline();
        calls.sort_unstable_by_key(|&row| timeline.span(row).start_ns);
        for &row in &calls {
            let span = timeline.span(row);
            self.bounds_ns.0 = self.bounds_ns.0.min(span.start_ns);
            self.bounds_ns.1 = self.bounds_ns.1.max(span.start_ns + span.duration_ns);
        }
        self.calls = calls;
    }

    /// Whether this writes what the other reads meanwhile.
    fn copies_from(&self, other: &Self) -> bool {
        let overlap = self.bounds_ns.0 < other.bounds_ns.1 && other.bounds_ns.0 < self.bounds_ns.1;
        let same = || self.names.intersection(&other.names).count();
        self.work == Work::Create
            && other.work == Work::Read
            && overlap
            && same() * 100 >= self.files.min(self.names.len()) * COPIED_PERCENT
    }
}

/// Source and destination, if a sweep is a half of a copy.
fn partner<'s, 'f>(sweeps: &'s [Sweep<'f>], at: usize) -> Option<(&'s Sweep<'f>, &'s Sweep<'f>)> {
    let own = &sweeps[at];
    sweeps.iter().find_map(|other| {
        if own.copies_from(other) {
            Some((other, own))
        } else if other.copies_from(own) {
            Some((own, other))
        } else {
            None
        }
    })
}

fn note_sweep(
    causes: &mut Causes,
    attribution: &Attribution<'_, '_>,
    sweep: &Sweep<'_>,
    copy: Option<(&Sweep<'_>, &Sweep<'_>)>,
) {
    let text = match copy {
        Some((from, to)) => format!("copies files from {} to {}", from.folder, to.folder),
        None => sweep.work.text(&sweep.folder),
    };
    for &row in &sweep.calls {
        causes.note_call(row, &text);
    }
    if copy.is_some() {
        causes.note_kind(&text, CauseKind::Copy);
    }
    let is_destination = copy.is_none_or(|(_, to)| std::ptr::eq(to, sweep));
    causes.note_files(
        &text,
        if is_destination {
            sweep.files as u64
        } else {
            0
        },
    );
    if copy.is_some() || sweep.work != Work::Read {
        for bounds_ns in goes(attribution, &sweep.calls) {
            causes.note_period(sweep.process, bounds_ns, &text);
        }
    }
}

/// From when to when the calls follow one another.
fn goes(attribution: &Attribution<'_, '_>, calls: &[u32]) -> Vec<(u64, u64)> {
    let mut goes: Vec<(u64, u64)> = Vec::new();
    for &row in calls {
        let span = attribution.timeline().span(row);
        let (start_ns, end_ns) = (span.start_ns, span.start_ns + span.duration_ns);
        match goes.last_mut() {
            Some(last) if start_ns < last.1 + APART_NS => last.1 = last.1.max(end_ns),
            Some(_) | None => goes.push((start_ns, end_ns)),
        }
    }
    goes
}

fn is_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder)
        .is_some_and(|rest| rest.starts_with('/'))
}

fn last_component(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests;
