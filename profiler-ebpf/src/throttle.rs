//! Tasks that could run, but that the CPU quota of a control group holds back.
//!
//! From v6.18 on, a task of a group without quota is taken off its queue on its way to user mode, and
//! marked (`throttle_cfs_rq_work`, kernel/sched/fair.c): seen at the switch that follows. Before, a
//! whole queue, which is a group's on one CPU, is taken off the queue above it when the task that runs
//! leaves (`put_prev_entity`) or when a task is woken (`check_enqueue_throttle`), and counts how many
//! of it and of those above it are held back (`cfs_rq.throttle_count`): seen at the switch and after the
//! wake-up, when the task is on its queue.

use aya_ebpf::helpers::generated::bpf_probe_read_kernel_str;
use aya_ebpf::maps::PerCpuArray;
use profiler_common::*;

use crate::args::Args;
use crate::cgroup;
use crate::emit;
use crate::globals::*;
use crate::kernel::{Task, read, read_at};
use crate::maps::{Scratch, THROTTLE_NEW_SCRATCH, THROTTLE_SWITCH_SCRATCH, THROTTLE_WAKE_SCRATCH};

/// How many groups above a task's own are looked at.
const LEVELS: u32 = 16;

type ThrottleScratch = PerCpuArray<Scratch<ThrottleRecord, PATH_MAX_BYTES>>;

/// `sched_wakeup(task *p)`, after the task was put on a queue.
#[inline(always)]
pub fn try_sched_wakeup<A: Args>(args: &A) -> Option<()> {
    report(args.task(0), emit::now_ns(), &THROTTLE_WAKE_SCRATCH)
}

/// A task that can run leaves its CPU.
#[inline(always)]
pub fn at_switch(task: Task, now_ns: u64) -> Option<()> {
    report(task, now_ns, &THROTTLE_SWITCH_SCRATCH)
}

/// A new task was put on a queue.
#[inline(always)]
pub fn at_first_wake_up(task: Task, now_ns: u64) -> Option<()> {
    report(task, now_ns, &THROTTLE_NEW_SCRATCH)
}

/// Sends a record if the task is held back.
#[inline(always)]
fn report(task: Task, now_ns: u64, scratch: &'static ThrottleScratch) -> Option<()> {
    let queue = throttled_queue(task)?;
    let cpu = cpu_of(queue);
    let (group, levels) = limiting_group(queue, cpu);
    let node = cgroup::node(read(group, &OFF_TASK_GROUP_CGROUP));
    // SAFETY: the value belongs to programs that do not interrupt each other.
    let scratch = unsafe { scratch.get_ptr_mut(0)?.as_mut()? };
    let name: u64 = read(node, &OFF_KERNFS_NAME);
    // SAFETY: the tail has room for PATH_MAX_BYTES; the helper checks the source.
    let bytes = unsafe {
        bpf_probe_read_kernel_str(
            scratch.tail.as_mut_ptr().cast(),
            PATH_MAX_BYTES as u32,
            name as *const _,
        )
    };
    let name_len = if bytes <= 0 {
        0
    } else {
        (bytes as usize - 1).min(PATH_MAX_BYTES)
    };
    let record = ThrottleRecord {
        header: emit::header(RecordKind::Throttle, Context::Task, now_ns),
        group: read(node, &OFF_KERNFS_ID),
        quota_ns: read(group, &OFF_QUOTA),
        period_ns: read(group, &OFF_PERIOD),
        replenished_ns: read(group, &OFF_PERIOD_EXPIRES),
        throttled_ns: read(group, &OFF_THROTTLED_TIME),
        tid: task.tid(),
        tgid: task.tgid(),
        periods: read(group, &OFF_NR_PERIODS),
        throttled_periods: read(group, &OFF_NR_THROTTLED),
        levels: levels as u16,
        whole_queue: u16::from(OFF_TASK_THROTTLED.load() == 0),
        cpu: cpu as u16,
        name_len: name_len as u16,
    };
    emit::send_scratch(RecordKind::Throttle, scratch, record, name_len);
    Some(())
}

/// The queue of a task that is held back.
#[inline(always)]
fn throttled_queue(task: Task) -> Option<u64> {
    if OFF_CFS_RQ_THROTTLE_COUNT.load() == 0 {
        return None;
    }
    if OFF_TASK_THROTTLED.load() != 0 {
        return task.is_throttled().then(|| task.queue());
    }
    let queue = task.queue();
    let is_throttled = read::<u32>(queue, &OFF_CFS_RQ_THROTTLE_COUNT) != 0;
    // Quotas do not hold real-time tasks back, whose queue is another.
    (is_throttled && task.has_fair_priority()).then_some(queue)
}

#[inline(always)]
fn cpu_of(queue: u64) -> u32 {
    let cpu: u64 = read(queue, &OFF_CFS_RQ_RQ);
    read(cpu, &OFF_RQ_CPU)
}

/// The nearest group that has used up its quota, 0 if none is found, and how far up it is.
#[inline(always)]
fn limiting_group(queue: u64, cpu: u32) -> (u64, u32) {
    let mut group: u64 = read(queue, &OFF_CFS_RQ_TG);
    for level in 0..LEVELS {
        if group == 0 {
            break;
        }
        let queues: u64 = read(group, &OFF_TASK_GROUP_CFS_RQ);
        let queue: u64 = read_at(queues.wrapping_add(u64::from(cpu) * 8));
        // An int before v6.18, a bit since; either way the lowest bit of the first byte.
        if read::<u8>(queue, &OFF_CFS_RQ_THROTTLED) & 1 != 0 {
            return (group, level);
        }
        group = read(group, &OFF_TASK_GROUP_PARENT);
    }
    (0, 0)
}
