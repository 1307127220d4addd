//! Options of a recording.

use std::ffi::OsString;
use std::time::Duration;

use profiler_common::{CaptureLevel, SchedScope};

/// Which kind of program is attached to tracepoints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ProbeKind {
    /// `tp_btf`, and `raw_tp` where the kernel refuses that.
    #[default]
    Auto,
    /// `raw_tp` alone.
    RawTracepoint,
}

/// Whose system calls are recorded from the beginning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Roots {
    /// A command that is started for the purpose, with its arguments.
    Command(Vec<OsString>),
    /// Likewise, a command of ctrprof's own: the marks that it sets count.
    Engine(Vec<OsString>),
    /// Running processes.
    Pids(Vec<u32>),
    /// The members of a cgroup: its directory.
    Cgroup(std::path::PathBuf),
}

/// Options of a recording.
#[derive(Clone, Debug)]
pub struct CaptureOptions {
    /// Every system call, or totals of the short ones.
    pub level: CaptureLevel,
    /// Whose scheduler events.
    pub sched: SchedScope,
    /// Kind of program on tracepoints.
    pub probe_kind: ProbeKind,
    /// In `summary`: calls at least this long are spans.
    pub threshold: Duration,
    /// In `summary`: totals are cut at least this often.
    pub slice: Duration,
    /// Size of the ring buffer in bytes; rounded up to a power of two.
    pub ring_bytes: u32,
    /// Samples per second and CPU; 0 for none. No divisor of what runs at round rates.
    pub sample_hz: u32,
    /// Whether functions that run in every file call of overlayfs are hooked, too.
    pub hook_file_calls: bool,
    /// How long the processes that the command caused must be quiet before recording ends.
    pub linger: Duration,
}

impl Default for CaptureOptions {
    fn default() -> Self {
        Self {
            level: CaptureLevel::Full,
            sched: SchedScope::System,
            probe_kind: ProbeKind::Auto,
            threshold: Duration::from_micros(100),
            slice: Duration::from_millis(10),
            ring_bytes: 128 << 20,
            sample_hz: 1_997,
            hook_file_calls: false,
            linger: Duration::from_millis(300),
        }
    }
}
