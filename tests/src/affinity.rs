//! On which CPU a thread runs.

use std::io::{self, Error};

/// Binds this thread, and those that it will start, to a CPU.
pub fn bind(cpu: usize) -> io::Result<()> {
    // SAFETY: a CPU set is plain bits, of which none is a valid state.
    let result = unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        libc::CPU_SET(cpu, &mut set);
        libc::sched_setaffinity(0, size_of_val(&set), &raw const set)
    };
    if result == 0 {
        Ok(())
    } else {
        Err(Error::last_os_error())
    }
}

/// The CPU on which this thread runs.
pub fn current() -> io::Result<usize> {
    // SAFETY: it has no arguments.
    usize::try_from(unsafe { libc::sched_getcpu() }).map_err(Error::other)
}
