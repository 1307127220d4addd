//! The life of each tracked thread, named: what pictures with a lane for each thread are drawn from.

use crate::attribution::{Attribution, Category};
use crate::report::path::SegmentState;
use crate::timeline::{State, ThreadId, Timeline};
use profiler_common::Context;
use trace::errno;
use trace::role::Role;
use trace::rows::Span;

/// A tracked thread.
#[derive(Clone, Debug)]
pub struct ThreadLife<'a> {
    /// Its number.
    pub tid: u32,
    /// The number of its process.
    pub tgid: u32,
    /// The name of its process when the thread ended.
    pub process: &'a str,
    /// Its own name when it ended.
    pub comm: &'a str,
    /// Its part in the container's life when it ended.
    pub role: Role,
    /// When it was made, or the recording began, on the recording's clock.
    pub born_ns: u64,
    /// When it ended, or the recording did.
    pub ended_ns: u64,
    /// Its states, earliest first, without gap or overlap.
    pub states: Vec<ThreadState<'a>>,
    /// Its system calls, earliest first.
    pub calls: Vec<ThreadCall<'a>>,
    /// The wake-ups that ended its waits, earliest first.
    pub wakes: Vec<ThreadWake<'a>>,
}

/// A stretch of one state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ThreadState<'a> {
    /// When it begins.
    pub start_ns: u64,
    /// When it ends.
    pub end_ns: u64,
    /// The state.
    pub state: SegmentState,
    /// Phase and part.
    pub category: Category<'a>,
    /// Whether it lies within a system call.
    pub in_call: bool,
}

/// A system call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThreadCall<'a> {
    /// When it was entered.
    pub start_ns: u64,
    /// When it returned, or the thread or the recording ended.
    pub end_ns: u64,
    /// Its name; empty for a number that has none.
    pub name: &'static str,
    /// Its number.
    pub number: u32,
    /// Phase and part.
    pub category: Category<'a>,
    /// What it returned: a value, or a negated errno.
    pub result: i64,
    /// The name of that errno.
    pub error: Option<String>,
    /// Paths and names among its arguments.
    pub texts: Vec<&'a str>,
}

/// The end of a wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ThreadWake<'a> {
    /// When.
    pub at_ns: u64,
    /// The thread that was current then.
    pub waker_tid: u32,
    /// Whether that thread is a tracked one.
    pub is_by_tracked: bool,
    /// Its name.
    pub waker: &'a str,
    /// Whether that thread itself did it, not an interrupt that came upon it.
    pub is_by_task: bool,
}

/// Hands out the tracked threads, one after the other, in the order of their numbers and births.
pub fn each<'a>(attribution: &Attribution<'_, 'a>, sink: &mut dyn FnMut(ThreadLife<'a>)) {
    let timeline = attribution.timeline();
    let ids = timeline.thread_ids().filter(|&id| is_tracked(timeline, id));
    let mut ids: Vec<ThreadId> = ids.collect();
    ids.sort_by_key(|&id| {
        let thread = timeline.thread(id);
        (thread.tgid, thread.tid, thread.born_ns)
    });
    for id in ids {
        sink(life(attribution, id));
    }
}

/// Whether a thread's system calls are recorded.
pub(crate) fn is_tracked(timeline: &Timeline<'_>, id: ThreadId) -> bool {
    let task = timeline.task(id);
    task.is_some_and(|task| !task.join_reason.is_empty())
}

fn life<'a>(attribution: &Attribution<'_, 'a>, id: ThreadId) -> ThreadLife<'a> {
    let timeline = attribution.timeline();
    let thread = timeline.thread(id);
    ThreadLife {
        tid: thread.tid,
        tgid: thread.tgid,
        process: attribution.process_name(thread.process, thread.ended_ns),
        comm: attribution.name(id, thread.ended_ns),
        role: attribution.roles().role_at(thread.process, thread.ended_ns),
        born_ns: thread.born_ns,
        ended_ns: thread.ended_ns,
        states: states(attribution, id),
        calls: thread
            .spans()
            .iter()
            .map(|&row| call(attribution, row))
            .collect(),
        wakes: wakes(attribution, id),
    }
}

fn states<'a>(attribution: &Attribution<'_, 'a>, id: ThreadId) -> Vec<ThreadState<'a>> {
    let timeline = attribution.timeline();
    let (from_ns, to_ns) = timeline.window_ns();
    let intervals = timeline.intervals(id, from_ns, to_ns);
    intervals
        .map(|interval| ThreadState {
            start_ns: interval.start_ns,
            end_ns: interval.end_ns,
            state: match interval.state {
                State::User => SegmentState::User,
                State::Syscall => SegmentState::Syscall,
                State::Runnable(_) => SegmentState::Runnable,
                State::Blocked(_) => SegmentState::Blocked,
            },
            category: attribution.interval(id, &interval),
            in_call: interval.span.is_some(),
        })
        .collect()
}

fn call<'a>(attribution: &Attribution<'_, 'a>, row: u32) -> ThreadCall<'a> {
    let timeline = attribution.timeline();
    let span: &'a Span = timeline.span(row);
    let texts = [span.text, span.text2, span.text3];
    ThreadCall {
        start_ns: span.start_ns,
        end_ns: span.start_ns + span.duration_ns,
        name: timeline.syscall_name(span.nr).unwrap_or_default(),
        number: span.nr,
        category: attribution.call(row),
        result: span.result,
        error: error(span.result),
        texts: texts
            .into_iter()
            .flatten()
            .filter_map(|id| timeline.text(id))
            .collect(),
    }
}

/// The name of the error that a result stands for: those of the kernel are from -4095 on (`IS_ERR_VALUE`,
/// include/linux/err.h, v6.18).
fn error(result: i64) -> Option<String> {
    let number = u16::try_from(result.checked_neg()?).ok()?;
    (1..=4095).contains(&number).then(|| errno::name(number))
}

fn wakes<'a>(attribution: &Attribution<'_, 'a>, id: ThreadId) -> Vec<ThreadWake<'a>> {
    let timeline = attribution.timeline();
    let rows = timeline.thread(id).off_cpu().iter();
    rows.filter_map(|&row| {
        let off = timeline.off_cpu(row);
        let (at_ns, waker_tid) = (off.wake_ns?, off.waker_tid?);
        if !off.is_wait() {
            return None;
        }
        let waker = timeline.thread_at(waker_tid, at_ns);
        Some(ThreadWake {
            at_ns,
            waker_tid,
            is_by_tracked: waker.is_some_and(|waker| is_tracked(timeline, waker)),
            waker: waker.map_or("", |waker| attribution.name(waker, at_ns)),
            is_by_task: attribution.stacks().waker_context(off) == Context::Task as u8,
        })
    })
    .collect()
}
