//! The profile of a recording, for comparisons: for each stage and run its wall time, the parts of
//! its critical path with what they are counts of, its system calls, and its kernel stacks.
//!
//! - `parts`: times and counts by role, phase, sub-phase, system call and file system.
//! - `calls`: system calls, and what they did to files.
//! - `made`: system calls by role, with their errors.
//! - `stacks`: kernel stacks of samples and of waits.

mod calls;
mod facts;
mod key;
mod made;
mod part;
mod parts;
mod stacks;

use std::collections::BTreeMap;

pub use facts::RecordingFacts;
pub use made::UNKNOWN_ERROR;
pub use part::{Counted, PartKey};

use super::participant::participants;
use super::syscall::CallStatistics;
use super::takes_part;
use crate::attribution::Attribution;
use crate::attribution::stage::{StageWindow, stages};
use crate::functions::UserFrame;
use crate::timeline::{ProcessId, Timeline};
use trace::manifest::Manifest;
use trace::phase::Phase;
use trace::role::Role;
use trace::rows::Tables;

/// The stages of a recording's runs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RecordingProfile {
    /// The facts about it.
    pub facts: RecordingFacts,
    /// The configuration, by name of the axis.
    pub configuration: BTreeMap<String, String>,
    /// The stages, in the order in which the first run that has them goes through them.
    pub stages: Vec<StageProfile>,
}

/// One stage of all runs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StageProfile {
    /// Name of the stage.
    pub name: String,
    /// The runs that went through it.
    pub runs: Vec<RunProfile>,
    /// System calls that ended in it, all runs together.
    pub calls: BTreeMap<CallKey, CallStatistics>,
}

/// One stage of one run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunProfile {
    /// Which run of its recording.
    pub run: usize,
    /// How long the stage took.
    pub wall_ns: u64,
    /// Its parts. Their times on the critical path add up to the wall time.
    pub parts: BTreeMap<PartKey, PartTimes>,
    /// The critical path by role, name of the process and phase, in nanoseconds; together the wall time where
    /// there is a critical path.
    pub processes: BTreeMap<(Role, String, Phase), u64>,
    /// Kernel stacks in it.
    pub stacks: BTreeMap<StackKey, StackTimes>,
    /// Samples of user time on the critical path by role and user stack, innermost frame first.
    pub user_stacks: BTreeMap<(Role, Vec<UserFrame>), u64>,
    /// The critical path by role, phase, call and functions, time on a CPU divided by samples: what folded stacks are drawn
    /// from. Together the wall time.
    pub folded: BTreeMap<Vec<String>, u64>,
    /// System calls that ended in it, by role.
    pub made: BTreeMap<MadeCall, MadeCalls>,
    /// The texts that a role gives to calls more than once: paths, addresses. Of each role those that
    /// come most often.
    pub repeated: Vec<RepeatedText>,
    /// The work on files.
    pub work: RunWork,
    /// The paths that are opened most often, of those that are opened more than once.
    pub reopened: BTreeMap<String, PathOpens>,
    /// Time on the critical path that rules of thumb decided.
    pub rule_of_thumb_ns: u64,
    /// Time on the critical path that rests on switches that were put in by inference.
    pub imputed_ns: u64,
}

/// Time and count of a part, in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PartTimes {
    /// On the critical path.
    pub path_ns: u64,
    /// How many calls, waits or processes are on the critical path
    /// ([`PartKey::counted`] says which).
    pub path_count: u64,
    /// In all threads.
    pub thread_ns: u64,
    /// How many there are in all threads.
    pub thread_count: u64,
}

/// A system call and the file system that it worked on, empty if none is known.
pub type CallKey = (String, String);

/// Who made a system call, and on what file system.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MadeCall {
    /// The role of its process when it began.
    pub role: Role,
    /// Name of the call.
    pub syscall: String,
    /// The file system that it worked on; empty if none is known.
    pub file_system: String,
}

/// System calls of one kind, of one run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MadeCalls {
    /// How many.
    pub count: u64,
    /// Their time together, in nanoseconds, waits included.
    pub total_ns: u64,
    /// Of it, time off the CPU, in nanoseconds.
    pub off_cpu_ns: u64,
    /// How many failed, by name of the error; [`UNKNOWN_ERROR`] where it was not kept.
    pub errors: BTreeMap<String, u64>,
}

/// A path or an address that calls were given more than once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepeatedText {
    /// The role of who gave it.
    pub role: Role,
    /// Name of the call.
    pub syscall: String,
    /// The text, as it was given to the call.
    pub text: String,
    /// How many calls, whether they succeeded or not.
    pub count: u64,
}

/// A kernel stack below a system call.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct StackKey {
    /// Name of the call, [`PAGE_FAULT`] or [`OTHER`].
    pub syscall: String,
    /// Its functions, innermost first.
    pub functions: Vec<String>,
}

pub use stacks::{OTHER, PAGE_FAULT};

/// Samples and waits of a kernel stack.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StackTimes {
    /// Samples.
    pub samples: u64,
    /// Time on the critical path that was spent blocked with it: for a lock, a grace period, a
    /// device.
    pub blocked_ns: u64,
}

/// Opens of a path that succeeded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PathOpens {
    /// How many.
    pub opens: u64,
    /// How long they took together.
    pub time_ns: u64,
}

/// The work of a run on files, on file systems that store them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RunWork {
    /// Opens that succeeded.
    pub opens: u64,
    /// Different paths that were opened; nothing at level `summary`.
    pub files: Option<u64>,
    /// Bytes read and written; nothing at level `summary`.
    pub bytes: Option<u64>,
}

/// The profile of a recording; `name` is its name in reports.
pub fn profile(name: &str, manifest: &Manifest, tables: &Tables) -> RecordingProfile {
    let timeline = Timeline::new(manifest, tables);
    let attribution = Attribution::new(manifest, &timeline);
    let samples = stacks::Samples::new(&timeline);
    let runs = stages(manifest, &timeline, attribution.containers());
    let mut profile = RecordingProfile {
        facts: facts(name, manifest),
        configuration: manifest.configuration.clone(),
        stages: Vec::new(),
    };
    for (index, run) in runs.iter().enumerate() {
        let takes_part = |process| takes_part(&attribution, run, process);
        for window in &run.stages {
            let stage = stage_of(&mut profile.stages, window.stage.name());
            let source = Source {
                attribution: &attribution,
                takes_part: &takes_part,
                window,
                is_summary: manifest.level != "full",
            };
            run_profile(&source, index, &samples, stage);
        }
    }
    profile
}

/// The inputs from which a stage of a run is worked out.
struct Source<'s, 'a> {
    attribution: &'s Attribution<'s, 'a>,
    takes_part: &'s dyn Fn(ProcessId) -> bool,
    window: &'s StageWindow,
    is_summary: bool,
}

fn run_profile(
    source: &Source<'_, '_>,
    run: usize,
    samples: &stacks::Samples<'_>,
    stage: &mut StageProfile,
) {
    let mut profile = RunProfile {
        run,
        wall_ns: source.window.end_ns.saturating_sub(source.window.start_ns),
        ..RunProfile::default()
    };
    let mut parts = parts::Parts::default();
    parts.add_path(source, &mut profile);
    parts.count_short_calls(source.attribution);
    let mut work = calls::WorkCount::new(source.is_summary);
    let mut made = made::MadeCount::default();
    for part in participants(source.attribution, source.takes_part, source.window) {
        parts.add_thread(&part);
        calls::add(&part, &mut stage.calls, &mut work);
        made.add(&part);
    }
    profile.repeated = made.repeated(source.attribution);
    profile.made = made.finish(source.attribution);
    profile.parts = parts.finish(source.attribution);
    profile.reopened = work.reopened();
    profile.work = work.finish();
    samples.add(source, &mut profile);
    stage.runs.push(profile);
}

fn stage_of<'p>(stages: &'p mut Vec<StageProfile>, name: &str) -> &'p mut StageProfile {
    let at = stages.iter().position(|stage| stage.name == name);
    let at = at.unwrap_or_else(|| {
        stages.push(StageProfile {
            name: name.to_owned(),
            ..StageProfile::default()
        });
        stages.len() - 1
    });
    &mut stages[at]
}

fn facts(name: &str, manifest: &Manifest) -> RecordingFacts {
    let attached = |probe: &&trace::manifest::ProbeState| probe.state == "attached";
    RecordingFacts {
        name: name.to_owned(),
        host: manifest.host.clone(),
        host_counts: manifest.host_counts.first().copied(),
        command: manifest.command.clone(),
        level: manifest.level.clone(),
        sample_hz: manifest.sample_hz,
        probes: manifest
            .probes
            .iter()
            .filter(attached)
            .map(|probe| probe.name.clone())
            .collect(),
        records: super::record_counts(&manifest.records),
        observer_ns: manifest.observer.total_ns,
        interrupted: manifest.interrupted.clone(),
    }
}

#[cfg(test)]
mod tests;
