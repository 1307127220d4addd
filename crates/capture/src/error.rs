//! The errors of a capture.

use std::io;
use std::path::PathBuf;

use super::btf::BtfError;

/// The errors of a capture. Each message carries its remedy.
#[derive(Debug, thiserror::Error)]
pub enum CaptureError {
    /// The process may not load BPF programs.
    #[error(
        "loading BPF programs is not permitted: {0}; run as root or grant CAP_BPF, CAP_PERFMON, CAP_SYS_PTRACE and CAP_SYS_ADMIN"
    )]
    NotPermitted(String),
    /// The kernel has no BTF.
    #[error(
        "this kernel has no BTF ({path}: {source}); use a kernel built with CONFIG_DEBUG_INFO_BTF=y"
    )]
    NoBtf {
        /// Where it was looked for.
        path: PathBuf,
        /// The error of the read.
        source: io::Error,
    },
    /// The kernel's structures are not as the programs expect.
    #[error("this kernel is not supported: {0}; ctrprof needs Linux 5.18 or later on x86-64")]
    UnsupportedKernel(#[from] BtfError),
    /// Processes have other numbers here than the probes see.
    #[error(
        "this is a nested pid namespace, in which processes have other numbers than the probes see; run outside of containers, or in one with the machine's pid namespace"
    )]
    NestedPidNamespace,
    /// The machine's system calls are not known.
    #[error("system calls of a {0} machine are not known; ctrprof needs x86-64")]
    UnsupportedMachine(String),
    /// The BPF object could not be loaded.
    #[error("failed to load the BPF object: {0}")]
    Load(String),
    /// A probe without which there is nothing to report.
    #[error("failed to attach {name}: {reason}; nothing can be recorded without it")]
    EssentialProbe {
        /// The probe.
        name: &'static str,
        /// The kernel's reason.
        reason: String,
    },
    /// The command could not be started.
    #[error("failed to run {command}: {source}")]
    Command {
        /// The command.
        command: String,
        /// The error of the start.
        source: io::Error,
    },
    /// There is no such command.
    #[error("no such command: {0}; give a path, or a name that is in PATH")]
    NoSuchCommand(String),
    /// There is no such process.
    #[error("no such process: {0}")]
    NoSuchProcess(u32),
    /// The directory is no cgroup.
    #[error("{path} is not a cgroup: {source}; give the directory of one")]
    NotACgroup {
        /// The path that was given.
        path: PathBuf,
        /// The error of the look-up.
        source: io::Error,
    },
    /// Kernel symbols could not be read.
    #[error("failed to read kernel symbols: {0}")]
    Symbols(String),
    /// A file of the recording could not be written.
    #[error(
        "failed to write {path}: {source}; free some space or choose another directory with -o"
    )]
    Write {
        /// The file.
        path: PathBuf,
        source: io::Error,
    },
    /// Anything else that the system refused.
    #[error("failed to {action}: {source}")]
    System {
        /// The action that failed.
        action: &'static str,
        /// The error of the system call.
        source: io::Error,
    },
}

impl CaptureError {
    /// For `map_err`: what was tried, and failed.
    pub fn system(action: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::System { action, source }
    }
}
