//! Parts of a stage's critical path of two sides.

use serde::{Deserialize, Serialize};

use super::Change;
use analysis::profile::Counted;
use trace::phase::Phase;
use trace::role::Role;

/// Whose time it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "actor"))]
#[serde(rename_all = "kebab-case")]
pub enum Actor {
    /// Whoever makes containers, together: all roles but the container's. Where the two sides divide that
    /// work between other processes, only the whole of it can be compared.
    Engine,
    /// One role.
    #[serde(untagged)]
    Role(Role),
}

impl Actor {
    /// The name used in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Engine => "engine",
            Self::Role(role) => role.name(),
        }
    }
}

/// The time of some processes of one role and name on the critical path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "process"))]
pub struct ProcessTimes {
    /// Their role.
    pub role: Role,
    /// Their name.
    pub process: String,
    /// Mean time per run of `a`, in nanoseconds.
    pub a_ns: u64,
    /// The same of `b`, in nanoseconds.
    pub b_ns: u64,
}

/// The time of one role in one phase, or of all who make containers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "group"))]
pub struct GroupDifference {
    /// Whose time it is.
    pub role: Actor,
    /// Phase.
    pub phase: Phase,
    /// Mean time per run of `a` on the critical path, in nanoseconds.
    pub a_ns: u64,
    /// The same of `b`, in nanoseconds.
    pub b_ns: u64,
    /// `b_ns` less `a_ns`.
    pub difference: Change,
    /// The difference over the gap, in millionths; negative where it makes the gap smaller; null
    /// where there is no gap.
    pub share_ppm: Option<i64>,
    /// The processes of an engine, those with most time first; empty where it is a role's.
    pub processes: Vec<ProcessTimes>,
    /// Its parts, those with the largest difference first.
    pub parts: Vec<PartDifference>,
}

/// A part of both sides: what one role did in one system call for one kind of work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "part"))]
pub struct PartDifference {
    /// Whose time it is.
    pub role: Actor,
    /// Phase.
    pub phase: Phase,
    /// Kind within the phase; for a kernel lock its name; empty if the phase has none.
    pub subphase: String,
    /// System call; null if none.
    pub syscall: Option<String>,
    /// In words, what it waited for or worked on; empty if no more is known than phase and call, and of an
    /// engine.
    pub cause: String,
    /// The unit of its counts.
    pub counted: Counted,
    /// All file systems together: so a call can be compared with the same one on another file
    /// system.
    #[serde(flatten)]
    pub figures: Figures,
    /// The same by file system, those with the largest difference first; at least one.
    pub file_systems: Vec<FileSystemDifference>,
}

/// The share of a part that concerned one file system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "file_system_part"))]
pub struct FileSystemDifference {
    /// Its name; empty if none is known.
    pub file_system: String,
    /// How much.
    #[serde(flatten)]
    pub figures: Figures,
}

/// How much a part is on both sides, and why it differs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "figures"))]
pub struct Figures {
    /// In `a`: means per run.
    pub a: PartSide,
    /// In `b`: means per run.
    pub b: PartSide,
    /// Difference of the times on the critical path. Its interval is worked out for parts that
    /// weigh something.
    pub difference: Change,
    /// The difference over the gap, in millionths; negative where it makes the gap smaller; null
    /// where there is no gap.
    pub share_ppm: Option<i64>,
    /// The causes of its difference; the three add up to it.
    pub effects: Effects,
}

/// A part of one side: means per run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "part_side"))]
pub struct PartSide {
    /// Time on the critical path, in nanoseconds.
    pub path_ns: u64,
    /// How many of them are on the critical path, times 1000.
    pub count_milli: u64,
    /// Time on the critical path of one of them, in nanoseconds; null where there is none.
    pub cost_ns: Option<u64>,
    /// Time of all threads, in nanoseconds.
    pub thread_ns: u64,
    /// How many there are in all threads, times 1000.
    pub thread_count_milli: u64,
}

/// The difference of a part, split into what more of them and what slower ones make.
///
/// With `n` how many there are on the critical path in a run, and `c` what one of them takes there:
/// `n_b c_b - n_a c_a = (n_b - n_a) c_a + n_a (c_b - c_a) + (n_b - n_a) (c_b - c_a)`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "effects"))]
pub struct Effects {
    /// There are more (or fewer) of them: `(n_b - n_a) c_a`, in nanoseconds.
    pub count_ns: i64,
    /// Each takes longer (or less): `n_a (c_b - c_a)`, in nanoseconds.
    pub cost_ns: i64,
    /// Both at once: `(n_b - n_a) (c_b - c_a)`, in nanoseconds. What is left, so that the three add
    /// up exactly.
    pub interaction_ns: i64,
}
