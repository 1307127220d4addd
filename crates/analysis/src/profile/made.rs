//! System calls by role: how many, how long, with which errors, and which texts come again and again.
//!
//! A call belongs to the role that its process had when it began, as in the tables of a report: the
//! execve by which a runtime becomes the container's program is the runtime's.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use super::key::name_of;
use super::{MadeCall, MadeCalls, RepeatedText};
use crate::attribution::Attribution;
use crate::attribution::cause::failing::errno_of;
use crate::attribution::file_system::FileSystem;
use crate::participant::Participant;
use crate::syscall::is_error;
use trace::errno;
use trace::role::Role;

/// Of the texts that a role gives to calls of a run more than once, how many are kept.
const TEXTS_KEPT: usize = 32;

/// The name of errors that level `summary` counts without telling them apart.
pub const UNKNOWN_ERROR: &str = "unknown";

type Key = (Role, u32, FileSystem);

/// The calls that were counted so far.
#[derive(Debug, Default)]
pub(super) struct MadeCount<'a> {
    calls: HashMap<Key, Sums>,
    texts: HashMap<(Role, u32, &'a str), u64>,
}

#[derive(Clone, Debug, Default)]
struct Sums {
    count: u64,
    total_ns: u64,
    off_cpu_ns: u64,
    /// By number; without one where only their sum is known.
    errors: BTreeMap<Option<u16>, u64>,
}

impl<'a> MadeCount<'a> {
    /// Adds the calls of a thread that count in the stage.
    pub(super) fn add(&mut self, part: &Participant<'_, 'a>) {
        let attribution = part.attribution;
        let timeline = attribution.timeline();
        let role_at = |at_ns| attribution.roles().role_at(part.thread.process, at_ns);
        for row in part.spans() {
            let span = timeline.span(row);
            let role = role_at(span.start_ns);
            let key = (role, span.nr, attribution.file_system(row));
            let sums = self.calls.entry(key).or_default();
            sums.count += 1;
            sums.total_ns += span.duration_ns;
            sums.off_cpu_ns += span.off_cpu_ns;
            if is_error(span.result) {
                *sums.errors.entry(Some(errno_of(span.result))).or_default() += 1;
            }
            if let Some(text) = span.text.and_then(|id| timeline.text(id)) {
                *self.texts.entry((role, span.nr, text)).or_default() += 1;
            }
        }
        for total in part.totals() {
            let file_system = FileSystem::from_magic(total.fs_magic);
            let key = (role_at(total.to_ns), total.nr, file_system);
            let sums = self.calls.entry(key).or_default();
            sums.count += u64::from(total.count);
            sums.total_ns += total.total_ns;
            sums.off_cpu_ns += total.off_cpu_ns;
            if total.errors > 0 {
                *sums.errors.entry(None).or_default() += u64::from(total.errors);
            }
        }
    }

    /// The texts that a role gives to a call more than once, those that come most often.
    pub(super) fn repeated(&self, attribution: &Attribution<'_, '_>) -> Vec<RepeatedText> {
        let again = self.texts.iter().filter(|&(_, &count)| count > 1);
        let again = again.map(|(&(role, number, text), &count)| RepeatedText {
            role,
            syscall: call_name(attribution, number),
            text: text.to_owned(),
            count,
        });
        let mut again: Vec<RepeatedText> = again.collect();
        again.sort_unstable_by(|a, b| {
            let rank = |one: &RepeatedText| (one.role, Reverse(one.count));
            let names = |one: &RepeatedText| (one.syscall.clone(), one.text.clone());
            rank(a).cmp(&rank(b)).then_with(|| names(a).cmp(&names(b)))
        });
        let mut kept = 0;
        let mut last = None;
        again.retain(|text| {
            kept = if last == Some(text.role) { kept + 1 } else { 1 };
            last = Some(text.role);
            kept <= TEXTS_KEPT
        });
        again
    }

    /// The calls by name.
    pub(super) fn finish(self, attribution: &Attribution<'_, '_>) -> BTreeMap<MadeCall, MadeCalls> {
        let mut calls: BTreeMap<MadeCall, MadeCalls> = BTreeMap::new();
        for ((role, number, file_system), sums) in self.calls {
            let key = MadeCall {
                role,
                syscall: call_name(attribution, number),
                file_system: name_of(file_system),
            };
            let made = calls.entry(key).or_default();
            made.count += sums.count;
            made.total_ns += sums.total_ns;
            made.off_cpu_ns += sums.off_cpu_ns;
            for (error, count) in sums.errors {
                let name = error.map_or_else(|| UNKNOWN_ERROR.to_owned(), errno::name);
                *made.errors.entry(name).or_default() += count;
            }
        }
        calls
    }
}

fn call_name(attribution: &Attribution<'_, '_>, number: u32) -> String {
    let name = attribution.timeline().syscall_name(number);
    name.map_or_else(|| format!("syscall {number}"), str::to_owned)
}
