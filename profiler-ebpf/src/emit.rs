//! Sending records: sequence numbers, losses, and the ring buffer.

use core::mem::{MaybeUninit, size_of};

use aya_ebpf::bindings::{BPF_RB_FORCE_WAKEUP, BPF_RB_NO_WAKEUP};
use aya_ebpf::helpers::generated::{
    bpf_get_current_pid_tgid, bpf_get_smp_processor_id, bpf_ktime_get_ns, bpf_ringbuf_output,
    bpf_ringbuf_query,
};
use aya_ebpf::maps::PerCpuArray;
use profiler_common::{Context, Header, LOSS_STORAGE, Probe, RecordKind};

use crate::diagnostics::diagnose;
use crate::globals::RING_BYTES;
use crate::maps::{LOST, PROBE_RUNS, RECORDS, REFUSED_MARKS, SEQUENCE, Scratch};

/// Nanoseconds of CLOCK_MONOTONIC.
#[inline(always)]
pub fn now_ns() -> u64 {
    // SAFETY: the helper has no preconditions.
    unsafe { bpf_ktime_get_ns() }
}

/// Adds to a counter of the current CPU and returns what it was. Atomic, since an interrupt's
/// program may come between the read and the write.
#[inline(always)]
pub fn fetch_add(counter: *mut u64, amount: u64) -> u64 {
    let mut value = amount;
    // SAFETY: the pointer is to a map's value, checked by the verifier.
    unsafe {
        core::arch::asm!(
            "{value} = atomic_fetch_add((u64 *)({counter} + 0), {value})",
            value = inout(reg) value,
            counter = in(reg) counter,
        );
    }
    value
}

#[inline(always)]
fn add_one(counters: &PerCpuArray<u64>, index: u32) {
    if let Some(counter) = counters.get_ptr_mut(index) {
        fetch_add(counter, 1);
    }
}

/// Counts a run of a probe.
#[inline(always)]
pub fn count_run(probe: Probe) {
    add_one(&PROBE_RUNS, probe as u32);
}

/// Counts a look-up of task storage that failed.
#[inline(always)]
pub fn count_storage_failure() {
    diagnose!("a task's storage could not be had");
    add_one(&LOST, LOSS_STORAGE as u32);
}

/// Counts a mark that is not the engine's.
#[inline(always)]
pub fn count_refused_mark() {
    add_one(&REFUSED_MARKS, 0);
}

/// The header of a record that is about to be sent. Takes a sequence number: the record must then
/// be sent, or counted as lost.
#[inline(always)]
pub fn header(kind: RecordKind, context: Context, at_ns: u64) -> Header {
    let sequence = match SEQUENCE.get_ptr_mut(0) {
        Some(counter) => fetch_add(counter, 1),
        None => 0,
    };
    Header {
        sequence,
        at_ns,
        // SAFETY: the helpers have no preconditions.
        tid: unsafe { bpf_get_current_pid_tgid() } as u32,
        // SAFETY: as above.
        cpu: unsafe { bpf_get_smp_processor_id() } as u16,
        kind: kind as u8,
        context: context as u8,
    }
}

/// Sends a record without a variable part.
#[inline(always)]
pub fn send<R: 'static>(kind: RecordKind, record: R) {
    match RECORDS.reserve::<R>(0) {
        Some(mut entry) => {
            entry.write(record);
            entry.submit(wake_up_flags());
        }
        None => add_one(&LOST, kind as u32),
    }
}

/// Sends the record in a scratch with `tail_len` bytes of its variable part.
#[inline(always)]
pub fn send_scratch<R, const N: usize>(
    kind: RecordKind,
    scratch: &mut Scratch<R, N>,
    record: R,
    tail_len: usize,
) {
    let tail_len = if tail_len > N { N } else { tail_len };
    scratch.record = MaybeUninit::new(record);
    // SAFETY: the scratch is a map's value of at least this size.
    let failed = unsafe {
        bpf_ringbuf_output(
            core::ptr::from_ref(&RECORDS).cast_mut().cast(),
            core::ptr::from_mut(scratch).cast(),
            (size_of::<R>() + tail_len) as u64,
            wake_up_flags(),
        )
    };
    if failed != 0 {
        add_one(&LOST, kind as u32);
    }
}

/// The reader polls; it is only woken when the ring buffer is half full, since waking it costs
/// whoever is being observed.
#[inline(always)]
fn wake_up_flags() -> u64 {
    // SAFETY: the map is a ring buffer; 0 is BPF_RB_AVAIL_DATA.
    let waiting = unsafe { bpf_ringbuf_query(core::ptr::from_ref(&RECORDS).cast_mut().cast(), 0) };
    if waiting > RING_BYTES.load() / 2 {
        u64::from(BPF_RB_FORCE_WAKEUP)
    } else {
        u64::from(BPF_RB_NO_WAKEUP)
    }
}

/// Where the current CPU is, from the current task and whether an interrupt is on its stack.
#[inline(always)]
pub fn context(tid: u32, is_kernel_thread: bool, in_interrupt: bool) -> Context {
    if tid == 0 {
        Context::Idle
    } else if in_interrupt {
        Context::Interrupt
    } else if is_kernel_thread {
        Context::KernelThread
    } else {
        Context::Task
    }
}
