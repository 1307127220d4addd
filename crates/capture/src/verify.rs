//! Has the kernel verify programs before they are attached, as many at once as there are CPUs: that
//! takes longer than all else that is done before a recording begins.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::thread;

use aya::programs::{Program, ProgramError};
use aya::{Btf, Ebpf};
use profiler_common::Probe;

use super::options::ProbeKind;

/// Reason for which the largest program is loaded without telling awaited files.
pub(super) const TOO_LARGE: &str = "more than this kernel's verifier goes through";

/// The program of [`Probe::Sample`].
pub(super) const SAMPLING: &str = "cpu_clock";

/// Loads the programs of probes, the largest first. Whatever is refused is loaded again when it is to be
/// attached, and the reason is told then; but for the largest, which the verifier may not go through within
/// its limit of instructions (`BPF_COMPLEXITY_LIMIT_INSNS`, include/linux/bpf.h: E2BIG beyond it).
///
/// # Errors
/// That.
pub(super) fn verify(
    ebpf: &mut Ebpf,
    btf: &Btf,
    probes: &[Probe],
    kind: ProbeKind,
) -> Result<(), String> {
    let mut programs: HashMap<String, &mut Program> = ebpf
        .programs_mut()
        .map(|(name, program)| (name.to_owned(), program))
        .collect();
    let mut waiting: Vec<(Probe, &mut Program)> = probes
        .iter()
        .filter_map(|&probe| Some((probe, programs.remove(&program_name(probe, kind))?)))
        .collect();
    // Taken from the end.
    waiting.sort_by_key(|(probe, _)| *probe == Probe::SysExit);
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let workers = workers.min(waiting.len());
    let waiting = Mutex::new(waiting);
    let is_too_large = Mutex::new(false);
    let next = || {
        let mut waiting = waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.pop()
    };
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some((probe, program)) = next() {
                    let refused = load(program, probe, btf).is_err_and(|error| is_e2big(&error));
                    if refused && probe == Probe::SysExit {
                        *is_too_large.lock().unwrap_or_else(PoisonError::into_inner) = true;
                    }
                }
            });
        }
    });
    match is_too_large.into_inner() {
        Ok(false) => Ok(()),
        Ok(true) | Err(_) => Err(TOO_LARGE.to_owned()),
    }
}

/// The name of a probe's program: of a tracepoint's, that with types, or the other.
fn program_name(probe: Probe, kind: ProbeKind) -> String {
    match kind {
        _ if probe == Probe::Sample => SAMPLING.to_owned(),
        ProbeKind::Auto => probe.name().to_owned(),
        ProbeKind::RawTracepoint => format!("raw_{}", probe.name()),
    }
}

fn load(program: &mut Program, probe: Probe, btf: &Btf) -> Result<(), ProgramError> {
    match program {
        Program::BtfTracePoint(program) => program.load(probe.name(), btf),
        Program::RawTracePoint(program) => program.load(),
        Program::PerfEvent(program) => program.load(),
        _ => Ok(()),
    }
}

fn is_e2big(error: &ProgramError) -> bool {
    matches!(
        error,
        ProgramError::LoadError { io_error, .. } if io_error.raw_os_error() == Some(libc::E2BIG)
    )
}
