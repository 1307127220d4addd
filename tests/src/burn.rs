//! Using up CPU time.

use std::hint;
use std::time::{Duration, Instant};

/// How long to compute between two looks at the CPU clock.
const SLICE: Duration = Duration::from_micros(100);

/// Computes until the calling thread has used `duration_ns` more of CPU time.
///
/// Reading the thread's CPU clock is a system call, done once a slice; the clock in between is
/// read without one (vdso(7)).
pub fn cpu_time(duration_ns: u64) {
    calling(duration_ns, || {
        let slice = Instant::now();
        while slice.elapsed() < SLICE {
            hint::spin_loop();
        }
    });
}

/// Calls a function, which takes about a tenth of a millisecond, until the calling thread has used
/// `duration_ns` more of CPU time.
#[inline(always)]
pub fn calling(duration_ns: u64, mut function: impl FnMut()) {
    let start_ns = thread_cpu_ns();
    while thread_cpu_ns() - start_ns < duration_ns {
        function();
    }
}

/// The wall time of a fixed piece of work: steps of a generator, each of which waits for the one before (xorshift64,
/// Marsaglia, Xorshift RNGs, 2003). A measure of the machine's speed at the moment.
pub fn fixed_work() -> Duration {
    const STEPS: u32 = 10_000_000;
    let begun = Instant::now();
    let mut state = hint::black_box(0x2545_f491_4f6c_dd1d_u64);
    for _ in 0..STEPS {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
    }
    hint::black_box(state);
    begun.elapsed()
}

fn thread_cpu_ns() -> u64 {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `time` is valid for the kernel to write a timespec to.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_least_the_time_asked_for_is_used() {
        let start_ns = thread_cpu_ns();
        cpu_time(5_000_000);
        assert!(thread_cpu_ns() - start_ns >= 5_000_000);
    }
}
