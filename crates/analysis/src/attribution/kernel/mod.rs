//! Names of kernel functions and locks that the analysis knows: facts of the kernel.
//!
//! - [`name`]: a name, and which kernels have it.
//! - [`schedule`], [`wait`], [`grace_period`], [`lock`], [`entry`], [`fault`], [`interrupt`],
//!   [`copy_up`], [`unmount`]: the
//!   names, by what they say of a stack.
//! - [`hooked`]: functions that are hooked.
//! - [`check`]: what of this a kernel contradicts. End-to-end tests ask it of the machine's own kernel
//!   and of the guests'.
//!
//! A name that none of the tested kernels ([`series::TESTED`]) has is not kept: nothing would show
//! that it is right.

pub mod check;
pub mod copy_up;
pub mod entry;
pub mod fault;
pub mod grace_period;
pub mod hooked;
pub mod interrupt;
pub mod lock;
pub mod name;
pub mod schedule;
pub mod series;
pub mod unmount;
pub mod wait;

pub use name::{Kind, Name, has};

/// All names, each once for every table that has it.
pub fn names() -> Vec<Name> {
    const TABLES: &[&[Name]] = &[
        schedule::SCHEDULER,
        schedule::IO_SCHEDULE,
        schedule::PROBES,
        schedule::CALL_PROBES,
        schedule::BEFORE_WAIT,
        wait::DISK,
        wait::RECLAIM,
        wait::FROZEN,
        wait::STOPPED,
        unmount::CLEANUP,
        unmount::OVERLAY_SYNC,
        unmount::FILE_SYSTEMS,
        grace_period::GRACE_PERIODS,
        grace_period::AROUND,
        grace_period::CGROUP_MOVES,
        grace_period::UNMOUNTS,
        entry::ENTRIES,
        entry::PAGE_FAULT,
        fault::RECLAIM,
        fault::SWAP,
        fault::FILE,
        fault::COPY_ON_WRITE,
        entry::INTERRUPTS,
        entry::WAY_BACK,
        entry::TASK_WORK,
        entry::EXIT,
        interrupt::SOFT_INTERRUPT,
        interrupt::TIMERS,
        interrupt::TIMER_CALLS,
        interrupt::WAKE_UPS,
        interrupt::NETWORK_RECEIVE,
        interrupt::DELETES_NAMESPACES,
        copy_up::OVERLAYFS,
        copy_up::AUFS,
    ];
    let tables = TABLES.iter().copied().flatten().copied();
    tables.chain(lock::names()).chain(hooked::names()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn a_tested_kernel_has_each_name() {
        for name in names() {
            let mut tested = series::TESTED.iter();
            assert!(
                tested.any(|&series| name.must_be_in(series)),
                "no tested kernel has {}",
                name.text
            );
        }
    }

    #[test]
    fn marks_are_about_tested_kernels_and_have_a_source() {
        for name in names() {
            let ends = name.since.iter().chain(&name.until);
            let mut marked = ends.chain(name.inlined_in).peekable();
            assert_eq!(marked.peek().is_some(), !name.source.is_empty(), "{name:?}");
            assert!(
                marked.all(|series| series::TESTED.contains(series)),
                "{name:?}"
            );
        }
    }

    #[test]
    fn tables_agree_on_a_name() {
        let mut seen: BTreeMap<&str, Name> = BTreeMap::new();
        for name in names() {
            if let Some(other) = seen.insert(name.text, name) {
                assert_eq!(other, name);
            }
        }
    }
}
