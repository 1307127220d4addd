//! Hooks on kernel functions: by fentry and fexit, else by a pair of kprobes.
//!
//! fentry finds a function by its type in the kernel's own BTF, where functions of modules are not;
//! kprobes go by name, cost more, and a return is missed where too many tasks are in the function at
//! once (Documentation/trace/kprobes.rst, v6.18, "How Does a Return Probe Work?").

use std::path::Path;

use aya::programs::{FEntry, FExit, KProbe, Program, ProgramError};
use aya::{Btf, Ebpf};
use profiler_common::KernelFunction;

use super::loader::reason;
use trace::manifest::{FENTRY, KPROBE, ProbeState};

/// The loss without a hook.
const LOSS: &str = "how long this function takes is only known from stacks";
/// Functions that run in every open, read or write of a file on overlayfs. Hooked, they make it slower
/// than file systems without a hook, whose calls are just what it is compared with.
const OF_FILE_CALLS: &[KernelFunction] = &[
    KernelFunction::OvlOpen,
    KernelFunction::OvlReadIter,
    KernelFunction::OvlWriteIter,
];
/// The reason for which those are not hooked unless they are asked for.
const NOT_ASKED: &str =
    "not asked for (--hook-file-calls), since it makes each call on overlayfs slower";
/// The kernel has it if it has kprobes (perf_event_open(2), "type").
const KPROBE_TYPE: &str = "/sys/bus/event_source/devices/kprobe/type";

/// Attaches hooks, and learns which kinds the kernel refuses altogether.
struct Hooks<'a> {
    ebpf: &'a mut Ebpf,
    btf: &'a Btf,
    /// The error for which no other fentry needs to be tried.
    fentry_refusal: Option<String>,
    /// The same for kprobes.
    kprobe_refusal: Option<String>,
}

/// Hooks every function that the kernel allows, those of file calls only `with_file_calls`, and says
/// what became of each.
pub fn attach(ebpf: &mut Ebpf, btf: &Btf, with_file_calls: bool) -> Vec<ProbeState> {
    let no_kprobes = || "not configured".to_owned();
    let mut hooks = Hooks {
        ebpf,
        btf,
        fentry_refusal: None,
        kprobe_refusal: (!Path::new(KPROBE_TYPE).exists()).then(no_kprobes),
    };
    KernelFunction::ALL
        .iter()
        .map(|function| {
            if with_file_calls || !OF_FILE_CALLS.contains(function) {
                hooks.attach(function.name())
            } else {
                state_of(function.name(), Err(format!("{NOT_ASKED}; {LOSS}")))
            }
        })
        .collect()
}

impl Hooks<'_> {
    fn attach(&mut self, name: &str) -> ProbeState {
        let outcome = match self.attach_fentry(name) {
            Ok(()) => Ok(FENTRY),
            Err(fentry) => match self.attach_kprobes(name) {
                Ok(()) => Ok(KPROBE),
                Err(kprobe) => Err(format!("fentry: {fentry}; kprobe: {kprobe}; {LOSS}")),
            },
        };
        state_of(name, outcome)
    }

    /// Where the kernel refuses the first for want of permission, it refuses all.
    fn attach_fentry(&mut self, name: &str) -> Result<(), String> {
        if let Some(refusal) = &self.fentry_refusal {
            return Err(refusal.clone());
        }
        let attached = attach_fentry(self.ebpf, self.btf, name);
        self.fentry_refusal = general_refusal(&attached);
        attached
    }

    fn attach_kprobes(&mut self, name: &str) -> Result<(), String> {
        if let Some(refusal) = &self.kprobe_refusal {
            return Err(refusal.clone());
        }
        let attached = attach_kprobes(self.ebpf, name);
        self.kprobe_refusal = general_refusal(&attached);
        attached
    }
}

/// Functions and tracepoints share names; the kind tells them apart, attached or not.
fn state_of(name: &str, outcome: Result<&str, String>) -> ProbeState {
    ProbeState::of(name, FENTRY, outcome)
}

/// The reason, if any, for which the kernel would refuse every other function as well.
fn general_refusal(attached: &Result<(), String>) -> Option<String> {
    let reason = attached.as_ref().err()?;
    let is_general = ["Operation not permitted", "Permission denied"]
        .iter()
        .any(|text| reason.contains(text));
    is_general.then(|| reason.clone())
}

fn attach_fentry(ebpf: &mut Ebpf, btf: &Btf, name: &str) -> Result<(), String> {
    // Both are loaded before one is attached: a hook has two sides or none.
    let enter: &mut FEntry = program(ebpf, &format!("enter_{name}"))?;
    enter
        .load(name, btf)
        .map_err(|error| fentry_reason(&error))?;
    let leave: &mut FExit = program(ebpf, &format!("leave_{name}"))?;
    leave.load(name, btf).map_err(|error| reason(&error))?;
    leave.attach().map_err(|error| reason(&error))?;
    let enter: &mut FEntry = program(ebpf, &format!("enter_{name}"))?;
    enter.attach().map(drop).map_err(|error| reason(&error))
}

fn attach_kprobes(ebpf: &mut Ebpf, name: &str) -> Result<(), String> {
    let sides = [format!("kretprobe_{name}"), format!("kprobe_{name}")];
    for side in &sides {
        let side: &mut KProbe = program(ebpf, side)?;
        side.load().map_err(|error| reason(&error))?;
    }
    for side in &sides {
        let side: &mut KProbe = program(ebpf, side)?;
        side.attach(name, 0)
            .map_err(|error| kprobe_reason(&error))?;
    }
    Ok(())
}

fn program<'e, P>(ebpf: &'e mut Ebpf, name: &str) -> Result<P, String>
where
    P: TryFrom<&'e mut Program, Error = ProgramError>,
{
    ebpf.program_mut(name)
        .ok_or("not in the object")?
        .try_into()
        .map_err(|error: ProgramError| error.to_string())
}

/// A function without a type is no function of the kernel proper.
fn fentry_reason(error: &ProgramError) -> String {
    match error {
        ProgramError::Btf(_) => "not in the kernel's BTF".to_owned(),
        other => reason(other),
    }
}

/// A function without an address is in no module that is loaded.
fn kprobe_reason(error: &ProgramError) -> String {
    match error {
        ProgramError::SyscallError(call)
            if call.io_error.kind() == std::io::ErrorKind::NotFound =>
        {
            "not in this kernel, or in a module that is not loaded".to_owned()
        }
        other => reason(other),
    }
}
