//! Pairs switches and wake-ups to times off the CPU.
//!
//! A switch ends the time on the CPU of one thread and begins that of another; a wake-up in between
//! belongs to the time off. Records of one CPU come in order, those of several nearly so; each rule
//! for what comes out of order, or not at all, is a function of its own.

use std::collections::HashMap;

use profiler_common::{Context, NO_SYSCALL};

use trace::rows::OffCpu;

/// `TASK_INTERRUPTIBLE` (include/linux/sched.h, v6.18): assumed of a thread that slept before the
/// recording began.
const TASK_INTERRUPTIBLE: u32 = 1;
/// `TASK_DEAD`: the last switch of a thread, which nothing follows.
const TASK_DEAD: u32 = 0x80;

/// A thread leaves a CPU.
#[derive(Clone, Copy, Debug)]
pub struct Leave {
    /// Thread.
    pub tid: u32,
    /// Process.
    pub tgid: u32,
    /// When.
    pub at_ns: u64,
    /// CPU.
    pub cpu: u16,
    /// The kernel's state of the thread.
    pub state: u32,
    /// Whether it was preempted.
    pub preempted: bool,
    /// System call in which it left.
    pub syscall: i32,
    /// Its kernel stack.
    pub stack: Option<u32>,
}

/// A thread is woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wake {
    /// When.
    pub at_ns: u64,
    /// Current thread at that time.
    pub waker_tid: u32,
    /// Context of the waker.
    pub context: u8,
    /// System call of the waker.
    pub syscall: i32,
    /// Kernel stack of the waker.
    pub stack: Option<u32>,
}

#[derive(Debug, Default)]
struct Thread {
    off: Option<Leave>,
    wake: Option<Wake>,
}

/// The threads' states while records stream by.
#[derive(Debug, Default)]
pub struct OffCpuPairing {
    started_ns: u64,
    threads: HashMap<u32, Thread>,
    last_switch_ns: HashMap<u16, u64>,
    imputed: u64,
}

impl OffCpuPairing {
    /// Starts with nothing known; threads that show up later slept since `started_ns`.
    pub fn new(started_ns: u64) -> Self {
        Self {
            started_ns,
            ..Self::default()
        }
    }

    /// Switches that were missed, and imputed.
    pub fn imputed(&self) -> u64 {
        self.imputed
    }

    /// A new thread, which is off the CPU until its first switch.
    pub fn born(&mut self, tid: u32, tgid: u32, at_ns: u64, cpu: u16) {
        let leave = Leave {
            tid,
            tgid,
            at_ns,
            cpu,
            state: 0,
            preempted: false,
            syscall: NO_SYSCALL,
            stack: None,
        };
        self.threads.insert(
            tid,
            Thread {
                off: Some(leave),
                wake: None,
            },
        );
    }

    /// A thread is woken. The first wake-up counts: later ones find it awake.
    pub fn wake(&mut self, tid: u32, wake: Wake) {
        let thread = self.threads.entry(tid).or_default();
        match (&thread.off, &thread.wake) {
            (Some(off), Some(earlier)) if earlier.at_ns >= off.at_ns => {}
            _ => thread.wake = Some(wake),
        }
    }

    /// A thread leaves its CPU. Gives the time off that was still open, if its end was missed.
    pub fn leave(&mut self, leave: Leave) -> Option<OffCpu> {
        let missed = self.close_missed(&leave);
        self.last_switch_ns.insert(leave.cpu, leave.at_ns);
        if leave.state & TASK_DEAD != 0 {
            self.threads.remove(&leave.tid);
            return missed;
        }
        let thread = self.threads.entry(leave.tid).or_default();
        thread.off = Some(leave);
        missed
    }

    /// A thread takes a CPU: its time off is over.
    pub fn enter(&mut self, tid: u32, tgid: u32, at_ns: u64, cpu: u16) -> OffCpu {
        let thread = self.threads.entry(tid).or_default();
        let off = thread.off.take();
        let wake = thread.wake.take();
        match off {
            Some(off) => row(&off, Some((at_ns, cpu)), wake, false),
            None => row(
                &slept_since(self.started_ns, tid, tgid, cpu),
                Some((at_ns, cpu)),
                wake,
                true,
            ),
        }
    }

    /// Threads that are off the CPU at the end, in the order of threads.
    pub fn finish(self) -> Vec<OffCpu> {
        let mut open: Vec<OffCpu> = self
            .threads
            .into_values()
            .filter_map(|thread| Some(row(&thread.off?, None, thread.wake, false)))
            .collect();
        open.sort_by_key(|off| off.tid);
        open
    }

    /// A thread that leaves, though it was not on a CPU, must have been put on one: at the later
    /// of its wake-up and the CPU's last switch.
    fn close_missed(&mut self, leave: &Leave) -> Option<OffCpu> {
        let thread = self.threads.get_mut(&leave.tid)?;
        let off = thread.off.take()?;
        let wake = thread.wake.take();
        let last_switch_ns = self.last_switch_ns.get(&leave.cpu).copied().unwrap_or(0);
        let woken_ns = wake.map_or(off.at_ns, |wake| wake.at_ns);
        let back_ns = woken_ns
            .max(last_switch_ns)
            .clamp(off.at_ns, leave.at_ns.max(off.at_ns));
        self.imputed += 1;
        Some(row(&off, Some((back_ns, leave.cpu)), wake, true))
    }
}

/// A thread first seen when it takes a CPU slept since the recording began.
fn slept_since(started_ns: u64, tid: u32, tgid: u32, cpu: u16) -> Leave {
    Leave {
        tid,
        tgid,
        at_ns: started_ns,
        cpu,
        state: TASK_INTERRUPTIBLE,
        preempted: false,
        syscall: NO_SYSCALL,
        stack: None,
    }
}

fn row(off: &Leave, back: Option<(u64, u16)>, wake: Option<Wake>, imputed: bool) -> OffCpu {
    // A wake-up that was logged before its thread had left found it still on its way out: no time
    // was spent blocked.
    let wake_ns = wake.map(|wake| {
        let wake_ns = wake.at_ns.max(off.at_ns);
        back.map_or(wake_ns, |(back_ns, _)| wake_ns.min(back_ns))
    });
    OffCpu {
        tid: off.tid,
        tgid: off.tgid,
        from_ns: off.at_ns,
        to_ns: back.map(|(at_ns, _)| at_ns.max(off.at_ns)),
        from_cpu: off.cpu,
        to_cpu: back.map_or(off.cpu, |(_, cpu)| cpu),
        state: off.state,
        preempted: off.preempted,
        syscall: off.syscall,
        stack: off.stack,
        wake_ns,
        waker_tid: wake.map(|wake| wake.waker_tid),
        waker_context: wake.map_or(Context::Task as u8, |wake| wake.context),
        waker_syscall: wake.map_or(NO_SYSCALL, |wake| wake.syscall),
        waker_stack: wake.and_then(|wake| wake.stack),
        imputed,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn leave(tid: u32, at_ns: u64, state: u32) -> Leave {
        Leave {
            tid,
            tgid: tid,
            at_ns,
            cpu: 0,
            state,
            preempted: false,
            syscall: 7,
            stack: Some(1),
        }
    }

    fn wake(at_ns: u64, waker_tid: u32) -> Wake {
        Wake {
            at_ns,
            waker_tid,
            context: 0,
            syscall: 1,
            stack: None,
        }
    }

    #[test]
    fn a_wake_up_belongs_to_the_time_off() {
        let mut pairing = OffCpuPairing::new(0);
        assert!(pairing.leave(leave(5, 100, 1)).is_none());
        pairing.wake(5, wake(150, 9));
        let off = pairing.enter(5, 5, 180, 1);
        assert_eq!(
            (off.from_ns, off.wake_ns, off.to_ns),
            (100, Some(150), Some(180))
        );
        assert_eq!(
            (off.waker_tid, off.to_cpu, off.imputed),
            (Some(9), 1, false)
        );
    }

    #[test]
    fn only_the_first_wake_up_counts() {
        let mut pairing = OffCpuPairing::new(0);
        pairing.leave(leave(5, 100, 1));
        pairing.wake(5, wake(150, 9));
        pairing.wake(5, wake(160, 10));
        assert_eq!(pairing.enter(5, 5, 180, 0).waker_tid, Some(9));
    }

    #[test]
    fn a_wake_up_logged_before_the_switch_out_leaves_no_blocked_time() {
        let mut pairing = OffCpuPairing::new(0);
        pairing.enter(5, 5, 50, 0);
        pairing.wake(5, wake(99, 9));
        pairing.leave(leave(5, 100, 1));
        let off = pairing.enter(5, 5, 120, 0);
        assert_eq!((off.wake_ns, off.waker_tid), (Some(100), Some(9)));
    }

    #[test]
    fn a_stale_wake_up_gives_way_to_the_one_that_counts() {
        let mut pairing = OffCpuPairing::new(0);
        pairing.enter(5, 5, 50, 0);
        pairing.wake(5, wake(60, 8));
        pairing.leave(leave(5, 100, 1));
        pairing.wake(5, wake(150, 9));
        assert_eq!(pairing.enter(5, 5, 180, 0).waker_tid, Some(9));
    }

    #[test]
    fn a_missed_switch_in_is_imputed_and_counted() {
        let mut pairing = OffCpuPairing::new(0);
        pairing.leave(leave(5, 100, 1));
        pairing.wake(5, wake(150, 9));
        let missed = pairing.leave(leave(5, 300, 1)).unwrap();
        assert_eq!((missed.to_ns, missed.imputed), (Some(150), true));
        assert_eq!(pairing.imputed(), 1);
    }

    #[test]
    fn a_thread_first_seen_slept_since_the_beginning() {
        let off = OffCpuPairing::new(40).enter(5, 5, 90, 0);
        assert_eq!((off.from_ns, off.to_ns, off.imputed), (40, Some(90), true));
    }

    #[test]
    fn what_never_comes_back_stays_open() {
        let mut pairing = OffCpuPairing::new(0);
        pairing.leave(leave(6, 100, 1));
        pairing.leave(leave(5, 100, 1));
        let tids: Vec<_> = pairing
            .finish()
            .iter()
            .map(|off| (off.tid, off.to_ns))
            .collect();
        assert_eq!(tids, [(5, None), (6, None)]);
    }

    #[test]
    fn the_dead_leave_nothing_open() {
        let mut pairing = OffCpuPairing::new(0);
        pairing.leave(leave(5, 100, TASK_DEAD));
        assert!(pairing.finish().is_empty());
    }
}
