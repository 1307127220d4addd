//! Names of kernel locks, by the functions that acquire them.
//!
//! A lock's address has a name only where kallsyms holds data symbols. The function that acquires
//! it is on the waiter's stack everywhere, and most functions acquire one lock that one can wait
//! for. Functions that are inlined, or that end in a tail call to `mutex_lock`, are missing from
//! stacks; then their callers are what is seen, so those are listed, too
//! ([`super::kernel::lock`]).

use super::kernel::has;
use super::kernel::lock::{Lock, SPINS, WAITS, WRITTEN, locks};

/// Whether a function waits for a lock.
pub fn waits(function: &str) -> bool {
    has(WAITS, function) || has(SPINS, function)
}

/// The name of the lock that a thread waits for in `function`, if the function tells.
pub fn acquired_in(function: &str) -> Option<&'static str> {
    lock_of(locks(), function)
}

fn lock_of(mut locks: impl Iterator<Item = &'static Lock>, function: &str) -> Option<&'static str> {
    let lock = locks.find(|lock| lock.is_acquired_in(function))?;
    Some(lock.name.text)
}

/// In the names of functions that wait for a lock that readers share.
const TO_WRITE: &str = "write";

/// The name of the lock that a stack waits for: the frames from the innermost outwards, those of
/// the scheduler already taken off. Nothing if it does not wait for one.
///
/// The first function behind the lock's own that is known to acquire one names it, if it is near;
/// else that first function itself stands for the lock.
pub fn name<'a>(frames: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    const NEAR: usize = 4;
    let mut frames = frames.peekable();
    let mut has_waited = false;
    let mut to_write = false;
    while let Some(function) = frames.next_if(|function| waits(function)) {
        has_waited = true;
        to_write |= function.contains(TO_WRITE);
    }
    if !has_waited {
        return None;
    }
    let acquirer = frames.peek().copied();
    let written_in = |function| lock_of(WRITTEN.iter(), function).filter(|_| to_write);
    frames
        .take(NEAR)
        .find_map(|function| written_in(function).or_else(|| acquired_in(function)))
        .or(acquirer)
        .or(Some("unnamed lock"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribution::kernel::Name;

    #[track_caller]
    fn check(stack: &str, expected: Option<&str>) {
        assert_eq!(name(stack.split(' ')), expected);
    }

    #[test]
    fn the_acquiring_function_names_the_lock() {
        check("__mutex_lock rtnl_lock do_setlink", Some("rtnl_mutex"));
        check(
            "__mutex_lock rtnetlink_rcv_msg netlink_rcv_skb",
            Some("rtnl_mutex"),
        );
        check(
            "rwsem_down_read_slowpath down_read_killable copy_net_ns",
            Some("pernet_ops_rwsem"),
        );
        check(
            "__mutex_lock cgroup_kn_lock_live cgroup_mkdir",
            Some("cgroup_mutex"),
        );
        check(
            "rwsem_down_read_slowpath down_read cleanup_net process_one_work",
            Some("pernet_ops_rwsem"),
        );
        check(
            "rwsem_down_write_slowpath down_write cleanup_net process_one_work",
            Some("net_rwsem"),
        );
        check(
            "rwsem_down_write_slowpath down_write do_lock_mount",
            Some("namespace_sem"),
        );
        check(
            "percpu_rwsem_wait __percpu_down_read exit_signals do_exit",
            Some("cgroup_threadgroup_rwsem"),
        );
    }

    #[test]
    fn an_unknown_acquirer_stands_for_its_lock() {
        check(
            "__mutex_lock some_driver_open chrdev_open",
            Some("some_driver_open"),
        );
        check("mutex_lock", Some("unnamed lock"));
    }

    #[test]
    fn another_wait_is_no_lock() {
        check("futex_wait_queue __futex_wait rtnl_lock", None);
    }

    #[test]
    fn no_function_acquires_two_locks() {
        let mut seen = std::collections::BTreeSet::new();
        let functions = locks().flat_map(|lock| lock.acquired_in);
        for Name { text, .. } in functions {
            assert!(seen.insert(text), "{text}");
        }
    }
}
