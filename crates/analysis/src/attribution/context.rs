//! The files behind the descriptors and paths of system calls.
//!
//! A call that works on a descriptor does not say which file it is. One sweep over all calls in the
//! order of their ends keeps, for each process, which of its descriptors lead to places that
//! decide a phase: opens and duplications add to it, closes and execs take away, forks copy. The
//! working directory is kept the same way. A descriptor that the sweep knows nothing of is judged
//! by its file system alone.
//!
//! At capture level `summary`, short opens are not among the calls: then a descriptor's file system
//! is all that is known.

use std::collections::HashMap;

use profiler_common::SyscallClass;

use super::call::Calls;
use super::files::{Files, PathSweep};
use super::path::Places;
use super::place::{Anonymous, Context, Place};
use super::role::Roles;
use crate::timeline::{ProcessId, Timeline};
use trace::role::Role;
use trace::rows::Span;

/// The context of each row of `spans`.
#[derive(Clone, Debug)]
pub struct Contexts {
    by_span: Vec<Context>,
    files: Files,
}

impl Contexts {
    /// Sweeps over all calls.
    pub fn new(timeline: &Timeline<'_>, calls: &Calls, roles: &Roles) -> Self {
        let tables = timeline.tables();
        let places = Places::new(roles.graph_roots().to_vec());
        let texts = tables
            .strings
            .iter()
            .map(|row| (row.id, Text::new(&places, &row.text)))
            .collect();
        let mut sweep = Sweep {
            timeline,
            calls,
            roles,
            texts,
            descriptors: HashMap::new(),
            paths: PathSweep::new(timeline),
        };
        let mut by_span = vec![Context::default(); tables.spans.len()];
        for event in events(timeline) {
            match event {
                Event::Call(row) => by_span[row as usize] = sweep.call(row),
                Event::Fork(process) => sweep.fork(process),
                Event::Exec(row) => sweep.exec(row),
            }
        }
        let files = sweep.paths.finish();
        Self { by_span, files }
    }

    /// The paths that calls work on.
    pub fn files(&self) -> &Files {
        &self.files
    }

    /// The context of a row of `spans`.
    pub fn of_span(&self, row: u32) -> Context {
        self.by_span.get(row as usize).copied().unwrap_or_default()
    }
}

/// An event that the sweep over time stops at.
#[derive(Clone, Copy, Debug)]
enum Event {
    /// A row of `spans`.
    Call(u32),
    /// A process was made.
    Fork(ProcessId),
    /// A row of `execs`.
    Exec(u32),
}

/// All events in the order of time. Calls are as good as sorted already, so this costs little.
fn events(timeline: &Timeline<'_>) -> Vec<Event> {
    let tables = timeline.tables();
    let calls = tables.spans.iter().enumerate().map(|(row, span)| {
        let end_ns = span.start_ns + span.duration_ns;
        (end_ns, 2_u8, span.tid, Event::Call(row as u32))
    });
    let execs = tables
        .execs
        .iter()
        .enumerate()
        .map(|(row, exec)| (exec.at_ns, 1, exec.tid, Event::Exec(row as u32)));
    let forks = timeline.process_ids().map(|id| {
        let process = timeline.process(id);
        (process.born_ns, 0, process.tgid, Event::Fork(id))
    });
    let mut events: Vec<_> = forks.chain(execs).chain(calls).collect();
    events.sort_by_key(|&(at_ns, kind, tid, _)| (at_ns, kind, tid));
    events.into_iter().map(|(_, _, _, event)| event).collect()
}

/// The facts that the text of a path gives.
#[derive(Clone, Copy, Debug)]
struct Text {
    place: Place,
    is_absolute: bool,
}

impl Text {
    fn new(places: &Places, path: &str) -> Self {
        Self {
            place: places.of(path),
            is_absolute: path.starts_with('/'),
        }
    }
}

/// `AT_FDCWD` (fcntl.h): the working directory in the place of a descriptor.
const AT_FDCWD: i32 = -100;

/// The descriptors of a process that lead to places.
type Descriptors = HashMap<i32, Place>;

struct Sweep<'s, 'a> {
    timeline: &'s Timeline<'a>,
    calls: &'s Calls,
    roles: &'s Roles,
    texts: HashMap<u32, Text>,
    descriptors: HashMap<ProcessId, Descriptors>,
    paths: PathSweep<'s, 'a>,
}

impl Sweep<'_, '_> {
    fn fork(&mut self, id: ProcessId) {
        let parent = self.timeline.process(id).parent;
        let parent = parent.map(|thread| self.timeline.thread(thread).process);
        if let Some(parent) = parent {
            self.paths.fork(id, parent);
        }
        if let Some(copy) = parent.and_then(|parent| self.descriptors.get(&parent)) {
            let copy = copy.clone();
            self.descriptors.insert(id, copy);
        }
    }

    /// Descriptors that matter here are opened close-on-exec as a rule; the directory stays.
    fn exec(&mut self, row: u32) {
        let exec = &self.timeline.tables().execs[row as usize];
        let id = self.timeline.process_at(exec.tgid, exec.at_ns);
        if let Some(descriptors) = id.and_then(|id| self.descriptors.get_mut(&id)) {
            descriptors.retain(|&descriptor, _| descriptor == AT_FDCWD);
        }
    }

    fn call(&mut self, row: u32) -> Context {
        let span = self.timeline.span(row);
        let Some(call) = self.calls.get(span.nr) else {
            return Context::default();
        };
        let Some(id) = self.timeline.process_at(span.tgid, span.start_ns) else {
            return Context::default();
        };
        self.paths.call(id, row, call.name, call.class);
        let part = self.roles.part_at(id, span.start_ns);
        let (place, descriptor_is_elsewhere) = self.place_of(id, span, call.class);
        self.follow(id, span, call.name, call.class, place);
        // Only the work of a manager and its helpers (rsync, tar) there is the storage driver's; a
        // container's own files lie there too.
        let is_drivers = matches!(part.role, Role::Manager | Role::Helper);
        let is_own = place != Place::GraphRoot || is_drivers;
        Context {
            place: if is_own { place } else { Place::Elsewhere },
            trade: part.trade,
            descriptor_is_elsewhere,
        }
    }

    fn get(&self, id: ProcessId, descriptor: i32) -> Place {
        let descriptors = self.descriptors.get(&id);
        descriptors
            .and_then(|descriptors| descriptors.get(&descriptor))
            .copied()
            .unwrap_or_default()
    }

    fn set(&mut self, id: ProcessId, descriptor: i32, place: Place) {
        if place != Place::Elsewhere {
            self.descriptors
                .entry(id)
                .or_default()
                .insert(descriptor, place);
        } else if let Some(descriptors) = self.descriptors.get_mut(&id) {
            descriptors.remove(&descriptor);
        }
    }

    /// Where a call's path or descriptor leads, and whether the path is absolute.
    fn place_of(&self, id: ProcessId, span: &Span, class: SyscallClass) -> (Place, bool) {
        let has_path = class.has_any(SyscallClass::PATH0.and(SyscallClass::PATH1));
        if !has_path {
            let place = if class.has(SyscallClass::FD0) {
                self.get(id, span.arg0 as i32)
            } else {
                Place::Elsewhere
            };
            return (place, false);
        }
        let directory = if class.has(SyscallClass::PATH1) {
            span.arg0 as i32
        } else {
            AT_FDCWD
        };
        let below = self.get(id, directory);
        match span.text.and_then(|text| self.texts.get(&text)) {
            // The result of an open is judged by its own file system, which is that of the result.
            Some(text) if text.is_absolute => (text.place, !class.has(SyscallClass::RETURNS_FD)),
            Some(text) if text.place != Place::Elsewhere => (text.place, false),
            Some(_) if below.holds_what_is_below() => (below, false),
            Some(_) => (Place::Elsewhere, false),
            // No path at all: the descriptor itself is meant (AT_EMPTY_PATH).
            None => (below, false),
        }
    }

    /// Keeps track of what a call does to the descriptors.
    fn follow(
        &mut self,
        id: ProcessId,
        span: &Span,
        name: &str,
        class: SyscallClass,
        place: Place,
    ) {
        const F_DUPFD: u64 = 0;
        const F_DUPFD_CLOEXEC: u64 = 1030;
        if span.result < 0 {
            return;
        }
        let descriptor = span.arg0 as i32;
        match name {
            "close" => self.set(id, descriptor, Place::Elsewhere),
            "chdir" => self.set(id, AT_FDCWD, place),
            "fchdir" => self.set(id, AT_FDCWD, self.get(id, descriptor)),
            "dup" | "dup2" | "dup3" => {
                self.set(id, span.result as i32, self.get(id, descriptor));
            }
            "fcntl" if span.arg1 == F_DUPFD || span.arg1 == F_DUPFD_CLOEXEC => {
                self.set(id, span.result as i32, self.get(id, descriptor));
            }
            _ if class.has(SyscallClass::RETURNS_FD) => {
                let made = Anonymous::made_by(name).map(Place::Anonymous);
                self.set(id, span.result as i32, made.unwrap_or(place));
            }
            _ => {}
        }
    }
}
