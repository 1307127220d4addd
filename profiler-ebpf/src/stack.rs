//! Stacks, kept whole in the record: no table of stacks that could collide or fill.

use core::ffi::c_void;

use aya_ebpf::bindings::BPF_F_USER_STACK;
use aya_ebpf::helpers::generated::bpf_get_stack;
use profiler_common::{STACK_MAX_FRAMES, USER_STACK_MAX_FRAMES};

use crate::globals::{IRQ_ENTRY_END, IRQ_ENTRY_START};
use crate::maps::Scratch;

const STACK_BYTES: usize = STACK_MAX_FRAMES * size_of::<u64>();
const USER_STACK_BYTES: usize = USER_STACK_MAX_FRAMES * size_of::<u64>();

/// Writes the kernel stack to the start of `tail`; returns the number of frames.
#[inline(always)]
pub fn kernel<const N: usize>(context: *mut c_void, tail: &mut [u8; N]) -> usize {
    frames::<STACK_BYTES>(context, tail.as_mut_ptr(), 0)
}

/// Writes the user stack to `tail`, which must have room for it.
#[inline(always)]
pub fn user(context: *mut c_void, tail: *mut u8) -> usize {
    frames::<USER_STACK_BYTES>(context, tail, u64::from(BPF_F_USER_STACK))
}

#[inline(always)]
fn frames<const BYTES: usize>(context: *mut c_void, destination: *mut u8, flags: u64) -> usize {
    // SAFETY: the destination has room for so many bytes; the verifier checks it.
    let bytes = unsafe { bpf_get_stack(context, destination.cast(), BYTES as u32, flags) };
    if bytes <= 0 {
        0
    } else {
        (bytes as usize).min(BYTES) / size_of::<u64>()
    }
}

/// Whether a kernel stack came in through an interrupt's entry: hard or soft, it is on the back of
/// whoever was running.
///
/// Soft interrupts that a task runs itself, inside a send for instance, do not count: there the
/// task is the cause.
#[inline(always)]
pub fn has_interrupt<R, const N: usize>(scratch: &mut Scratch<R, N>, frames: usize) -> bool {
    let (start, len) = (
        IRQ_ENTRY_START.load(),
        IRQ_ENTRY_END.load() - IRQ_ENTRY_START.load(),
    );
    let end = apart(scratch.record.as_mut_ptr().cast(), frames);
    let mut found = 0;
    for index in 0..STACK_MAX_FRAMES {
        if index >= end {
            break;
        }
        // SAFETY: the index is below the number of frames that fit into the tail.
        let address = unsafe { *scratch.tail.as_ptr().cast::<u64>().add(index) };
        // Without a branch, for each would double the paths that the verifier walks. The highest
        // bit of the difference tells "below the end", that of the distance "below the start".
        let distance = address.wrapping_sub(start);
        found |= distance.wrapping_sub(len) & !distance;
    }
    found >> 63 != 0
}

/// The same number, by way of a map's value: what a loop that ends at it finds out of it, the verifier
/// does not know of the number itself. Else all that follows would be gone through for each end.
#[inline(always)]
fn apart(place: *mut u64, number: usize) -> usize {
    // SAFETY: the place is the start of a scratch's record, which is written later.
    unsafe {
        place.write_volatile(number as u64);
        place.read_volatile() as usize
    }
}
