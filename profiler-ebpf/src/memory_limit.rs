//! Memory groups at their limit.
//!
//! A page that a task wants is charged to its memory group and to those above it. Where one of them
//! would have more than its limit, memory is taken back from that group first (`try_charge_memcg`,
//! mm/memcontrol.c, v6.18), and likewise on the way to user mode where one has more than `memory.high`
//! (`mem_cgroup_handle_over_high`). Each time, the group counts an event of its own before.

use aya_ebpf::helpers::generated::bpf_probe_read_kernel_str;
use profiler_common::*;

use crate::cgroup;
use crate::emit;
use crate::globals::*;
use crate::kernel::{Task, read};
use crate::maps::MEMORY_LIMIT_SCRATCH;
use crate::values::TaskState;

/// How many groups, from a task's own upwards, are looked at.
const LEVELS: u32 = 8;

/// A group that has been at its limit.
struct Limited {
    group: u64,
    levels: u32,
    limit_pages: u64,
    reached: u64,
    is_high: bool,
}

/// Sends a record if a group of the current task reached its limit since the task's last record.
#[inline(always)]
pub fn report(state: &mut TaskState, task: Task, now_ns: u64) -> Option<()> {
    let limited = nearest(task)?;
    if limited.group == state.limit_group && limited.reached == state.limit_reached {
        return None;
    }
    state.limit_group = limited.group;
    state.limit_reached = limited.reached;
    let node = cgroup::node(read(limited.group, &OFF_MEM_CGROUP_CGROUP));
    // SAFETY: the value is of `sched_switch` alone; it runs with interrupts off.
    let scratch = unsafe { MEMORY_LIMIT_SCRATCH.get_ptr_mut(0)?.as_mut()? };
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
    let record = MemoryLimitRecord {
        header: emit::header(RecordKind::MemoryLimit, Context::Task, now_ns),
        group: read(node, &OFF_KERNFS_ID),
        limit_bytes: limited.limit_pages.wrapping_mul(PAGE_BYTES.load()),
        reached: limited.reached,
        tgid: task.tgid(),
        levels: limited.levels as u16,
        name_len: name_len as u16,
        is_high: u32::from(limited.is_high),
        reserved: 0,
    };
    emit::send_scratch(RecordKind::MemoryLimit, scratch, record, name_len);
    Some(())
}

/// The nearest group of a task that was ever at its limit.
#[inline(always)]
fn nearest(task: Task) -> Option<Limited> {
    if OFF_CSS_SET_MEMORY.load() == 0 {
        return None;
    }
    let mut group: u64 = read(task.control_groups(), &OFF_CSS_SET_MEMORY);
    for levels in 0..LEVELS {
        if group == 0 {
            return None;
        }
        let max_events: u64 = read(group, &OFF_MEMORY_MAX_EVENTS);
        let high_events: u64 = read(group, &OFF_MEMORY_HIGH_EVENTS);
        let reached = max_events.wrapping_add(high_events);
        if reached != 0 {
            let is_high = max_events == 0;
            let limit_pages = if is_high {
                read(group, &OFF_MEMORY_HIGH)
            } else {
                read(group, &OFF_MEMORY_MAX)
            };
            return Some(Limited {
                group,
                levels,
                limit_pages,
                reached,
                is_high,
            });
        }
        group = read(group, &OFF_MEM_CGROUP_PARENT);
    }
    None
}
