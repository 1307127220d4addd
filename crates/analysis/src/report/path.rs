//! The critical path of a stage: for each instant of its wall-clock time, who was being waited for,
//! and what the kernel was doing for it.

use serde::{Deserialize, Serialize};

use crate::functions::SampledStack;
use trace::phase::Phase;
use trace::role::Role;

/// The critical path of one stage.
///
/// Its segments are in order of time and partition `[start_ns, start_ns + wall_ns]`: without
/// overlap or gap, so their durations add up to the wall time exactly. Where it is limited to roles, the
/// segments of others are missing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StagePath {
    /// Index of the run in the report.
    pub run: usize,
    /// Name of the stage.
    pub stage: String,
    /// When the stage began, on the recording's clock.
    pub start_ns: u64,
    /// How long it took.
    pub wall_ns: u64,
    /// The pieces, earliest first.
    pub segments: Vec<Segment>,
    /// Samples in the pieces that are on a CPU, those with one stack together.
    pub samples: Vec<SampledStack>,
}

impl StagePath {
    /// Time on the path of each role that is on it, in the order of [`Role::ALL`], nanoseconds.
    pub fn role_totals(&self) -> Vec<(Role, u64)> {
        let total = |role| {
            self.segments
                .iter()
                .filter(|segment| segment.role == role)
                .map(|segment| segment.duration_ns)
                .sum()
        };
        Role::ALL
            .iter()
            .map(|&role| (role, total(role)))
            .filter(|&(_, total_ns)| total_ns > 0)
            .collect()
    }
}

/// How many segments each rule of thumb decided, and how long they are together in nanoseconds, in
/// the order of [`Heuristic::ALL`].
pub fn heuristic_totals(paths: &[StagePath]) -> Vec<(Heuristic, usize, u64)> {
    let total = |heuristic| {
        paths
            .iter()
            .flat_map(|path| &path.segments)
            .filter(|segment| segment.heuristic == Some(heuristic))
            .fold(
                (heuristic, 0, 0),
                |(heuristic, count, total_ns), segment| {
                    (heuristic, count + 1, total_ns + segment.duration_ns)
                },
            )
    };
    Heuristic::ALL
        .iter()
        .map(|&heuristic| total(heuristic))
        .filter(|&(_, count, _)| count > 0)
        .collect()
}

/// A stretch of the stage that is owed to one thread in one state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Segment {
    /// When it begins, on the recording's clock.
    pub start_ns: u64,
    /// How long it lasts.
    pub duration_ns: u64,
    /// Thread that was being waited for.
    pub tid: u32,
    /// Its process.
    pub tgid: u32,
    /// Its name at that time.
    pub comm: String,
    /// Its part in the container's life.
    pub role: Role,
    /// Its state.
    pub state: SegmentState,
    /// System call that it was in, if any.
    pub syscall: Option<String>,
    /// Kind of kernel work.
    pub phase: Phase,
    /// Kind within the phase: `net`, `open`, ...; empty if the phase has none.
    pub subphase: String,
    /// File system, lock or path that it concerned; empty if none.
    pub detail: String,
    /// In words, what it waited for or worked on; empty if no more is known than phase and call. The
    /// same in every run: without process numbers, ids, durations or counts.
    pub cause: String,
    /// Stack id of its kernel stack, if it was blocked.
    pub stack: Option<u32>,
    /// The wake-up that led to it: who ended the wait after which this thread went on. For a wait
    /// for a kernel lock: who let go of the lock.
    pub woken_by: Option<Wake>,
    /// The rule of thumb that decided it, if one did.
    pub heuristic: Option<Heuristic>,
}

impl Segment {
    /// When it ends, on the recording's clock.
    pub const fn end_ns(&self) -> u64 {
        self.start_ns.saturating_add(self.duration_ns)
    }
}

/// State of the thread of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SegmentState {
    /// On a CPU, in user mode.
    User,
    /// On a CPU, in a system call.
    Syscall,
    /// Waiting for a CPU.
    Runnable,
    /// Waiting for something that no thread on the path was working at.
    Blocked,
}

/// A wake-up: who ended a wait, and from where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wake {
    /// Thread that made it.
    pub tid: u32,
    /// Its name.
    pub comm: String,
    /// Its part in the container's life.
    pub role: Role,
    /// System call in which it made it, if any.
    pub syscall: Option<String>,
    /// When, on the recording's clock.
    pub at_ns: u64,
}

/// A rule of thumb by which a segment of the critical path was given to its thread.
///
/// Such a segment is plausible, not proven; reports count them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "heuristic_name"))]
#[serde(rename_all = "kebab-case")]
pub enum Heuristic {
    /// A timer ended the wait, and a thread that was busy meanwhile was followed.
    BusyThread,
    /// A timer ended the wait, while a thread of the same process waited for another process, which
    /// was followed.
    AwaitedProcess,
    /// A timer ended the wait, and nobody was busy: what is left is the timer's.
    TimerResidue,
    /// Several wake-ups of one wait were taken for one: the last counts.
    MergedWakes,
    /// A switch was missed and had to be imputed.
    ImputedSwitch,
    /// The thread belongs to a process that has no other part in the run.
    Stranger,
}

impl Heuristic {
    /// All of them, in the order in which reports list them.
    pub const ALL: &'static [Self] = &[
        Self::BusyThread,
        Self::AwaitedProcess,
        Self::TimerResidue,
        Self::MergedWakes,
        Self::ImputedSwitch,
        Self::Stranger,
    ];

    /// The stable name, used in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::BusyThread => "busy-thread",
            Self::AwaitedProcess => "awaited-process",
            Self::TimerResidue => "timer-residue",
            Self::MergedWakes => "merged-wakes",
            Self::ImputedSwitch => "imputed-switch",
            Self::Stranger => "stranger",
        }
    }
}
