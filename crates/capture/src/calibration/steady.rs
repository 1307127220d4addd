//! Keeping a thread steady while it is timed.

use nix::sched::{CpuSet, sched_getaffinity, sched_getcpu, sched_setaffinity};
use nix::unistd::Pid;

/// The calling thread.
const THIS_THREAD: Pid = Pid::from_raw(0);

/// Keeps the thread that made it on one CPU, undisturbed, until it is dropped: under a real-time
/// policy if it may (`SCHED_FIFO` needs CAP_SYS_NICE), else under one that preempts nobody
/// (`SCHED_BATCH`). Two such threads that wake each other run in turns, always the same way
/// (sched(7)). Children inherit it. Best effort: where the system refuses, timings are merely less
/// steady.
pub struct Steady {
    cpu: usize,
    affinity: Option<CpuSet>,
    policy: Option<Policy>,
}

struct Policy {
    number: libc::c_int,
    parameters: libc::sched_param,
}

impl Steady {
    /// On the CPU that the thread is on.
    pub fn here() -> Self {
        Self::on(sched_getcpu().unwrap_or(0))
    }

    /// On this CPU.
    pub fn on(cpu: usize) -> Self {
        let affinity = sched_getaffinity(THIS_THREAD).ok();
        let mut only = CpuSet::new();
        if only.set(cpu).is_ok() {
            let _ = sched_setaffinity(THIS_THREAD, &only);
        }
        let policy = Policy::current();
        if !Policy::FIFO.set() {
            Policy::BATCH.set();
        }
        Self {
            cpu,
            affinity,
            policy,
        }
    }

    /// Which CPU.
    pub fn cpu(&self) -> usize {
        self.cpu
    }
}

impl Drop for Steady {
    fn drop(&mut self) {
        // Restores the former policy and affinity; the latter fails if those CPUs have gone.
        if let Some(policy) = &self.policy {
            policy.set();
        }
        if let Some(affinity) = &self.affinity {
            let _ = sched_setaffinity(THIS_THREAD, affinity);
        }
    }
}

impl Policy {
    /// The least of the real-time priorities.
    const FIFO: Self = Self {
        number: libc::SCHED_FIFO,
        parameters: libc::sched_param { sched_priority: 1 },
    };
    const BATCH: Self = Self {
        number: libc::SCHED_BATCH,
        parameters: libc::sched_param { sched_priority: 0 },
    };

    /// That of the calling thread.
    fn current() -> Option<Self> {
        let mut parameters = Self::BATCH.parameters;
        // SAFETY: asks for the calling thread's policy; no memory is involved.
        let number = unsafe { libc::sched_getscheduler(0) };
        // SAFETY: fills a sched_param, and that is what it is given (sched_getparam(2)).
        let failed = unsafe { libc::sched_getparam(0, &raw mut parameters) } != 0;
        (number >= 0 && !failed).then_some(Self { number, parameters })
    }

    /// Whether it could be set for the calling thread.
    fn set(&self) -> bool {
        // SAFETY: reads a sched_param, and that is what it is given (sched_setscheduler(2)).
        unsafe { libc::sched_setscheduler(0, self.number, &raw const self.parameters) == 0 }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn a_thread_is_let_go_again() {
        let affinity = sched_getaffinity(THIS_THREAD).unwrap();
        let policy = Policy::current().unwrap().number;
        {
            let steady = Steady::here();
            let now = sched_getaffinity(THIS_THREAD).unwrap();
            let allowed = (0..CpuSet::count()).filter(|&cpu| now.is_set(cpu).unwrap());
            assert_eq!(allowed.collect::<Vec<_>>(), [steady.cpu()]);
            let steady = [libc::SCHED_FIFO, libc::SCHED_BATCH];
            assert!(steady.contains(&Policy::current().unwrap().number));
        }
        assert_eq!(sched_getaffinity(THIS_THREAD).unwrap(), affinity);
        assert_eq!(Policy::current().unwrap().number, policy);
    }
}
