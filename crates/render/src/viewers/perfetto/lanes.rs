//! A lane for each thread: its system calls, its states, and who woke it.

use std::collections::HashSet;
use std::io;

use analysis::report::path::SegmentState;
use analysis::threads::{ThreadCall, ThreadLife, ThreadState, ThreadWake};
use analysis::timeline::Timeline;
use trace::mark::MarkCode;

use super::Trace;
use super::interned::Argument;
use super::message::{ProcessDescriptor, ThreadDescriptor, TrackDescriptor};
use super::tracks::{begin, end, instant, number, of_process, of_thread, texts};

/// The lanes that have been written.
#[derive(Default)]
pub(super) struct Lanes {
    processes: HashSet<u32>,
    threads: HashSet<u32>,
    wakes: u64,
}

impl Lanes {
    /// Writes the lane of a thread, and the wake-ups of its waits, on both sides.
    pub(super) fn write(&mut self, trace: &mut Trace<'_>, life: &ThreadLife<'_>) -> io::Result<()> {
        self.describe(trace, life)?;
        write_slices(trace, life)?;
        for wake in &life.wakes {
            self.write_wake(trace, life, wake)?;
        }
        Ok(())
    }

    /// Says on the woken thread's lane who woke it; on the waker's, if it has one, whom it woke.
    fn write_wake(
        &mut self,
        trace: &mut Trace<'_>,
        life: &ThreadLife<'_>,
        wake: &ThreadWake<'_>,
    ) -> io::Result<()> {
        let within = if wake.is_by_task { "" } else { "an interrupt" };
        let arguments = texts(&[("by", wake.waker), ("within", within)]);
        let mut woken = instant(of_thread(life.tid), arguments);
        if wake.is_by_tracked {
            self.wakes += 1;
            let mut wakes = instant(of_thread(wake.waker_tid), texts(&[("thread", life.comm)]));
            wakes.flow_ids.push(self.wakes);
            woken.ending_flow_ids.push(self.wakes);
            trace.event(wake.at_ns, "wakes", wakes)?;
        }
        trace.event(wake.at_ns, "woken", woken)
    }

    fn describe(&mut self, trace: &mut Trace<'_>, life: &ThreadLife<'_>) -> io::Result<()> {
        let pid = signed(life.tgid);
        if self.processes.insert(life.tgid) {
            trace.track(TrackDescriptor {
                uuid: of_process(life.tgid),
                process: Some(ProcessDescriptor {
                    pid,
                    name: format!("{} ({})", life.process, life.role.name()),
                }),
                ..TrackDescriptor::default()
            })?;
        }
        self.threads.insert(life.tid);
        trace.track(TrackDescriptor {
            uuid: of_thread(life.tid),
            parent_uuid: Some(of_process(life.tgid)),
            thread: Some(ThreadDescriptor {
                pid,
                tid: signed(life.tid),
                name: life.comm.to_owned(),
            }),
            ..TrackDescriptor::default()
        })
    }

    /// Marks, programs that were started and signals, as events of the threads that made them, as far as those have a
    /// lane.
    pub(super) fn write_events(
        &self,
        trace: &mut Trace<'_>,
        timeline: &Timeline<'_>,
    ) -> io::Result<()> {
        let tables = timeline.tables();
        for mark in tables.marks.iter().filter(|mark| self.has(mark.tid)) {
            let name = match MarkCode::from_u64(mark.code) {
                Some(MarkCode::Begin(stage)) => format!("mark: {} begins", stage.name()),
                Some(MarkCode::End(stage)) => format!("mark: {} ends", stage.name()),
                None => format!("mark {}", mark.code),
            };
            let run = i64::try_from(mark.value).unwrap_or(i64::MAX);
            let event = instant(of_thread(mark.tid), vec![number("run", run)]);
            trace.event(mark.at_ns, &name, event)?;
        }
        for exec in tables.execs.iter().filter(|exec| self.has(exec.tid)) {
            let arguments = texts(&[("arguments", &exec.argv.replace('\0', " "))]);
            let name = format!("exec {}", exec.path);
            trace.event(exec.at_ns, &name, instant(of_thread(exec.tid), arguments))?;
        }
        let signals = tables.signals.iter();
        for signal in signals.filter(|signal| self.has(signal.sender_tid)) {
            let name = format!("signal {} to {}", signal.signal, signal.target_tgid);
            let arguments = texts(&[
                ("result", &signal.result),
                ("disposition", &signal.disposition),
            ]);
            let sender = of_thread(signal.sender_tid);
            trace.event(signal.at_ns, &name, instant(sender, arguments))?;
        }
        Ok(())
    }

    fn has(&self, tid: u32) -> bool {
        self.threads.contains(&tid)
    }
}

/// Numbers of tasks are below 2^22 (PID_MAX_LIMIT, include/linux/threads.h, v6.18).
fn signed(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// Calls as slices, states within a call below it; between calls, states alone. Those of a running call are
/// left out: they are the call.
fn write_slices(trace: &mut Trace<'_>, life: &ThreadLife<'_>) -> io::Result<()> {
    let track = of_thread(life.tid);
    let mut calls = life.calls.iter().peekable();
    let mut open: Option<u64> = None;
    for state in &life.states {
        while let Some(end_ns) = open.filter(|&end_ns| end_ns <= state.start_ns) {
            trace.event(end_ns, "", end(track))?;
            open = None;
        }
        if open.is_none() {
            open = begin_call(trace, track, &mut calls, state)?;
        }
        if state.in_call && state.state == SegmentState::Syscall {
            continue;
        }
        trace.event(state.start_ns, &state_name(state), begin(track, Vec::new()))?;
        trace.event(state.end_ns, "", end(track))?;
    }
    match open {
        Some(end_ns) => trace.event(end_ns, "", end(track)),
        None => Ok(()),
    }
}

/// Begins the call that a state lies in; when it ends.
fn begin_call<'c, 'a: 'c>(
    trace: &mut Trace<'_>,
    track: u64,
    calls: &mut std::iter::Peekable<impl Iterator<Item = &'c ThreadCall<'a>>>,
    state: &ThreadState<'_>,
) -> io::Result<Option<u64>> {
    // Calls before the state began, of which no state is known: rows that overlap, after losses.
    while calls
        .next_if(|call| call.end_ns <= state.start_ns)
        .is_some()
    {}
    if !state.in_call {
        return Ok(None);
    }
    let Some(call) = calls.next() else {
        return Ok(None);
    };
    let name = match call.name {
        "" => format!("system call {}", call.number),
        name => name.to_owned(),
    };
    trace.event(state.start_ns, &name, begin(track, call_arguments(call)))?;
    Ok(Some(call.end_ns.max(state.end_ns)))
}

fn call_arguments(call: &ThreadCall<'_>) -> Vec<Argument> {
    let mut arguments = texts(&[
        ("phase", call.category.phase.name()),
        ("part", &call.category.part.to_string()),
        ("paths", &call.texts.join(", ")),
        ("error", call.error.as_deref().unwrap_or_default()),
    ]);
    arguments.push(number("result", call.result));
    arguments
}

fn state_name(state: &ThreadState<'_>) -> String {
    let phase = state.category.phase.name();
    match (state.state, state.category.part.to_string()) {
        (SegmentState::User, _) => phase.to_owned(),
        (_, part) if part.is_empty() => phase.to_owned(),
        (_, part) => format!("{phase}: {part}"),
    }
}
