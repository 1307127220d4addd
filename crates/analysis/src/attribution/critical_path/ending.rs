//! Who ended a wait, as far as the walk is concerned.
//!
//! | the wake-up | the wait is owed to |
//! | --- | --- |
//! | any, while the stack waits for a kernel lock, a grace period, the disk or memory | the kernel: charged to the blocked thread, with the waker named beside it |
//! | by a thread of a process that takes part | that thread |
//! | by a thread of another process | a stranger: charged to the blocked thread |
//! | from a soft interrupt that takes packets in, inside a sending call | the sender: that is how loopback delivers |
//! | from an interrupt, by a timer, while the call is one that polls or naps | a timer, see [`super::busy`] |
//! | by the kernel's worker that deletes network namespaces, which says that it does | that worker |
//! | of such a worker, by another kernel thread | that one |
//! | not recorded, though it ended, in such a call | as by a timer |
//! | from an interrupt or a kernel thread otherwise, or not recorded | the kernel |

use crate::attribution::{Attribution, blocked};
use crate::timeline::{Interval, ProcessId, ThreadId};
use trace::rows::OffCpu;
use trace::syscall;

/// The end of a wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// A thread that can be walked.
    By(ThreadId),
    /// A thread of a process that does not take part.
    Stranger,
    /// A timer, in a call in which a program can nap while others work for it.
    Timer,
    /// Nobody: it was a wait for a kernel lock, a grace period, the disk or memory.
    Work,
    /// An interrupt, a kernel thread, or nobody that is known.
    Kernel,
}

/// Calls in which a program waits for others with a time limit, or naps until it looks again.
const NAPS: &[&str] = &[
    "clock_nanosleep",
    "epoll_pwait",
    "epoll_pwait2",
    "epoll_wait",
    "futex",
    "futex_wait",
    "futex_waitv",
    "nanosleep",
    "poll",
    "ppoll",
    "pselect6",
    "rt_sigtimedwait",
    "select",
];

/// Calls that wait for several things at once, or for another thread.
const ABOUT_MANY: &[&str] = &[
    "epoll_pwait",
    "epoll_pwait2",
    "epoll_wait",
    "futex",
    "futex_wait",
    "futex_waitv",
    "poll",
    "ppoll",
    "pselect6",
    "select",
];

/// Calls that bring packets on their way, or, by acknowledging some, let others send more.
const SENDS: &[&str] = &[
    "close", "connect", "recvfrom", "recvmmsg", "recvmsg", "read", "readv", "sendfile", "sendmmsg",
    "sendmsg", "sendto", "shutdown", "splice", "write", "writev",
];

/// The rules, with the numbers of the calls that they are about.
#[derive(Debug)]
pub(super) struct Endings {
    naps: Vec<u32>,
    about_many: Vec<u32>,
    sends: Vec<u32>,
}

impl Endings {
    pub(super) fn new(attribution: &Attribution<'_, '_>) -> Self {
        let machine = attribution.timeline().machine();
        let numbers = |names: &[&str]| {
            let number = |name: &&str| syscall::number(machine?, name);
            names.iter().filter_map(number).collect()
        };
        Self {
            naps: numbers(NAPS),
            about_many: numbers(ABOUT_MANY),
            sends: numbers(SENDS),
        }
    }

    /// The end of the wait of a blocked thread; `row` is its row of `off_cpu`.
    pub(super) fn of(
        &self,
        attribution: &Attribution<'_, '_>,
        takes_part: &dyn Fn(ProcessId) -> bool,
        (thread, interval, row): (ThreadId, &Interval, u32),
    ) -> Ending {
        const TASK: u8 = profiler_common::Context::Task as u8;
        const KERNEL_THREAD: u8 = profiler_common::Context::KernelThread as u8;
        let off_cpu = attribution.timeline().off_cpu(row);
        if blocked::is_kernel_wait(attribution, thread, row) {
            return Ending::Work;
        }
        let by_task = || by_thread(attribution, takes_part, thread, off_cpu);
        if off_cpu.waker_tid.is_none() && off_cpu.to_ns.is_some() && self.is_nap(off_cpu) {
            // The wake-up was missed: as much is known as of a timer's.
            return Ending::Timer;
        }
        let waker = attribution.stacks().meaning(off_cpu.waker_stack);
        let is_soft = waker.is_some_and(|waker| waker.in_soft_interrupt);
        match attribution.stacks().waker_context(off_cpu) {
            TASK if !is_soft => by_task(),
            TASK if self.is_by_sender(attribution, off_cpu) => by_task(),
            KERNEL_THREAD if waker.is_some_and(|waker| waker.deletes_namespaces) => {
                by_thread(attribution, &|_| true, thread, off_cpu)
            }
            KERNEL_THREAD if attribution.is_kernel_thread(thread) => {
                by_thread(attribution, &|_| true, thread, off_cpu)
            }
            KERNEL_THREAD => Ending::Kernel,
            // A program's naps are no matter of kernel threads.
            _ if attribution.is_kernel_thread(thread) => Ending::Kernel,
            // In an interrupt, on the back of whoever was running, or of nobody.
            _ if waker.is_some_and(|waker| waker.in_timer) => {
                self.by_timer(attribution, interval, off_cpu)
            }
            _ => Ending::Kernel,
        }
    }

    /// Whether a wait is in a call that can wait for several things at once.
    pub(super) fn is_about_many(&self, off_cpu: &OffCpu) -> bool {
        let call = u32::try_from(off_cpu.syscall).ok();
        call.is_none_or(|call| self.about_many.contains(&call))
    }

    /// Whether a soft interrupt delivered what the waker was just sending.
    fn is_by_sender(&self, attribution: &Attribution<'_, '_>, off_cpu: &OffCpu) -> bool {
        let waker = attribution.stacks().meaning(off_cpu.waker_stack);
        let call = u32::try_from(off_cpu.waker_syscall).ok();
        waker.is_some_and(|waker| waker.in_network_receive)
            && call.is_some_and(|call| self.sends.contains(&call))
    }

    /// Whether a wait is in a call in which a program naps.
    fn is_nap(&self, off_cpu: &OffCpu) -> bool {
        let call = u32::try_from(off_cpu.syscall).ok();
        call.is_some_and(|call| self.naps.contains(&call))
    }

    /// A sleep that nobody can cut short is the thread's own; in other calls a timer is a limit.
    fn by_timer(
        &self,
        attribution: &Attribution<'_, '_>,
        interval: &Interval,
        off_cpu: &OffCpu,
    ) -> Ending {
        let call = match interval.span {
            Some(span) => Some(attribution.timeline().span(span).nr),
            None => u32::try_from(off_cpu.syscall).ok(),
        };
        match call {
            Some(call) if !self.naps.contains(&call) => Ending::Kernel,
            // A call that was entered before its thread was tracked is not known.
            Some(_) | None => Ending::Timer,
        }
    }
}

/// The thread that was current at the wake-up.
fn by_thread(
    attribution: &Attribution<'_, '_>,
    takes_part: &dyn Fn(ProcessId) -> bool,
    thread: ThreadId,
    off_cpu: &OffCpu,
) -> Ending {
    let timeline = attribution.timeline();
    let (Some(wake_ns), Some(tid)) = (off_cpu.wake_ns, off_cpu.waker_tid) else {
        return Ending::Kernel;
    };
    match timeline.thread_at(tid, wake_ns) {
        None => Ending::Kernel,
        Some(waker) if waker == thread => Ending::Kernel,
        Some(waker) if takes_part(timeline.thread(waker).process) => Ending::By(waker),
        Some(_) => Ending::Stranger,
    }
}
