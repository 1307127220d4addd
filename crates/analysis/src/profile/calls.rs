//! System calls by name and file system, and what they did to files.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use super::key::name_of;
use super::{CallKey, PathOpens, RunWork};
use crate::attribution::file_system::FileSystem;
use crate::participant::Participant;
use crate::syscall::{CallStatistics, is_error};
use trace::rows::{Span, Total};
use trace::syscall::{self, FileWork};

/// Adds the calls of a thread that count in the stage.
pub(super) fn add<'a>(
    part: &Participant<'_, 'a>,
    calls: &mut BTreeMap<CallKey, CallStatistics>,
    work: &mut WorkCount<'a>,
) {
    let attribution = part.attribution;
    for row in part.spans() {
        let span = attribution.timeline().span(row);
        let file_system = attribution.file_system(row);
        let key = key_of(part, span.nr, file_system);
        work.add_span(part, span, &key.0, file_system);
        calls.entry(key).or_default().add_span(span);
    }
    for total in part.totals() {
        let file_system = FileSystem::from_magic(total.fs_magic);
        let key = key_of(part, total.nr, file_system);
        work.add_total(total, &key.0, file_system);
        calls.entry(key).or_default().add_total(total);
    }
}

fn key_of(part: &Participant<'_, '_>, number: u32, file_system: FileSystem) -> CallKey {
    let name = part.attribution.timeline().syscall_name(number);
    let name = name.map_or_else(|| format!("syscall {number}"), str::to_owned);
    (name, name_of(file_system))
}

/// Of the paths that a run opens more than once, how many are kept.
const PATHS_KEPT: usize = 32;

/// The work on files that was counted so far.
#[derive(Debug)]
pub(super) struct WorkCount<'a> {
    is_summary: bool,
    opens: u64,
    paths: HashMap<&'a str, PathOpens>,
    bytes: u64,
}

impl<'a> WorkCount<'a> {
    /// Nothing yet. At level `summary`, neither paths nor results of short calls are known.
    pub(super) fn new(is_summary: bool) -> Self {
        Self {
            is_summary,
            opens: 0,
            paths: HashMap::new(),
            bytes: 0,
        }
    }

    fn add_span(
        &mut self,
        part: &Participant<'_, 'a>,
        span: &Span,
        name: &str,
        file_system: FileSystem,
    ) {
        if !file_system.stores_files() || is_error(span.result) {
            return;
        }
        match file_work(name) {
            Some(FileWork::Open) => {
                self.opens += 1;
                let path = span
                    .text
                    .and_then(|id| part.attribution.timeline().text(id));
                if let Some(path) = path {
                    let known = self.paths.entry(path).or_default();
                    known.opens += 1;
                    known.time_ns += span.duration_ns;
                }
            }
            Some(FileWork::Read | FileWork::Write) if syscall::moves_bytes(name) => {
                self.bytes += u64::try_from(span.result).unwrap_or(0);
            }
            Some(
                FileWork::Read
                | FileWork::Write
                | FileWork::Close
                | FileWork::Metadata
                | FileWork::Sync,
            )
            | None => {}
        }
    }

    fn add_total(&mut self, total: &Total, name: &str, file_system: FileSystem) {
        if file_system.stores_files() && file_work(name) == Some(FileWork::Open) {
            self.opens += u64::from(total.count.saturating_sub(total.errors));
        }
    }

    /// The paths that were opened most, of those that were opened more than once.
    pub(super) fn reopened(&self) -> BTreeMap<String, PathOpens> {
        let again = self.paths.iter().filter(|(_, path)| path.opens > 1);
        let mut again: Vec<(&str, PathOpens)> =
            again.map(|(&path, &opens)| (path, opens)).collect();
        again.sort_unstable_by_key(|&(path, opens)| (Reverse(opens.opens), path));
        let kept = again.into_iter().take(PATHS_KEPT);
        kept.map(|(path, opens)| (path.to_owned(), opens)).collect()
    }

    /// The work on files.
    pub(super) fn finish(self) -> RunWork {
        let is_known = !self.is_summary;
        RunWork {
            opens: self.opens,
            files: is_known.then_some(self.paths.len() as u64),
            bytes: is_known.then_some(self.bytes),
        }
    }
}

fn file_work(name: &str) -> Option<FileWork> {
    syscall::nature_of(name)?.file_work()
}
