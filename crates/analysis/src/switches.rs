//! Switches of all CPUs and wake-ups, as the scheduler made them: what tools with a critical path of their
//! own work on.

use std::collections::BTreeMap;

use crate::timeline::Timeline;
use trace::rows::OffCpu;

/// A thread in an event of the scheduler.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scheduled<'a> {
    /// Its number; 0 for the idle thread.
    pub tid: u32,
    /// Its name; empty for the idle thread, and where none is known.
    pub comm: &'a str,
}

/// One thread takes another's place on a CPU.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Switch<'a> {
    /// Who leaves; the idle thread where nobody is known to.
    pub prev: Scheduled<'a>,
    /// The state that it leaves in, as the kernel's tracepoint has it (`__trace_sched_switch_state`,
    /// include/trace/events/sched.h, v6.18): 0 runnable, 0x100 preempted.
    pub prev_state: u32,
    /// Who comes; the idle thread where nobody is known to.
    pub next: Scheduled<'a>,
}

/// A thread is woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waking<'a> {
    /// When.
    pub at_ns: u64,
    /// The CPU that the woken thread comes back on.
    pub cpu: u16,
    /// The thread that was current.
    pub waker_tid: u32,
    /// Who is woken.
    pub woken: Scheduled<'a>,
}

/// All switches by CPU and instant.
pub fn switches<'a>(timeline: &Timeline<'a>) -> BTreeMap<(u16, u64), Switch<'a>> {
    let mut switches: BTreeMap<(u16, u64), Switch<'a>> = BTreeMap::new();
    for off in &timeline.tables().off_cpu {
        if !begins_at_birth(timeline, off) {
            let leaves = switches.entry((off.from_cpu, off.from_ns)).or_default();
            leaves.prev = scheduled(timeline, off.tid, off.from_ns);
            leaves.prev_state = state(off);
        }
        if let Some(to_ns) = off.to_ns {
            let comes = switches.entry((off.to_cpu, to_ns)).or_default();
            comes.next = scheduled(timeline, off.tid, to_ns);
        }
    }
    switches
}

/// All wake-ups of which it is known who made them, in order of time.
pub fn wakings<'a>(timeline: &Timeline<'a>) -> Vec<Waking<'a>> {
    let rows = timeline.tables().off_cpu.iter().filter(|off| off.is_wait());
    let mut wakings: Vec<Waking<'a>> = rows
        .filter_map(|off| {
            let at_ns = off.wake_ns?;
            Some(Waking {
                at_ns,
                cpu: off.to_cpu,
                waker_tid: off.waker_tid?,
                woken: scheduled(timeline, off.tid, at_ns),
            })
        })
        .collect();
    wakings.sort_by_key(|waking| (waking.at_ns, waking.woken.tid));
    wakings
}

/// Whether it is a new thread's wait for its first CPU: it left none.
fn begins_at_birth(timeline: &Timeline<'_>, off: &OffCpu) -> bool {
    let thread = timeline.thread_at(off.tid, off.from_ns);
    thread.is_some_and(|id| {
        let task = timeline.task(id);
        task.is_some_and(|task| task.born_ns == Some(off.from_ns))
    })
}

fn scheduled<'a>(timeline: &Timeline<'a>, tid: u32, at_ns: u64) -> Scheduled<'a> {
    let thread = timeline.thread_at(tid, at_ns);
    Scheduled {
        tid,
        comm: thread.map_or("", |thread| timeline.comm(thread, at_ns)),
    }
}

/// The kernel's own states are the lowest byte; preemption is a bit above them.
fn state(off: &OffCpu) -> u32 {
    const REPORTED: u32 = 0xff;
    const PREEMPTED: u32 = 0x100;
    if off.preempted {
        PREEMPTED
    } else {
        off.state & REPORTED
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::fixture;
    use trace::rows::Tables;

    #[test]
    fn who_leaves_and_who_comes_at_one_instant_are_one_switch() {
        let mut sleep = fixture::off_cpu(1, 100, 300);
        sleep.state = 1;
        sleep.wake_ns = Some(290);
        sleep.waker_tid = Some(2);
        let mut other = fixture::off_cpu(2, 300, 500);
        other.state = 0x402;
        other.to_cpu = 1;
        let tables = Tables {
            off_cpu: vec![sleep, other],
            ..Tables::default()
        };
        let manifest = fixture::manifest(1_000);
        let timeline = Timeline::new(&manifest, &tables);
        let switches = switches(&timeline);
        let met = switches[&(0, 300)];
        assert_eq!((met.prev.tid, met.prev_state, met.next.tid), (2, 2, 1));
        let left = switches[&(0, 100)];
        assert_eq!((left.prev.tid, left.prev_state, left.next.tid), (1, 1, 0));
        assert_eq!(switches[&(1, 500)].next.tid, 2);
        let wakings = wakings(&timeline);
        assert_eq!((wakings[0].at_ns, wakings[0].waker_tid), (290, 2));
    }

    #[test]
    fn a_new_thread_leaves_no_cpu() {
        let tables = Tables {
            tasks: vec![fixture::task(2, 1, Some(100))],
            off_cpu: vec![fixture::off_cpu(2, 100, 300)],
            ..Tables::default()
        };
        let manifest = fixture::manifest(1_000);
        let switches = switches(&Timeline::new(&manifest, &tables));
        let instants: Vec<_> = switches.keys().copied().collect();
        assert_eq!(instants, [(0, 300)]);
    }
}
