//! Cgroups being made, removed, joined, filled and emptied.

use aya_ebpf::helpers::generated::bpf_probe_read_kernel_str;
use aya_ebpf::maps::PerCpuArray;
use profiler_common::*;

use crate::args::Args;
use crate::emit;
use crate::globals::*;
use crate::join;
use crate::kernel::read;
use crate::maps::{CGROUP_SCRATCH, POPULATED_SCRATCH, Scratch};

type CgroupScratch = PerCpuArray<Scratch<CgroupRecord, { 2 * PATH_MAX_BYTES }>>;

/// `cgroup_mkdir(struct cgroup *cgrp, const char *path)`
#[inline(always)]
pub fn try_mkdir<A: Args>(args: &A) -> Option<()> {
    let event = Event {
        operation: CgroupOperation::Mkdir,
        target_tid: 0,
        populated: 0,
    };
    send(&CGROUP_SCRATCH, event, args.word(0), args.word(1))
}

/// `cgroup_rmdir(struct cgroup *cgrp, const char *path)`
#[inline(always)]
pub fn try_rmdir<A: Args>(args: &A) -> Option<()> {
    let event = Event {
        operation: CgroupOperation::Rmdir,
        target_tid: 0,
        populated: 0,
    };
    send(&CGROUP_SCRATCH, event, args.word(0), args.word(1))
}

/// `cgroup_attach_task(cgroup *dst, const char *path, task *task, bool threadgroup)`
#[inline(always)]
pub fn try_attach<A: Args>(args: &A) -> Option<()> {
    let task = args.task(2);
    let cgroup = args.word(0);
    let root = ROOT_CGROUP.load();
    if root != 0 && root == id_of(cgroup) {
        join::at_attach(task);
    }
    let event = Event {
        operation: CgroupOperation::Attach,
        target_tid: task.tid(),
        populated: 0,
    };
    send(&CGROUP_SCRATCH, event, cgroup, args.word(1))
}

/// `cgroup_notify_populated(struct cgroup *cgrp, const char *path, int val)`
#[inline(always)]
pub fn try_populated<A: Args>(args: &A) -> Option<()> {
    let event = Event {
        operation: CgroupOperation::Populated,
        target_tid: 0,
        populated: args.word(2) as u32,
    };
    send(&POPULATED_SCRATCH, event, args.word(0), args.word(1))
}

struct Event {
    operation: CgroupOperation,
    target_tid: u32,
    populated: u32,
}

/// The node of a cgroup in its file system.
#[inline(always)]
pub fn node(cgroup: u64) -> u64 {
    read(cgroup, &OFF_CGROUP_KN)
}

#[inline(always)]
fn id_of(cgroup: u64) -> u64 {
    read(node(cgroup), &OFF_KERNFS_ID)
}

#[inline(always)]
fn send(scratch: &'static CgroupScratch, event: Event, cgroup: u64, path: u64) -> Option<()> {
    // SAFETY: the value belongs to programs that do not interrupt each other.
    let scratch = unsafe { scratch.get_ptr_mut(0)?.as_mut()? };
    // SAFETY: the tail has room for PATH_MAX_BYTES; the helper checks the source.
    let bytes = unsafe {
        bpf_probe_read_kernel_str(
            scratch.tail.as_mut_ptr().cast(),
            PATH_MAX_BYTES as u32,
            path as *const _,
        )
    };
    let path_len = if bytes <= 0 {
        0
    } else {
        (bytes as usize - 1).min(PATH_MAX_BYTES)
    };
    let is_cut = bytes >= PATH_MAX_BYTES as i64;
    let root: u64 = read(cgroup, &OFF_CGROUP_ROOT);
    let record = CgroupRecord {
        header: emit::header(RecordKind::Cgroup, Context::Task, emit::now_ns()),
        id: id_of(cgroup),
        operation: event.operation as u32,
        hierarchy: read(root, &OFF_CGROUP_ROOT_HIERARCHY),
        target_tid: event.target_tid,
        populated: event.populated,
        path_len: path_len as u32,
        flags: if is_cut {
            u32::from(SpanFlags::TEXT_CUT)
        } else {
            0
        },
    };
    emit::send_scratch(RecordKind::Cgroup, scratch, record, path_len);
    Some(())
}
