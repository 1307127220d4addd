//! Waits for a process that was asked by a signal to end, and does not.
//!
//! While it goes on, those that asked, and that wait for its end, poll or sleep: their waits, and its
//! own, are owed to the signal that it ignores.

use super::Causes;
use super::waits::of_thread;
use crate::attribution::Attribution;
use crate::report::CauseKind;
use crate::timeline::{ProcessId, ThreadId, Timeline};
use trace::role::Role;
use trace::rows::Signal;

/// Numbers of signals (signal(7)).
const SIGKILL: u32 = 9;
const SIGCHLD: u32 = 17;
/// Signals by which processes are asked to end.
const REQUESTS: &[(u32, &str)] = &[
    (1, "SIGHUP"),
    (2, "SIGINT"),
    (3, "SIGQUIT"),
    (10, "SIGUSR1"),
    (12, "SIGUSR2"),
    (15, "SIGTERM"),
    (28, "SIGWINCH"),
    (37, "SIGRTMIN+3"),
];

/// A request to end that came to nothing.
struct IgnoredSignal {
    /// From when on, and until when, it was waited for the end.
    bounds_ns: (u64, u64),
    target: ProcessId,
    sender: ProcessId,
    text: String,
}

/// Notes the waits while a signal is ignored.
pub(super) fn note(causes: &mut Causes, attribution: &Attribution<'_, '_>) {
    let timeline = attribution.timeline();
    let signals = &timeline.tables().signals;
    for signal in signals {
        let Some(ignored) = ignored(attribution, signals, signal) else {
            continue;
        };
        causes.note_kind(&ignored.text, CauseKind::IgnoredSignal);
        for thread in timeline.thread_ids() {
            if is_concerned(attribution, &ignored, thread) {
                note_thread(causes, attribution, &ignored, thread);
            }
        }
    }
}

fn ignored(
    attribution: &Attribution<'_, '_>,
    signals: &[Signal],
    signal: &Signal,
) -> Option<IgnoredSignal> {
    let timeline = attribution.timeline();
    let (_, name) = REQUESTS
        .iter()
        .find(|(number, _)| *number == signal.signal && *number != SIGCHLD)?;
    let manner = match (signal.result.as_str(), signal.disposition.as_str()) {
        ("ignored", "ignore") => format!("which ignores {name}"),
        ("ignored", _) if signal.unkillable => {
            format!("which ignores {name}, having no handler for it")
        }
        ("ignored", _) => format!("which ignores {name}"),
        (_, _) if signal.blocked => format!("which blocks {name}"),
        (_, _) => return None,
    };
    let target = timeline.process_at(signal.target_tgid, signal.at_ns)?;
    let killed = signals.iter().find(|kill| {
        kill.signal == SIGKILL
            && kill.target_tgid == signal.target_tgid
            && kill.at_ns > signal.at_ns
            && kill.result == "delivered"
    });
    let until_ns = killed.map_or(timeline.process(target).ended_ns, |kill| kill.at_ns);
    let whom = whom(attribution, target, signal.at_ns);
    let text = match killed {
        Some(_) => format!("waits for {whom}, {manner}; then SIGKILL"),
        None => format!("waits for {whom}, {manner}"),
    };
    Some(IgnoredSignal {
        bounds_ns: (signal.at_ns, until_ns),
        target,
        sender: timeline.process_at(signal.sender_tgid, signal.at_ns)?,
        text,
    })
}

/// `the container's first process (PID 1, sh)`.
fn whom(attribution: &Attribution<'_, '_>, target: ProcessId, at_ns: u64) -> String {
    let timeline = attribution.timeline();
    let comm = attribution.process_name(target, at_ns);
    let leader = timeline.process(target).threads.first();
    let task = leader.and_then(|&leader| timeline.task(leader));
    match task {
        Some(task) if task.inner_pid == 1 && task.pid_level > 0 => {
            format!("the container's first process (PID 1, {comm})")
        }
        Some(_) | None => format!("process {comm}"),
    }
}

/// Whether a thread belongs to the one that ignores the signal, to who asked it or has it asked, or to those
/// that manage containers.
fn is_concerned(
    attribution: &Attribution<'_, '_>,
    ignored: &IgnoredSignal,
    thread: ThreadId,
) -> bool {
    let timeline = attribution.timeline();
    let process = timeline.thread(thread).process;
    if is_or_descends(timeline, process, ignored.target)
        || is_or_descends(timeline, ignored.sender, process)
    {
        return true;
    }
    let role = attribution.roles().role_at(process, ignored.bounds_ns.0);
    timeline.thread(thread).tracked_from_ns.is_some()
        && match role {
            Role::Client | Role::Manager | Role::Shim | Role::Runtime => true,
            Role::Helper | Role::Container | Role::KernelThread | Role::Other => false,
        }
}

/// Whether a process is `ancestor`, or descends from it.
fn is_or_descends(timeline: &Timeline<'_>, process: ProcessId, ancestor: ProcessId) -> bool {
    process == ancestor || timeline.descends(process, ancestor)
}

fn note_thread(
    causes: &mut Causes,
    attribution: &Attribution<'_, '_>,
    ignored: &IgnoredSignal,
    thread: ThreadId,
) {
    let (from_ns, until_ns) = ignored.bounds_ns;
    for wait in of_thread(attribution, thread) {
        let ended_ns = wait.off_cpu.wake_ns.unwrap_or(u64::MAX);
        if wait.off_cpu.from_ns < until_ns && ended_ns > from_ns {
            causes.note_wait_within(wait.row, ignored.bounds_ns, &ignored.text);
        }
    }
}
