//! Precedence over what else runs on the machine, for tracees whose times are looked at.
//!
//! Under sched(7) a real-time thread waits for no ordinary one. Without that, a busy machine makes
//! another program of a tracee: one that is preempted in the middle of a send is not waiting yet
//! when the answer comes, and its critical path is rightly another.

use std::fs;
use std::io::{self, Error};

use anyhow::{Context, Result};

/// The lowest real-time priority is above every ordinary one.
const PRIORITY: libc::c_int = 1;

/// Lets this thread, and what it starts from now on, keep a CPU until it waits for something.
pub fn take_precedence() {
    take(libc::SCHED_FIFO);
}

/// The same, but for taking turns with others of its kind on the same CPU, each [`turn_ms`] long.
pub fn take_turns() {
    take(libc::SCHED_RR);
}

/// How long a turn is, in milliseconds.
pub fn turn_ms() -> Result<u64> {
    let path = "/proc/sys/kernel/sched_rr_timeslice_ms";
    let text = fs::read_to_string(path)?;
    text.trim()
        .parse()
        .with_context(|| format!("{path} holds {text:?}"))
}

/// Says so where it is not allowed, and goes on: the times are then what the machine makes of them.
fn take(policy: libc::c_int) {
    if let Err(error) = set_policy(policy) {
        eprintln!("real-time scheduling was refused ({error}); other load may change times");
    }
}

fn set_policy(policy: libc::c_int) -> io::Result<()> {
    let parameters = libc::sched_param {
        sched_priority: PRIORITY,
    };
    // SAFETY: the parameters are valid for the kernel to read; 0 is the calling thread.
    match unsafe { libc::sched_setscheduler(0, policy, &raw const parameters) } {
        0 => Ok(()),
        _ => Err(Error::last_os_error()),
    }
}
