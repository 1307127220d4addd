//! The scheduler's events, as ftrace would have recorded them: Perfetto's own analysis of who waited for
//! whom works on them alone.

use std::io;

use analysis::switches::{Scheduled, Switch, Waking, switches, wakings};
use analysis::timeline::Timeline;

use super::message::{FtraceEvent, FtraceEventBundle, SchedSwitch, SchedWaking, TracePacket};
use super::{SEQUENCE, Trace};

/// Events of one packet, so that none is large.
const EVENTS: usize = 1_000;

/// Priorities are not recorded: that of a task with the nice value 0 (`DEFAULT_PRIO`,
/// include/linux/sched/prio.h, v6.18).
const PRIORITY: i32 = 120;

/// Writes switches and wake-ups, CPU by CPU, in order of time.
pub(super) fn write(trace: &mut Trace<'_>, timeline: &Timeline<'_>) -> io::Result<()> {
    let mut events: Vec<(u16, FtraceEvent)> = Vec::new();
    let switches = switches(timeline);
    events.extend(
        switches
            .iter()
            .map(|(&(cpu, at_ns), switch)| (cpu, switch_event(cpu, at_ns, switch))),
    );
    let wakings = wakings(timeline);
    events.extend(
        wakings
            .iter()
            .map(|waking| (waking.cpu, waking_event(waking))),
    );
    events.sort_by_key(|(cpu, event)| (*cpu, event.timestamp_ns));
    for of_cpu in events.chunk_by(|(one, _), (other, _)| one == other) {
        for chunk in of_cpu.chunks(EVENTS) {
            let bundle = FtraceEventBundle {
                cpu: chunk.first().map(|(cpu, _)| u32::from(*cpu)),
                events: chunk.iter().map(|(_, event)| event.clone()).collect(),
            };
            trace.packet(&TracePacket {
                sequence: SEQUENCE,
                ftrace_events: Some(bundle),
                ..TracePacket::default()
            })?;
        }
    }
    Ok(())
}

fn switch_event(cpu: u16, at_ns: u64, switch: &Switch<'_>) -> FtraceEvent {
    FtraceEvent {
        timestamp_ns: at_ns,
        tid: Some(switch.prev.tid),
        switch: Some(SchedSwitch {
            prev_comm: comm(cpu, &switch.prev),
            prev_tid: signed(switch.prev.tid),
            prev_priority: Some(PRIORITY),
            prev_state: Some(switch.prev_state.into()),
            next_comm: comm(cpu, &switch.next),
            next_tid: signed(switch.next.tid),
            next_priority: Some(PRIORITY),
        }),
        waking: None,
    }
}

fn waking_event(waking: &Waking<'_>) -> FtraceEvent {
    FtraceEvent {
        timestamp_ns: waking.at_ns,
        tid: Some(waking.waker_tid),
        switch: None,
        waking: Some(SchedWaking {
            comm: comm(waking.cpu, &waking.woken),
            tid: signed(waking.woken.tid),
            priority: Some(PRIORITY),
            success: Some(1),
            target_cpu: Some(waking.cpu.into()),
        }),
    }
}

/// The name of a thread; the kernel's for the idle thread of a CPU.
fn comm(cpu: u16, thread: &Scheduled<'_>) -> String {
    match thread.tid {
        0 => format!("swapper/{cpu}"),
        _ => thread.comm.to_owned(),
    }
}

fn signed(tid: u32) -> Option<i32> {
    i32::try_from(tid).ok()
}
