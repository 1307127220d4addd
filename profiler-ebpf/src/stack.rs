//! Stacks, kept whole in the record: no table of stacks that could collide or fill.

use core::ffi::c_void;

use aya_ebpf::bindings::BPF_F_USER_STACK;
use aya_ebpf::helpers::generated::bpf_get_stack;
use profiler_common::STACK_MAX_FRAMES;

use crate::globals::{IRQ_ENTRY_END, IRQ_ENTRY_START};

const STACK_BYTES: usize = STACK_MAX_FRAMES * size_of::<u64>();

/// Writes the kernel stack to the start of `tail`; returns the number of frames.
#[inline(always)]
pub fn kernel<const N: usize>(context: *mut c_void, tail: &mut [u8; N]) -> usize {
    frames(context, tail.as_mut_ptr(), 0)
}

/// Writes the user stack to `tail`, from byte `at` on, for which there must be room.
#[inline(always)]
pub fn user(context: *mut c_void, tail: *mut u8) -> usize {
    frames(context, tail, u64::from(BPF_F_USER_STACK))
}

#[inline(always)]
fn frames(context: *mut c_void, destination: *mut u8, flags: u64) -> usize {
    // SAFETY: the destination has room for STACK_BYTES; the verifier checks it.
    let bytes = unsafe { bpf_get_stack(context, destination.cast(), STACK_BYTES as u32, flags) };
    if bytes <= 0 {
        0
    } else {
        (bytes as usize).min(STACK_BYTES) / size_of::<u64>()
    }
}

/// Whether a kernel stack came in through an interrupt's entry: hard or soft, it is on the back of
/// whoever was running.
///
/// Soft interrupts that a task runs itself, inside a send for instance, do not count: there the
/// task is the cause.
#[inline(always)]
pub fn has_interrupt<const N: usize>(tail: &[u8; N], frames: usize) -> bool {
    let (start, len) = (
        IRQ_ENTRY_START.load(),
        IRQ_ENTRY_END.load() - IRQ_ENTRY_START.load(),
    );
    let mut found = 0;
    for index in 0..STACK_MAX_FRAMES {
        if index >= frames {
            break;
        }
        // SAFETY: the index is below the number of frames that fit into the tail.
        let address = unsafe { *tail.as_ptr().cast::<u64>().add(index) };
        // Without a branch, for each would double the paths that the verifier walks. The highest
        // bit of the difference tells "below the end", that of the distance "below the start".
        let distance = address.wrapping_sub(start);
        found |= distance.wrapping_sub(len) & !distance;
    }
    found >> 63 != 0
}
