//! Kernel locks, and the functions that wait for them.

mod cgroup;
mod file;
mod memory;
mod mount;
mod network;
mod process;
mod wait;

use super::name::{Name, has};

pub use network::WRITTEN;
pub use wait::{SPINS, WAITS};

/// A lock, and where one waits for it.
#[derive(Clone, Copy, Debug)]
pub struct Lock {
    /// Its name.
    pub name: Name,
    /// Functions that acquire it, or that call one that does and is inlined.
    pub acquired_in: &'static [Name],
}

impl Lock {
    const fn new(name: Name, acquired_in: &'static [Name]) -> Self {
        Self { name, acquired_in }
    }

    /// Whether one waits for it in a function.
    pub fn is_acquired_in(&self, function: &str) -> bool {
        has(self.acquired_in, function)
    }
}

/// All locks, by the functions in which one waits for them.
pub fn locks() -> impl Iterator<Item = &'static Lock> {
    let subjects = [
        network::LOCKS,
        cgroup::LOCKS,
        mount::LOCKS,
        file::LOCKS,
        memory::LOCKS,
        process::LOCKS,
    ];
    subjects.into_iter().flatten()
}

/// The names of all locks, and of all functions that wait for one.
pub fn names() -> impl Iterator<Item = Name> {
    let of_locks = locks().chain(WRITTEN);
    of_locks
        .flat_map(|lock| std::iter::once(&lock.name).chain(lock.acquired_in))
        .chain(WAITS)
        .chain(SPINS)
        .copied()
}
