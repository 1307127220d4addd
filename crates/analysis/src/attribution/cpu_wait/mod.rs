//! The reason for which a thread that could run does not: the phases `throttled` and `runqueue`.
//!
//! At each instant of such a wait, in this order:
//!
//! 1. **Throttled**: a control group has used up its CPU quota ([`throttled`]).
//! 2. **CPU idle**: a CPU that the thread may use stands idle: the one that it left, or the one that it
//!    comes back on. It was woken a moment ago and the CPU wakes up (a virtual one may have to wait for
//!    its host), or it was placed behind others though there was room elsewhere.
//! 3. **Behind others**: another thread runs on its CPU. One that was preempted waits on the CPU that
//!    it left, one that was woken on the CPU that it comes back on: where else it was queued before it was
//!    moved there is not recorded.
//!
//! A wait is cut wherever the answer changes, so its parts add up to it exactly. Who ran on each CPU is
//! known from the switches of the whole machine ([`schedule`]); where those of tracked threads alone were
//! recorded, the reason is unknown unless it is a quota. A limit of all real-time threads of a CPU
//! (sched(7), "Limiting the CPU usage of real-time and deadline processes") lets others run or the
//! CPU idle, and is told as that.

mod schedule;
mod throttled;

use super::{Attribution, Category, Part};
use crate::timeline::{Interval, State, ThreadId, Timeline};
use trace::manifest::Manifest;
use trace::phase::Phase;
use trace::role::Role;

use schedule::Schedule;
pub use throttled::Held;
use throttled::Throttles;

/// The reason for which a thread that could run does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A group has used up its quota: a row of `throttles`.
    Throttled(u32),
    /// This thread runs on its CPU.
    Behind(ThreadId),
    /// A CPU that it may use is idle.
    Idle,
    /// Who ran on its CPU was not recorded.
    Unknown,
}

/// The reasons of all waits for a CPU.
#[derive(Clone, Debug)]
pub struct CpuWaits {
    schedule: Schedule,
    throttles: Throttles,
}

impl CpuWaits {
    /// Works out who ran on each CPU, and when which thread was throttled.
    pub fn new(manifest: &Manifest, timeline: &Timeline<'_>) -> Self {
        let schedule = if manifest.sched == "tracked" {
            Schedule::default()
        } else {
            Schedule::new(timeline)
        };
        let throttles = Throttles::new(timeline, &schedule);
        Self {
            schedule,
            throttles,
        }
    }

    /// When the waits in which quotas held a thread back were: rows of `off_cpu`, in any order.
    pub fn held(&self) -> impl Iterator<Item = (u32, Held)> + '_ {
        self.throttles.all()
    }

    /// The reason at an instant of a wait (a row of `off_cpu`), and when that answer may change.
    fn reason(&self, timeline: &Timeline<'_>, row: u32, at_ns: u64) -> (Reason, u64) {
        let mut until_ns = u64::MAX;
        if let Some(held) = self.throttles.of(row) {
            if held.holds(at_ns) {
                return (Reason::Throttled(held.throttle), held.until_ns);
            }
            if at_ns < held.from_ns {
                until_ns = held.from_ns;
            }
        }
        if self.schedule.is_empty() {
            return (Reason::Unknown, until_ns);
        }
        let off_cpu = timeline.off_cpu(row);
        let (own, other) = if off_cpu.is_wait() {
            (off_cpu.to_cpu, off_cpu.from_cpu)
        } else {
            (off_cpu.from_cpu, off_cpu.to_cpu)
        };
        let on_own = self.schedule.at(own, at_ns);
        let on_other = self.schedule.at(other, at_ns);
        let until_ns = until_ns.min(on_own.until_ns).min(on_other.until_ns);
        let reason = match (on_own.thread, on_other.thread) {
            (Some(thread), Some(_)) => Reason::Behind(thread),
            (None, _) | (_, None) => Reason::Idle,
        };
        (reason, until_ns)
    }

    /// An interval, cut wherever the reason of a wait for a CPU changes, in order.
    pub fn cut(&self, timeline: &Timeline<'_>, interval: Interval) -> Vec<Interval> {
        let State::Runnable(row) = interval.state else {
            return vec![interval];
        };
        let mut cuts: Vec<(Reason, Interval)> = Vec::new();
        let mut start_ns = interval.start_ns;
        while start_ns < interval.end_ns {
            let (reason, until_ns) = self.reason(timeline, row, start_ns);
            let end_ns = until_ns.max(start_ns + 1).min(interval.end_ns);
            match cuts.last_mut() {
                Some((last, cut)) if *last == reason => cut.end_ns = end_ns,
                Some(_) | None => cuts.push((
                    reason,
                    Interval {
                        start_ns,
                        end_ns,
                        ..interval
                    },
                )),
            }
            start_ns = end_ns;
        }
        cuts.into_iter().map(|(_, cut)| cut).collect()
    }
}

/// The reason at an instant of a wait for a CPU: a row of `off_cpu`.
pub(super) fn reason(attribution: &Attribution<'_, '_>, row: u32, at_ns: u64) -> Reason {
    let (reason, _) = attribution
        .cpu_waits
        .reason(attribution.timeline, row, at_ns);
    reason
}

/// The phase of a wait for a CPU by its reason when it begins: for an interval that [`CpuWaits::cut`]
/// has cut, of all of it.
pub fn category<'a>(
    attribution: &Attribution<'_, 'a>,
    interval: &Interval,
    row: u32,
) -> Category<'a> {
    let start_ns = interval.start_ns;
    match reason(attribution, row, start_ns) {
        Reason::Throttled(_) => Category::named(Phase::Throttled, "quota"),
        Reason::Idle => Category::named(Phase::Runqueue, "CPU idle"),
        Reason::Unknown => Category::named(Phase::Runqueue, "others not recorded"),
        Reason::Behind(thread) => Category {
            phase: Phase::Runqueue,
            part: behind(attribution, thread, start_ns),
        },
    }
}

/// Whoever runs, by the name of its process, and its role if it takes part.
fn behind<'a>(attribution: &Attribution<'_, 'a>, id: ThreadId, at_ns: u64) -> Part<'a> {
    let timeline = attribution.timeline;
    let thread = timeline.thread(id);
    if attribution.is_kernel_thread(id) {
        // kworker/0:1-events, ksoftirqd/0: the CPU and the work are no part of the name.
        let name = timeline.comm(id, at_ns);
        let kind = name.split('/').next().unwrap_or(name);
        return Part::Behind(kind, Role::KernelThread);
    }
    let name = attribution.process_name(thread.process, at_ns);
    // The engine is tracked, the profiler never.
    if name == "ctrprof" && thread.tracked_from_ns.is_none() {
        return Part::Behind("the profiler", Role::Other);
    }
    Part::Behind(name, attribution.roles.role_at(thread.process, at_ns))
}

#[cfg(test)]
mod tests;
