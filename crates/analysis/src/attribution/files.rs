//! The paths that system calls work on, also those that only have a descriptor.
//!
//! A sweep over all calls in the order of their ends (see [`super::context`]) keeps, for each process,
//! the paths behind its descriptors and its working directory. A call on a descriptor that was opened
//! before the recording, or at level `summary` by a call that was too short to be recorded by itself,
//! has no path.

use std::collections::HashMap;

use profiler_common::SyscallClass;

use super::pattern;
use crate::timeline::{ProcessId, Timeline};
use trace::rows::Span;

/// `AT_FDCWD` (fcntl.h): the working directory in the place of a descriptor.
const AT_FDCWD: i32 = -100;
/// Stands for the root directory of a process that has changed it.
const ROOT: i32 = -200;
/// From so many different files in one directory on, they are one pattern.
const FAMILY: usize = 32;
const NONE: u32 = u32::MAX;

/// The patterns of the paths of all calls.
#[derive(Clone, Debug, Default)]
pub struct Files {
    /// By row of `spans`: a path.
    by_span: Vec<u32>,
    /// By path: its pattern.
    pattern_of: Vec<u32>,
    patterns: Vec<String>,
    paths: Vec<String>,
}

/// A pattern of paths, by its number in [`Files`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PatternId(u32);

impl Files {
    /// The pattern of the path that a call works on, if it is known.
    pub fn of_span(&self, row: u32) -> Option<PatternId> {
        let path = *self.by_span.get(row as usize)?;
        self.pattern_of.get(path as usize).copied().map(PatternId)
    }

    /// The path that a call works on, by its number, if it is known.
    pub(super) fn path_of_span(&self, row: u32) -> Option<u32> {
        let path = *self.by_span.get(row as usize)?;
        (path != NONE).then_some(path)
    }

    /// A path by its number, as far as it is known: a relative one where the directory is not.
    pub(super) fn path(&self, path: u32) -> &str {
        self.paths.get(path as usize).map_or("", String::as_str)
    }

    /// A pattern.
    pub fn pattern(&self, PatternId(number): PatternId) -> &str {
        self.patterns
            .get(number as usize)
            .map_or("", String::as_str)
    }
}

/// The paths behind descriptors, during a sweep.
pub(super) struct PathSweep<'s, 'a> {
    timeline: &'s Timeline<'a>,
    descriptors: HashMap<ProcessId, HashMap<i32, u32>>,
    paths: Interner,
    /// By directory and text.
    joined: HashMap<(u32, u32), u32>,
    by_span: Vec<u32>,
}

#[derive(Default)]
struct Interner {
    texts: Vec<String>,
    ids: HashMap<String, u32>,
}

impl Interner {
    fn id(&mut self, text: String) -> u32 {
        if let Some(&id) = self.ids.get(&text) {
            return id;
        }
        let id = self.texts.len() as u32;
        self.texts.push(text.clone());
        self.ids.insert(text, id);
        id
    }
}

impl<'s, 'a> PathSweep<'s, 'a> {
    pub(super) fn new(timeline: &'s Timeline<'a>) -> Self {
        Self {
            timeline,
            descriptors: HashMap::new(),
            paths: Interner::default(),
            joined: HashMap::new(),
            by_span: vec![NONE; timeline.tables().spans.len()],
        }
    }

    pub(super) fn fork(&mut self, child: ProcessId, parent: ProcessId) {
        if let Some(copy) = self.descriptors.get(&parent).cloned() {
            self.descriptors.insert(child, copy);
        }
    }

    /// Takes a call of a process, at its end.
    pub(super) fn call(&mut self, id: ProcessId, row: u32, name: &str, class: SyscallClass) {
        let span = self.timeline.span(row);
        let path = self.path_of(id, span, class);
        self.by_span[row as usize] = path;
        self.follow(id, span, (name, class), path);
    }

    fn get(&self, id: ProcessId, descriptor: i32) -> u32 {
        let descriptors = self.descriptors.get(&id);
        descriptors
            .and_then(|descriptors| descriptors.get(&descriptor))
            .copied()
            .unwrap_or(NONE)
    }

    fn set(&mut self, id: ProcessId, descriptor: i32, path: u32) {
        if path != NONE {
            let descriptors = self.descriptors.entry(id).or_default();
            descriptors.insert(descriptor, path);
        } else if let Some(descriptors) = self.descriptors.get_mut(&id) {
            descriptors.remove(&descriptor);
        }
    }

    fn path_of(&mut self, id: ProcessId, span: &Span, class: SyscallClass) -> u32 {
        if !class.has_any(SyscallClass::PATH0.and(SyscallClass::PATH1)) {
            return if class.has(SyscallClass::FD0) {
                self.get(id, span.arg0 as i32)
            } else {
                NONE
            };
        }
        let directory = if class.has(SyscallClass::PATH1) {
            span.arg0 as i32
        } else {
            AT_FDCWD
        };
        let below = self.get(id, directory);
        match span.text {
            Some(text) if self.is_absolute(text) => self.join(self.get(id, ROOT), text),
            Some(text) => self.join(below, text),
            // No path at all: the descriptor itself is meant (AT_EMPTY_PATH).
            None => below,
        }
    }

    fn is_absolute(&self, text: u32) -> bool {
        let text = self.timeline.text(text);
        text.is_some_and(|text| text.starts_with('/'))
    }

    fn join(&mut self, below: u32, text: u32) -> u32 {
        if let Some(&known) = self.joined.get(&(below, text)) {
            return known;
        }
        let relative = self.timeline.text(text).unwrap_or_default();
        let directory = self.paths.texts.get(below as usize);
        let path = match directory {
            Some(directory) => format!(
                "{}/{}",
                directory.trim_end_matches('/'),
                relative.trim_start_matches('/').trim_start_matches("./")
            ),
            None => relative.to_owned(),
        };
        let path = path.strip_suffix("/.").map(str::to_owned).unwrap_or(path);
        let id = self.paths.id(path);
        self.joined.insert((below, text), id);
        id
    }

    /// Keeps track of what a call does to the descriptors.
    fn follow(
        &mut self,
        id: ProcessId,
        span: &Span,
        (name, class): (&str, SyscallClass),
        path: u32,
    ) {
        const F_DUPFD: u64 = 0;
        const F_DUPFD_CLOEXEC: u64 = 1030;
        let descriptor = span.arg0 as i32;
        if span.result < 0 {
            return;
        }
        match name {
            "close" => self.set(id, descriptor, NONE),
            "chdir" | "fchdir" => self.set(id, AT_FDCWD, path),
            "chroot" => self.set(id, ROOT, path),
            "dup" | "dup2" | "dup3" => self.set(id, span.result as i32, path),
            "fcntl" if span.arg1 == F_DUPFD || span.arg1 == F_DUPFD_CLOEXEC => {
                self.set(id, span.result as i32, path);
            }
            _ if class.has(SyscallClass::RETURNS_FD) => self.set(id, span.result as i32, path),
            _ => {}
        }
    }

    /// The patterns of all paths.
    pub(super) fn finish(self) -> Files {
        let plain: Vec<String> = self
            .paths
            .texts
            .iter()
            .map(|path| pattern::of(path))
            .collect();
        let mut in_directory: HashMap<&str, usize> = HashMap::new();
        // Each path is there once, so that ids that are left out count as different files.
        for path in &plain {
            if let Some((directory, _)) = path.rsplit_once('/') {
                *in_directory.entry(directory).or_default() += 1;
            }
        }
        let mut patterns = Interner::default();
        let pattern_of = plain.iter().map(|path| {
            let directory = path.rsplit_once('/').map(|(directory, _)| directory);
            let family = directory
                .filter(|directory| in_directory.get(directory).is_some_and(|&n| n >= FAMILY));
            patterns.id(family.map_or_else(|| path.clone(), |directory| format!("{directory}/*")))
        });
        Files {
            by_span: self.by_span,
            pattern_of: pattern_of.collect(),
            patterns: patterns.texts,
            paths: self.paths.texts,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::attribution::Attribution;
    use crate::timeline::Timeline;
    use crate::timeline::fixture::{manifest, span, task};
    use trace::rows::{Span, Tables, Text};

    fn call(name: &str, at: u64, arg0: u64, result: i64, text: Option<u32>) -> Span {
        let mut call = span(7, name, at, 1);
        (call.arg0, call.result, call.text) = (arg0, result, text);
        call
    }

    fn patterns(spans: Vec<Span>, texts: &[&str]) -> Vec<String> {
        let tables = Tables {
            tasks: vec![task(7, 1, None)],
            spans,
            strings: (0..)
                .zip(texts)
                .map(|(id, text)| Text {
                    id,
                    text: (*text).to_owned(),
                })
                .collect(),
            ..Tables::default()
        };
        let manifest = manifest(1_000);
        let timeline = Timeline::new(&manifest, &tables);
        let attribution = Attribution::new(&manifest, &timeline);
        let files = attribution.files();
        let rows = 0..tables.spans.len() as u32;
        rows.map(|row| {
            let found = files.of_span(row);
            found.map_or_else(String::new, |id| files.pattern(id).to_owned())
        })
        .collect()
    }

    #[test]
    fn descriptors_lead_to_what_was_opened() {
        let here = -100_i64 as u64;
        let found = patterns(
            vec![
                call("openat", 1, here, 3, Some(0)),
                call("read", 2, 3, 10, None),
                call("dup", 3, 3, 4, None),
                call("close", 4, 3, 0, None),
                call("read", 5, 3, -9, None),
                call("read", 6, 4, 10, None),
            ],
            &["/proc/17/mountinfo"],
        );
        let path = "/proc/PID/mountinfo";
        assert_eq!(found, [path, path, path, path, "", path]);
    }

    #[test]
    fn relative_paths_are_below_their_directory() {
        let found = patterns(
            vec![
                call("openat", 1, -100_i64 as u64, 5, Some(0)),
                call("openat", 2, 5, 6, Some(1)),
                call("read", 3, 6, 10, None),
                call("openat", 4, -100_i64 as u64, 7, Some(1)),
            ],
            &["/data", "a/b"],
        );
        assert_eq!(found, ["/data", "/data/a/b", "/data/a/b", "a/b"]);
    }

    #[test]
    fn a_changed_root_is_part_of_the_path() {
        let found = patterns(
            vec![
                call("chroot", 1, 0, 0, Some(0)),
                call("open", 2, 0, 3, Some(1)),
            ],
            &["/images/a", "/data"],
        );
        assert_eq!(found, ["/images/a", "/images/a/data"]);
    }

    #[test]
    fn many_files_of_a_directory_are_one_pattern() {
        let names: Vec<String> = (0..40).map(|at| format!("/data/f{at}")).collect();
        let texts: Vec<&str> = names.iter().map(String::as_str).collect();
        let opens = (0..40).map(|at| call("open", u64::from(at) + 1, 0, 3, Some(at)));
        let found = patterns(opens.collect(), &texts);
        assert!(
            found.iter().all(|pattern| pattern == "/data/*"),
            "{found:?}"
        );
    }
}
