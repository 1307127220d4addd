//! Options of everything that records.

use std::time::Duration;

use clap::{Args, ValueEnum};
use profiler_common::{CaptureLevel, SchedScope};

use capture::{CaptureOptions, ProbeKind};
use compare::report::question;

/// Options of everything that records.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Recording")]
pub struct CaptureArgs {
    /// Level of system calls: full, or summary for the sums of short ones [default: full]
    #[arg(long, value_enum)]
    level: Option<Level>,
    /// Whose scheduler events are kept
    #[arg(long, value_enum, default_value_t = Sched::System, hide_short_help = true)]
    sched: Sched,
    /// In level summary, keep calls at least this long as spans [microseconds]
    #[arg(long, default_value_t = 100, value_name = "US", hide_short_help = true)]
    threshold: u64,
    /// Size of the kernel's buffer for records [MiB]
    #[arg(long, default_value_t = 128, value_name = "MIB", hide_short_help = true, value_parser = clap::value_parser!(u32).range(1..=2047))]
    buffer: u32,
    /// Samples per second and CPU, 0 for none
    #[arg(long, default_value_t = 1_997, value_name = "HZ", hide_short_help = true, value_parser = clap::value_parser!(u32).range(0..=20_000))]
    sample_hz: u32,
    /// Hook ovl_open, ovl_read_iter and ovl_write_iter too, where the kernel allows it: makes each
    /// open, read and write on overlayfs slower than elsewhere
    #[arg(long, hide_short_help = true)]
    hook_file_calls: bool,
    /// How long what the command started must be quiet before recording ends [milliseconds]; daemons
    /// that work for it are not waited for
    #[arg(long, default_value_t = 300, value_name = "MS", hide_short_help = true)]
    linger: u64,
    /// Kind of program on tracepoints: raw-tp is for kernels that refuse tp_btf
    #[arg(long, value_enum, default_value_t = Probes::Auto, hide_short_help = true)]
    probes: Probes,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Level {
    /// Every system call is a span
    Full,
    /// Short calls are added up in the kernel; counts and times stay exact
    Summary,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Sched {
    /// The whole machine's: what the critical path needs
    System,
    /// Only those in which a tracked thread takes part: for busy hosts
    Tracked,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Probes {
    /// tp_btf, and raw_tp where the kernel refuses that
    Auto,
    /// raw_tp alone
    RawTp,
}

impl CaptureArgs {
    /// As capture takes them.
    pub fn options(&self) -> CaptureOptions {
        self.options_at(question::Level::Full)
    }

    /// As capture takes them, at this level unless another was asked for.
    pub fn options_at(&self, level: question::Level) -> CaptureOptions {
        let level = match self.level {
            Some(Level::Full) => question::Level::Full,
            Some(Level::Summary) => question::Level::Summary,
            None => level,
        };
        CaptureOptions {
            level: match level {
                question::Level::Full => CaptureLevel::Full,
                question::Level::Summary => CaptureLevel::Summary,
            },
            sched: match self.sched {
                Sched::System => SchedScope::System,
                Sched::Tracked => SchedScope::Tracked,
            },
            probe_kind: match self.probes {
                Probes::Auto => ProbeKind::Auto,
                Probes::RawTp => ProbeKind::RawTracepoint,
            },
            threshold: Duration::from_micros(self.threshold),
            ring_bytes: self.buffer << 20,
            sample_hz: self.sample_hz,
            hook_file_calls: self.hook_file_calls,
            linger: Duration::from_millis(self.linger),
            ..CaptureOptions::default()
        }
    }
}
