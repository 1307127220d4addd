//! One recording from beginning to end: attach, let the command go, follow it, detach.

use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Child;
use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use nix::sys::signal::{Signal, kill};
use nix::sys::time::TimeValLike;
use nix::time::{ClockId, clock_gettime};
use nix::unistd::Pid;
use profiler_common::JoinReason;
use tokio::signal::unix::{SignalKind, signal};

use super::account::{Closing, Opening};
use super::calibration::{Calibration, EndCalibration};
use super::command::HeldCommand;
use super::drain::Drain;
use super::loader::{Detached, Probes};
use super::namespace::{Namespace, Nesting};
use super::symbols::UserMaps;
use super::{CaptureError, CaptureOptions, Roots, host, procfs};
use trace::manifest::{FORMAT_VERSION, Manifest};

/// Longest that recording goes on after the command has ended, however busy what it caused is.
const LINGER_MAX: Duration = Duration::from_secs(30);
/// How often it is looked whether the command has ended, where no signal says so.
const LINGER_TICK: Duration = Duration::from_millis(20);
/// How often it is looked whether what it started has ended: as often as records are taken.
const LOOK_TICK: Duration = Duration::from_millis(5);

/// Name of the level at which the kernel adds up short calls.
const SUMMARY: &str = "summary";

/// The reasons for which a recording ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopReason {
    /// The command ended, and what it caused fell quiet.
    Finished,
    /// A signal asked for it.
    Signal(Signal),
    /// The recording could not be written any further.
    DrainFailed,
}

/// A recording's facts, beside its records.
#[derive(Debug)]
pub struct Captured {
    /// The manifest, whole but for what decoding adds.
    pub manifest: Manifest,
    /// The maps of the processes that were sampled.
    pub user_maps: UserMaps,
    /// The reason for which the recording ended.
    pub stop: StopReason,
}

/// Now, in nanoseconds of CLOCK_MONOTONIC.
fn now_ns() -> Result<u64, CaptureError> {
    clock_gettime(ClockId::CLOCK_MONOTONIC)
        .map(|time| time.num_nanoseconds() as u64)
        .map_err(|error| CaptureError::system("read CLOCK_MONOTONIC")(error.into()))
}

/// Records into the file `spill` until the roots are done. `begun` is called with the provisional
/// manifest before the first record is written.
pub fn record(
    roots: &Roots,
    options: &CaptureOptions,
    spill: &Path,
    begun: impl FnOnce(&Manifest) -> Result<(), CaptureError>,
) -> Result<Captured, CaptureError> {
    if Namespace::Pid.nesting() == Nesting::Nested {
        return Err(CaptureError::NestedPidNamespace);
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(CaptureError::system("start the runtime"))?;
    runtime.block_on(record_until_done(roots, options, spill, begun))
}

async fn record_until_done(
    roots: &Roots,
    options: &CaptureOptions,
    spill: &Path,
    begun: impl FnOnce(&Manifest) -> Result<(), CaptureError>,
) -> Result<Captured, CaptureError> {
    let mut signals = Signals::new()?;
    let own_pid = std::process::id();
    let root_cgroup = root_cgroup_id(roots)?;
    let never_tracked = procfs::with_ancestors(own_pid);
    // Before the ring is mapped: the child's exec would have to unmap its copy, which takes
    // milliseconds.
    let held = match roots {
        Roots::Command(command) | Roots::Engine(command) => Some(HeldCommand::spawn(command)?),
        Roots::Pids(_) | Roots::Cgroup(_) => None,
    };
    let mut probes = Probes::load(options, own_streams(), &never_tracked, root_cgroup)?;
    let mut ring = probes.take_ring()?;
    let calibration = Calibration::begin()?;
    probes.attach(options)?;
    let calibrated = calibration.finish(&mut probes, &mut ring, options.sched)?;
    let opening = Opening::new(&probes, &calibrated)?;
    let mut manifest = provisional_manifest(roots, options)?;
    manifest.observer = calibrated.costs;
    manifest.probes = probes.states().to_vec();
    // Members and tasks are listed when forks and moves are seen already, so that none escapes both.
    manifest.root_tgids = initial_pids(roots, held.as_ref())?;
    probes.track(&manifest.root_tgids, join_reason(roots))?;
    manifest.probes = probes.states().to_vec();
    begun(&manifest)?;
    let drain = Drain::start(ring, spill.to_owned(), &procfs::tasks(), &manifest)?;
    manifest.released_ns = now_ns()?;
    let stop = match held {
        Some(held) => {
            let mut child = held.release()?;
            let stop = follow(&mut child, &mut signals, &drain, &mut manifest).await?;
            linger(options, stop, &mut signals, &drain).await?
        }
        None => signals.wait_or_failure(&drain).await,
    };
    let user_maps = finish(probes, drain, &opening, &mut manifest, stop)?;
    Ok(Captured {
        manifest,
        user_maps,
        stop,
    })
}

/// Waits for the command, passing signals on to it.
async fn follow(
    child: &mut Child,
    signals: &mut Signals,
    drain: &Drain,
    manifest: &mut Manifest,
) -> Result<StopReason, CaptureError> {
    let mut stop = StopReason::Finished;
    let mut exits =
        signal(SignalKind::child()).map_err(CaptureError::system("watch the command"))?;
    loop {
        let status = child
            .try_wait()
            .map_err(CaptureError::system("wait for the command"))?;
        if let Some(status) = status {
            manifest.command_ended_ns = now_ns()?;
            let code = status.code().or(status.signal().map(|signal| 128 + signal));
            manifest.exit_status = code;
            return Ok(stop);
        }
        tokio::select! {
            _ = exits.recv() => {}
            // A child that ended before the watch began raises no further signal.
            () = tokio::time::sleep(LINGER_TICK) => {}
            received = signals.next() => {
                let again = stop != StopReason::Finished;
                stop = StopReason::Signal(received);
                pass_on(child, received, again);
            }
        }
        if drain.has_failed() {
            stop = StopReason::DrainFailed;
        }
    }
}

/// Passes a signal on to the command; the second kills it.
///
/// An interrupt typed at the terminal has reached the command already, being in the same
/// foreground process group.
fn pass_on(child: &Child, received: Signal, again: bool) {
    use std::io::IsTerminal;
    let pid = Pid::from_raw(child.id() as i32);
    if again {
        // It may just have ended; then there is nothing to kill.
        let _ = kill(pid, Signal::SIGKILL);
    } else if received != Signal::SIGINT || !std::io::stdin().is_terminal() {
        let _ = kill(pid, received);
    }
}

/// Waits until all that the command caused has ended, or falls quiet. Daemons that worked for it are not
/// waited for: their timers never end.
async fn linger(
    options: &CaptureOptions,
    stop: StopReason,
    signals: &mut Signals,
    drain: &Drain,
) -> Result<StopReason, CaptureError> {
    let begin = tokio::time::Instant::now();
    let mut last_activity = drain.progress.activity.load(Ordering::Relaxed);
    let mut quiet_since = begin;
    if stop != StopReason::Finished {
        return Ok(stop);
    }
    loop {
        let is_over = drain.progress.all_gone.load(Ordering::Relaxed);
        if is_over || quiet_since.elapsed() >= options.linger || begin.elapsed() >= LINGER_MAX {
            return Ok(stop);
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK_TICK.min(options.linger)) => {}
            received = signals.next() => return Ok(StopReason::Signal(received)),
        }
        if drain.has_failed() {
            return Ok(StopReason::DrainFailed);
        }
        let activity = drain.progress.activity.load(Ordering::Relaxed);
        if activity != last_activity {
            last_activity = activity;
            quiet_since = tokio::time::Instant::now();
        }
    }
}

/// Detaches, takes the rest of the records, and completes the manifest.
fn finish(
    mut probes: Probes,
    drain: Drain,
    opening: &Opening,
    manifest: &mut Manifest,
    stop: StopReason,
) -> Result<UserMaps, CaptureError> {
    // The ring buffer goes with a drain that has failed, and nothing can be sent any more.
    if manifest.level == SUMMARY && stop != StopReason::DrainFailed {
        probes.cut_totals()?;
    }
    manifest.ended_ns = now_ns()?;
    drain
        .progress
        .ended_ns
        .store(manifest.ended_ns, Ordering::Relaxed);
    // What calibration runs is no part of the recording.
    let runs = probes.counts().map(|counts| counts.probe_runs).ok();
    let calibration = match stop {
        StopReason::Finished | StopReason::Signal(_) => EndCalibration::begin(&mut probes).ok(),
        StopReason::DrainFailed => None,
    };
    manifest.host_counts.push(host::counts());
    if manifest.command_ended_ns == 0 {
        manifest.command_ended_ns = manifest.ended_ns;
    }
    let Detached {
        counters,
        states,
        missed_runs,
    } = probes.detach();
    // A recording is no worse without: then the costs are those of its beginning.
    if let (Some(calibration), Some(first)) = (calibration, manifest.observer.calls.first())
        && let Ok(last) = calibration.finish(first)
    {
        manifest.observer.calls.push(last);
    }
    let mut counts = counters
        .read()
        .map_err(|error| CaptureError::Load(format!("failed to read counters: {error}")))?;
    counts.probe_runs = runs.unwrap_or(counts.probe_runs);
    let drained = drain.finish();
    manifest.containers = drained.containers;
    manifest.interrupted = match (stop, drained.result) {
        (_, Err(error)) => Some(error.to_string()),
        // Without a command, a signal is how a recording ends.
        (StopReason::Signal(signal), Ok(())) if !manifest.command.is_empty() => {
            Some(format!("stopped by {signal}"))
        }
        (StopReason::Signal(_) | StopReason::Finished | StopReason::DrainFailed, Ok(())) => None,
    };
    let closing = Closing {
        counts: &counts,
        missed_runs,
        tally: &drained.tally,
    };
    opening.close(&closing, states, manifest);
    Ok(drained.maps)
}

fn provisional_manifest(roots: &Roots, options: &CaptureOptions) -> Result<Manifest, CaptureError> {
    let command = match roots {
        Roots::Command(command) | Roots::Engine(command) => command
            .iter()
            .map(|word| word.to_string_lossy().into_owned())
            .collect(),
        Roots::Pids(_) | Roots::Cgroup(_) => Vec::new(),
    };
    let started_ns = now_ns()?;
    let since_epoch = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Ok(Manifest {
        format: FORMAT_VERSION,
        ctrprof: env!("CARGO_PKG_VERSION").to_owned(),
        host: host::host(),
        host_counts: vec![host::counts()],
        command,
        clock: "CLOCK_MONOTONIC".to_owned(),
        started_ns,
        released_ns: started_ns,
        started_unix_ns: since_epoch.as_nanos() as u64,
        level: match options.level {
            profiler_common::CaptureLevel::Full => "full",
            profiler_common::CaptureLevel::Summary => SUMMARY,
        }
        .to_owned(),
        sched: match options.sched {
            profiler_common::SchedScope::System => "system",
            profiler_common::SchedScope::Tracked => "tracked",
        }
        .to_owned(),
        threshold_ns: options.threshold.as_nanos() as u64,
        sample_hz: options.sample_hz,
        ..Manifest::default()
    })
}

/// Inodes of those of the standard streams that are pipes or sockets, else 0.
fn own_streams() -> [u64; 3] {
    [0, 1, 2].map(|descriptor| {
        // SAFETY: the standard streams are borrowed for this one call.
        let stream = unsafe { std::os::fd::BorrowedFd::borrow_raw(descriptor) };
        match nix::sys::stat::fstat(stream) {
            Ok(status)
                if matches!(
                    status.st_mode & libc::S_IFMT,
                    libc::S_IFIFO | libc::S_IFSOCK
                ) =>
            {
                status.st_ino
            }
            Ok(_) | Err(_) => 0,
        }
    })
}

fn initial_pids(roots: &Roots, held: Option<&HeldCommand>) -> Result<Vec<u32>, CaptureError> {
    match roots {
        Roots::Command(_) | Roots::Engine(_) => Ok(held.map(|held| held.pid).into_iter().collect()),
        Roots::Pids(pids) => {
            if let Some(&missing) = pids
                .iter()
                .find(|pid| !Path::new(&format!("/proc/{pid}")).exists())
            {
                return Err(CaptureError::NoSuchProcess(missing));
            }
            Ok(procfs::with_descendants(pids))
        }
        Roots::Cgroup(path) => {
            let members = std::fs::read_to_string(path.join("cgroup.procs")).map_err(|source| {
                CaptureError::NotACgroup {
                    path: path.clone(),
                    source,
                }
            })?;
            let pids: Vec<u32> = members
                .lines()
                .filter_map(|line| line.parse().ok())
                .collect();
            Ok(procfs::with_descendants(&pids))
        }
    }
}

/// Id of the root cgroup, which is the inode number of its directory (kernfs, v5.5 on); 0 if none.
fn root_cgroup_id(roots: &Roots) -> Result<u64, CaptureError> {
    match roots {
        Roots::Cgroup(path) => std::fs::metadata(path)
            .map(|metadata| std::os::unix::fs::MetadataExt::ino(&metadata))
            .map_err(|source| CaptureError::NotACgroup {
                path: path.clone(),
                source,
            }),
        Roots::Command(_) | Roots::Engine(_) | Roots::Pids(_) => Ok(0),
    }
}

/// The reason for which the first processes are tracked.
fn join_reason(roots: &Roots) -> JoinReason {
    match roots {
        Roots::Command(_) | Roots::Pids(_) | Roots::Cgroup(_) => JoinReason::Root,
        Roots::Engine(_) => JoinReason::HeldEngine,
    }
}

/// The signals that end a recording.
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

impl Signals {
    fn new() -> Result<Self, CaptureError> {
        let watch = |kind| signal(kind).map_err(CaptureError::system("watch for signals"));
        Ok(Self {
            interrupt: watch(SignalKind::interrupt())?,
            terminate: watch(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.interrupt.recv() => Signal::SIGINT,
            _ = self.terminate.recv() => Signal::SIGTERM,
        }
    }

    async fn wait_or_failure(&mut self, drain: &Drain) -> StopReason {
        loop {
            tokio::select! {
                received = self.next() => return StopReason::Signal(received),
                () = tokio::time::sleep(LINGER_TICK) => {}
            }
            if drain.has_failed() {
                return StopReason::DrainFailed;
            }
        }
    }
}
