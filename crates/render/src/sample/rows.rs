//! Rows of the tables of a stage.

use analysis::report::functions::FunctionPart;
use analysis::report::{CauseRow, LockRow, PhasePart, PhaseRow, ProcessRow, SyscallRow};
use trace::phase::Phase;
use trace::role::Role;

pub(super) fn cause(
    comm: &str,
    role: Role,
    phase: Phase,
    syscall: Option<&str>,
    critical_path_ns: u64,
) -> CauseRow {
    CauseRow {
        role,
        comm: comm.into(),
        phase,
        part: String::new(),
        syscall: syscall.map(Into::into),
        cause: String::new(),
        cause_kind: None,
        critical_path_ns,
        pieces: 1,
        files: None,
    }
}

pub(super) fn phase(
    phase: Phase,
    critical_path_ns: Option<u64>,
    thread_ns: u64,
    count: u64,
    parts: &[(&str, u64, u64)],
) -> PhaseRow {
    let whole_ns: u64 = parts.iter().map(|part| part.1).sum();
    let parts = parts
        .iter()
        .map(|&(name, thread_ns, count)| PhasePart {
            name: name.into(),
            // In proportion to their thread time.
            critical_path_ns: critical_path_ns.map(|path_ns| path_ns * thread_ns / whole_ns.max(1)),
            thread_ns,
            count,
        })
        .collect();
    PhaseRow {
        phase,
        critical_path_ns,
        thread_ns,
        count,
        parts,
    }
}

pub(super) fn process(
    pid: u32,
    comm: &str,
    role: Role,
    thread_ns: u64,
    cpu_ns: u64,
    syscalls: u64,
) -> ProcessRow {
    ProcessRow {
        pid,
        comm: comm.into(),
        role,
        thread_ns,
        cpu_ns,
        syscalls,
        minor_faults: syscalls * 2,
        major_faults: syscalls / 400,
    }
}

pub(super) fn syscall(name: &str, count: u64, errors: u64, total_ns: u64) -> SyscallRow {
    let mean_ns = total_ns / count;
    SyscallRow {
        name: name.into(),
        count,
        errors,
        total_ns,
        p50_ns: mean_ns * 2 / 3,
        p99_ns: mean_ns.max(total_ns / 9),
        max_ns: mean_ns.max(total_ns / 7),
    }
}

pub(super) fn lock(name: &str, wait_ns: u64, count: u64) -> LockRow {
    LockRow {
        name: name.into(),
        wait_ns,
        count,
    }
}

pub(super) fn function_part(name: &str, samples: u64, estimated_ns: u64) -> FunctionPart {
    FunctionPart {
        name: name.into(),
        samples,
        estimated_ns,
    }
}
