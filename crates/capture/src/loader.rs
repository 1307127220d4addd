//! Loads the kernel programs and attaches them, probe by probe.
//!
//! A probe that cannot be attached is a visible degradation: its state says why and what is lost.

use std::borrow::Cow;
use std::fs;
use std::os::fd::{AsFd, AsRawFd};

use aya::maps::{Array, HashMap, Map, MapData, PerCpuArray, RingBuf};
use aya::programs::perf_event::{PerfEventConfig, PerfEventScope, SamplePolicy, SoftwareEvent};
use aya::programs::{BtfTracePoint, Iter, PerfEvent, Program, ProgramError, RawTracePoint};
use aya::{Btf, Ebpf};
use profiler_common::{JoinReason, Probe};

use super::counters::{CounterMaps, Counters};
use super::error::CaptureError;
use super::functions;
use super::host;
use super::kernel::Kernel;
use super::object::{Object, is_not_known_to_refuse};
use super::offsets::{self, Throttling};
use super::options::{CaptureOptions, ProbeKind};
use super::ring_mapping;
use super::verify::{SAMPLING, verify};
use trace::manifest::ProbeState;
use trace::syscall::{self, Machine};

/// Program that cuts the totals of all tasks at the end.
const CUT_TOTALS: &str = "cut_totals";

/// The loss without a probe.
fn loss_without(probe: Probe) -> &'static str {
    match probe {
        Probe::SysEnter | Probe::SysExit => "no system calls",
        Probe::SchedSwitch => "no times off the CPU, so no waits and no critical path",
        Probe::SchedWaking | Probe::SchedWakeupNew => "nobody is known to have woken anybody",
        Probe::SchedWakeup => "who is woken while a CPU quota is used up seems to wait for a CPU",
        Probe::ProcessFork => "children are not followed",
        Probe::ProcessExec => "programs and their arguments are not known",
        Probe::ProcessExit => "ends of processes are not known",
        Probe::TaskRename => "names that threads give themselves are not known",
        Probe::ContentionBegin | Probe::ContentionEnd => {
            "waits for kernel locks are only known from stacks"
        }
        Probe::CgroupMkdir | Probe::CgroupRmdir | Probe::CgroupAttach | Probe::CgroupPopulated => {
            "cgroups of containers are not followed"
        }
        Probe::SignalGenerate => "who sent which signal to whom is not known",
        Probe::Sample => "no samples of the stacks on the CPU",
    }
}

/// Whether there is nothing to report without a probe.
pub fn is_essential(probe: Probe) -> bool {
    matches!(probe, Probe::SysEnter | Probe::SysExit | Probe::ProcessFork)
}

/// The programs, loaded and attached; dropping them detaches all.
pub struct Probes {
    ebpf: Ebpf,
    kernel_btf: Btf,
    tracked: HashMap<MapData, u32, u32>,
    generations: Array<MapData, u64>,
    counters: CounterMaps,
    ring: Option<RingBuf<MapData>>,
    states: Vec<ProbeState>,
    /// How tasks are seen that a CPU quota holds back, or why they are not.
    throttling: Result<Throttling, String>,
    /// Whether memory groups are seen that are at their limit, or why they are not.
    memory_limits: Result<(), String>,
}

impl Probes {
    /// Loads the object with this kernel's offsets, and attaches nothing yet.
    ///
    /// `own_streams` are the inodes of ctrprof's own pipes and sockets among its standard streams;
    /// `never_tracked` the processes that must not join; `root_cgroup` the id of a cgroup whose new
    /// members join, or 0.
    pub fn load(
        options: &CaptureOptions,
        own_streams: [u64; 3],
        never_tracked: &[u32],
        root_cgroup: u64,
    ) -> Result<Self, CaptureError> {
        let Kernel {
            types,
            btf: kernel_btf,
            irq_entries: irq,
        } = Kernel::read()?;
        let offsets = offsets::resolve(&types)?;
        let globals32 = [
            ("CAPTURE_LEVEL", options.level as u32),
            ("SCHED_SCOPE", options.sched as u32),
            ("SELF_TGID", std::process::id()),
        ];
        let globals64 = [
            ("THRESHOLD_NS", options.threshold.as_nanos() as u64),
            ("SLICE_NS", options.slice.as_nanos() as u64),
            ("IRQ_ENTRY_START", irq.start),
            ("IRQ_ENTRY_END", irq.end),
            ("ROOT_CGROUP", root_cgroup),
            ("OWN_STREAM_0", own_streams[0]),
            ("OWN_STREAM_1", own_streams[1]),
            ("OWN_STREAM_2", own_streams[2]),
            ("RING_BYTES", u64::from(ring_bytes(options))),
            ("PAGE_BYTES", page_bytes()),
        ];
        let throttling = offsets.throttling.map_err(|error| error.to_string());
        let needed: Vec<Probe> = needed(&throttling).collect();
        let mut object = Object {
            ring_bytes: ring_bytes(options),
            globals32: globals32.into_iter().chain(offsets.globals).collect(),
            globals64: globals64.to_vec(),
        };
        let plain = object.clone();
        let described = is_not_known_to_refuse(&host::host().kernel)
            .and_then(|()| offsets::of_files(&types).map_err(|error| error.to_string()))
            .and_then(|files| {
                object.globals32.extend(files);
                let mut ebpf = object.load().map_err(|error| error.to_string())?;
                verify(&mut ebpf, &kernel_btf, &needed, options.probe_kind).map(|()| ebpf)
            });
        let (ebpf, files) = match described {
            Ok(ebpf) => (ebpf, Ok(())),
            Err(reason) => {
                let mut ebpf = plain.load()?;
                // What is refused is told when it is attached.
                let _ = verify(&mut ebpf, &kernel_btf, &needed, options.probe_kind);
                (ebpf, Err(reason))
            }
        };
        let mut probes = Self::new(ebpf, kernel_btf)?;
        if let Err(reason) = files {
            let loss = "files and sockets that calls waited for have no names";
            let outcome = Err(format!("{reason}; {loss}"));
            probes
                .states
                .push(ProbeState::of("awaited files", "", outcome));
        }
        probes.throttling = throttling;
        probes.memory_limits = offsets.memory_limits.map_err(|error| error.to_string());
        ring_mapping::keep_from_children();
        probes.fill_maps(never_tracked)?;
        Ok(probes)
    }

    fn new(mut ebpf: Ebpf, kernel_btf: Btf) -> Result<Self, CaptureError> {
        let counters = CounterMaps {
            sequence: PerCpuArray::try_from(take(&mut ebpf, "SEQUENCE")?).map_err(map_error)?,
            lost: PerCpuArray::try_from(take(&mut ebpf, "LOST")?).map_err(map_error)?,
            refused_marks: PerCpuArray::try_from(take(&mut ebpf, "REFUSED_MARKS")?)
                .map_err(map_error)?,
            probe_runs: PerCpuArray::try_from(take(&mut ebpf, "PROBE_RUNS")?).map_err(map_error)?,
        };
        Ok(Self {
            tracked: HashMap::try_from(take(&mut ebpf, "TRACKED")?).map_err(map_error)?,
            generations: Array::try_from(take(&mut ebpf, "GENERATIONS")?).map_err(map_error)?,
            ring: Some(RingBuf::try_from(take(&mut ebpf, "RECORDS")?).map_err(map_error)?),
            counters,
            ebpf,
            kernel_btf,
            states: Vec::new(),
            throttling: Ok(Throttling::Queues),
            memory_limits: Ok(()),
        })
    }

    fn fill_maps(&mut self, never_tracked: &[u32]) -> Result<(), CaptureError> {
        let machine = Machine::native()
            .ok_or_else(|| CaptureError::UnsupportedMachine(std::env::consts::ARCH.to_owned()))?;
        // Left in place: a map whose descriptor is closed is gone before its programs are loaded.
        let map = borrow(&mut self.ebpf, "SYSCALLS")?;
        let mut classes: Array<_, u32> = Array::try_from(map).map_err(map_error)?;
        for (number, class) in syscall::class_table(machine).into_iter().enumerate() {
            if class.0 != 0 && number < profiler_common::SYSCALL_TABLE_LEN {
                classes.set(number as u32, class.0, 0).map_err(map_error)?;
            }
        }
        let map = borrow(&mut self.ebpf, "NEVER_TRACKED")?;
        let mut never: HashMap<_, u32, u32> = HashMap::try_from(map).map_err(map_error)?;
        for &pid in never_tracked {
            never.insert(pid, 1, 0).map_err(map_error)?;
        }
        Ok(())
    }

    /// The ring buffer, for the drain. There is one.
    pub fn take_ring(&mut self) -> Result<RingBuf<MapData>, CaptureError> {
        self.ring
            .take()
            .ok_or_else(|| CaptureError::Load("the ring buffer is taken already".to_owned()))
    }

    /// Tracks whole processes from their next system call on.
    pub fn track(&mut self, pids: &[u32], reason: JoinReason) -> Result<(), CaptureError> {
        for &pid in pids {
            self.tracked
                .insert(pid, reason as u32, 0)
                .map_err(map_error)?;
        }
        let generation = self.generations.get(&0, 0).map_err(map_error)?;
        self.generations
            .set(0, generation + 1, 0)
            .map_err(map_error)
    }

    /// Takes a process that has ended out of the tracked set.
    pub fn untrack(&mut self, pid: u32) {
        // Where its exit was seen, it is out already.
        let _ = self.tracked.remove(&pid);
    }

    /// The kernel side's counts so far.
    ///
    /// # Errors
    /// When the counters cannot be read.
    pub fn counts(&self) -> Result<Counters, CaptureError> {
        self.counters.read().map_err(map_error)
    }

    /// Runs that the kernel skipped so far, because the program was running on that CPU already.
    pub fn missed_runs(&self) -> u64 {
        self.ebpf
            .programs()
            .map(|(_, program)| missed_runs(program))
            .sum()
    }

    /// Attaches all probes. The essential ones come last, so that nothing is recorded of what the
    /// others would miss.
    ///
    /// # Errors
    /// Only where a probe without which nothing can be reported is refused.
    pub fn attach(&mut self, options: &CaptureOptions) -> Result<(), CaptureError> {
        let mut order: Vec<Probe> = self.needed().collect();
        order.sort_by_key(|&probe| is_essential(probe));
        for probe in order {
            let outcome = match probe {
                Probe::Sample if options.sample_hz == 0 => Err("switched off".to_owned()),
                Probe::Sample => self
                    .attach_sampling(options.sample_hz)
                    .map(|()| "perf_event"),
                _ => self.attach_tracepoint(probe, options.probe_kind),
            };
            if let (Err(reason), true) = (&outcome, is_essential(probe)) {
                return Err(essential_error(probe, reason.clone()));
            }
            let outcome = outcome.map_err(|reason| format!("{reason}; {}", loss_without(probe)));
            self.states.push(ProbeState::of(probe.name(), "", outcome));
        }
        self.states.extend(self.throttling_state());
        self.states.extend(self.memory_limit_state());
        self.states.extend(functions::attach(
            &mut self.ebpf,
            &self.kernel_btf,
            options.hook_file_calls,
        ));
        Ok(())
    }

    /// The state of each probe that was tried so far.
    pub fn states(&self) -> &[ProbeState] {
        &self.states
    }

    /// The probes that this kernel needs.
    pub fn needed(&self) -> impl Iterator<Item = Probe> + use<> {
        needed(&self.throttling)
    }

    /// What is lost where the kernel's quotas cannot be read.
    fn throttling_state(&self) -> Option<ProbeState> {
        let reason = self.throttling.as_ref().err()?;
        let loss = "threads held back by a CPU quota seem to wait for a CPU";
        let outcome = Err(format!("{reason}; {loss}"));
        Some(ProbeState::of("cfs_bandwidth", "", outcome))
    }

    /// What is lost where memory groups cannot be read.
    fn memory_limit_state(&self) -> Option<ProbeState> {
        let reason = self.memory_limits.as_ref().err()?;
        let loss = "whose limit it is that memory is taken back for is not known";
        let outcome = Err(format!("{reason}; {loss}"));
        Some(ProbeState::of("memory groups", "", outcome))
    }

    fn attach_tracepoint(&mut self, probe: Probe, kind: ProbeKind) -> Result<&'static str, String> {
        let name = probe.name();
        let typed = match kind {
            ProbeKind::RawTracepoint => Err("not tried".to_owned()),
            ProbeKind::Auto => attach_btf(self.ebpf.program_mut(name), name, &self.kernel_btf),
        };
        let Err(typed_reason) = typed else {
            return Ok("tp_btf");
        };
        match attach_raw(self.ebpf.program_mut(&format!("raw_{name}")), name) {
            Ok(()) => Ok("raw_tp"),
            Err(raw_reason) => Err(format!("tp_btf: {typed_reason}; raw_tp: {raw_reason}")),
        }
    }

    fn attach_sampling(&mut self, hz: u32) -> Result<(), String> {
        let program: &mut PerfEvent = self
            .ebpf
            .program_mut(SAMPLING)
            .ok_or("not in the object")?
            .try_into()
            .map_err(|error: ProgramError| error.to_string())?;
        once(program.load())?;
        let cpus = aya::util::online_cpus().map_err(|(_, error)| error.to_string())?;
        for cpu in cpus {
            program
                .attach(
                    PerfEventConfig::Software(SoftwareEvent::CpuClock),
                    PerfEventScope::AllProcessesOneCpu { cpu },
                    SamplePolicy::Frequency(u64::from(hz)),
                    false,
                )
                .map_err(|error| reason(&error))?;
        }
        Ok(())
    }

    /// Has every task's totals sent, for level `summary`.
    pub fn cut_totals(&mut self) -> Result<(), CaptureError> {
        let failed = |reason: String| CaptureError::Load(format!("{CUT_TOTALS}: {reason}"));
        let program: &mut Iter = self
            .ebpf
            .program_mut(CUT_TOTALS)
            .ok_or_else(|| failed("not in the object".to_owned()))?
            .try_into()
            .map_err(|error: ProgramError| failed(error.to_string()))?;
        program
            .load("task", &self.kernel_btf)
            .map_err(|error| failed(reason(&error)))?;
        let link = program.attach().map_err(|error| failed(reason(&error)))?;
        let link = program
            .take_link(link)
            .map_err(|error| failed(error.to_string()))?;
        let mut file = link
            .into_file()
            .map_err(|error| failed(error.to_string()))?;
        // Reading runs the program for each task; it writes nothing here.
        std::io::copy(&mut file, &mut std::io::sink())
            .map_err(CaptureError::system("read the task iterator"))?;
        Ok(())
    }

    /// Detaches all programs; what they counted stays readable.
    pub fn detach(self) -> Detached {
        let missed_runs = self.missed_runs();
        drop(self.ebpf);
        Detached {
            counters: self.counters,
            states: self.states,
            missed_runs,
        }
    }
}

fn needed(throttling: &Result<Throttling, String>) -> impl Iterator<Item = Probe> + use<> {
    // Where single tasks are held back, the switch shows it.
    let sees_all_at_switch = *throttling != Ok(Throttling::Queues);
    Probe::ALL
        .iter()
        .copied()
        .filter(move |&probe| probe != Probe::SchedWakeup || !sees_all_at_switch)
}

/// The probes' maps after they are detached.
pub struct Detached {
    /// The counters.
    pub counters: CounterMaps,
    /// Which probes ran.
    pub states: Vec<ProbeState>,
    /// Runs that the kernel skipped because the program was running on that CPU already.
    pub missed_runs: u64,
}

/// `recursion_misses` of a loaded program (kernel/bpf/syscall.c, bpf_prog_show_fdinfo, v5.12 on).
fn missed_runs(program: &Program) -> u64 {
    let Ok(fd) = program.fd() else {
        return 0;
    };
    let path = format!("/proc/self/fdinfo/{}", fd.as_fd().as_raw_fd());
    let info = fs::read_to_string(path).unwrap_or_default();
    info.lines()
        .find_map(|line| line.strip_prefix("recursion_misses:")?.trim().parse().ok())
        .unwrap_or(0)
}

fn ring_bytes(options: &CaptureOptions) -> u32 {
    options.ring_bytes.max(1 << 16).next_power_of_two()
}

/// Size of a page; 0 if the system does not say.
fn page_bytes() -> u64 {
    // SAFETY: the function only reads a constant of the system.
    let bytes = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    u64::try_from(bytes).unwrap_or_default()
}

fn essential_error(probe: Probe, reason: String) -> CaptureError {
    if reason.contains("Operation not permitted") || reason.contains("Permission denied") {
        CaptureError::NotPermitted(reason)
    } else {
        CaptureError::EssentialProbe {
            name: probe.name(),
            reason,
        }
    }
}

/// The result of loading a program, which may have been loaded before.
fn once(loaded: Result<(), ProgramError>) -> Result<(), String> {
    match loaded {
        Ok(()) | Err(ProgramError::AlreadyLoaded) => Ok(()),
        Err(error) => Err(reason(&error)),
    }
}

fn attach_btf(program: Option<&mut Program>, name: &str, btf: &Btf) -> Result<(), String> {
    let program: &mut BtfTracePoint = program
        .ok_or("not in the object")?
        .try_into()
        .map_err(|error: ProgramError| error.to_string())?;
    once(program.load(name, btf))?;
    program.attach().map(drop).map_err(|error| reason(&error))
}

fn attach_raw(program: Option<&mut Program>, name: &str) -> Result<(), String> {
    let program: &mut RawTracePoint = program
        .ok_or("not in the object")?
        .try_into()
        .map_err(|error: ProgramError| error.to_string())?;
    once(program.load())?;
    program
        .attach(name)
        .map(drop)
        .map_err(|error| reason(&error))
}

/// One line that says why a program was refused: the system's error, and the last of what the
/// verifier said.
pub(super) fn reason(error: &ProgramError) -> String {
    match error {
        ProgramError::LoadError {
            io_error,
            verifier_log,
        } => {
            let log = verifier_log.to_string();
            if std::env::var_os("CTRPROF_VERIFIER_LOG").is_some() {
                eprintln!("{log}");
            }
            let said: Cow<'_, str> = log
                .lines()
                .rev()
                .find(|line| !line.is_empty() && !line.starts_with("processed "))
                .map_or("".into(), |line| format!(" (verifier: {line})").into());
            format!("{io_error}{said}")
        }
        ProgramError::SyscallError(error) => format!("{}: {}", error.call, error.io_error),
        other => other.to_string(),
    }
}

fn take(ebpf: &mut Ebpf, name: &str) -> Result<Map, CaptureError> {
    ebpf.take_map(name).ok_or_else(|| no_map(name))
}

fn borrow<'e>(ebpf: &'e mut Ebpf, name: &str) -> Result<&'e mut Map, CaptureError> {
    ebpf.map_mut(name).ok_or_else(|| no_map(name))
}

fn no_map(name: &str) -> CaptureError {
    CaptureError::Load(format!("the object has no map {name}"))
}

fn map_error(error: aya::maps::MapError) -> CaptureError {
    CaptureError::Load(error.to_string())
}
