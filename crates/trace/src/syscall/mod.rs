//! System calls: names by number for each machine, and what is known of each name.
//!
//! One table ([`table`]) holds a line for each call. It says both how the kernel side records the
//! call (where its descriptor and paths are) and what kind of work the call is, from which phases
//! are derived.

use std::collections::HashMap;
use std::sync::OnceLock;

use profiler_common::{SYSCALL_TABLE_LEN, SyscallClass};

pub mod table;

pub use table::{FileWork, Nature};

/// A machine whose system call numbers are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Machine {
    /// 64-bit x86.
    X86_64,
    /// 64-bit Arm.
    Aarch64,
}

impl Machine {
    /// The machine of this hardware name (`uname -m`), if its numbers are known.
    pub fn from_uname(machine: &str) -> Option<Self> {
        match machine {
            "x86_64" => Some(Self::X86_64),
            "aarch64" | "arm64" => Some(Self::Aarch64),
            _ => None,
        }
    }

    /// The machine that this program was built for, if its numbers are known.
    pub fn native() -> Option<Self> {
        Self::from_uname(std::env::consts::ARCH)
    }
}

/// The name of a system call; nothing for a number that `machine` does not use.
pub fn name(machine: Machine, number: u32) -> Option<&'static str> {
    let index = usize::try_from(number).ok()?;
    let name = match machine {
        Machine::X86_64 => syscalls::x86_64::Sysno::new(index)?.name(),
        Machine::Aarch64 => syscalls::aarch64::Sysno::new(index)?.name(),
    };
    Some(match name {
        // The same call; one name keeps reports of two machines comparable.
        "fstatat" => "newfstatat",
        other => other,
    })
}

/// The number of a system call; nothing where `machine` has no such call.
pub fn number(machine: Machine, name: &str) -> Option<u32> {
    let id = match machine {
        Machine::X86_64 => name.parse::<syscalls::x86_64::Sysno>().ok()?.id(),
        Machine::Aarch64 => {
            let name = if name == "newfstatat" {
                "fstatat"
            } else {
                name
            };
            name.parse::<syscalls::aarch64::Sysno>().ok()?.id()
        }
    };
    u32::try_from(id).ok()
}

/// How the kernel side records the call of this name; [`SyscallClass::NONE`] for one that is not
/// in the table.
pub fn class_of(name: &str) -> SyscallClass {
    entry(name).map_or(SyscallClass::NONE, |entry| entry.class)
}

/// The kind of work of the call of this name; nothing for one that is not in the table.
pub fn nature_of(name: &str) -> Option<Nature> {
    entry(name).map(|entry| entry.nature)
}

/// The class of every number, [`SYSCALL_TABLE_LEN`] long: what the kernel side's map is filled with.
pub fn class_table(machine: Machine) -> Vec<SyscallClass> {
    (0..SYSCALL_TABLE_LEN)
        .map(|index| {
            u32::try_from(index)
                .ok()
                .and_then(|number| name(machine, number))
                .map_or(SyscallClass::NONE, class_of)
        })
        .collect()
}

/// Whether a call's result is a number of bytes of content: others of its kind give an offset, or
/// nothing (`ftruncate`, `getdents64`).
pub fn moves_bytes(name: &str) -> bool {
    const MOVING: &[&str] = &[
        "copy_file_range",
        "pread64",
        "preadv",
        "preadv2",
        "pwrite64",
        "pwritev",
        "pwritev2",
        "read",
        "readv",
        "sendfile",
        "splice",
        "write",
        "writev",
    ];
    MOVING.contains(&name)
}

fn entry(name: &str) -> Option<&'static table::Entry> {
    static BY_NAME: OnceLock<HashMap<&'static str, &'static table::Entry>> = OnceLock::new();
    BY_NAME
        .get_or_init(|| {
            table::TABLE
                .iter()
                .map(|entry| (entry.name, entry))
                .collect()
        })
        .get(name)
        .copied()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn names(machine: Machine) -> Vec<&'static str> {
        (0..SYSCALL_TABLE_LEN as u32)
            .filter_map(|number| name(machine, number))
            .collect()
    }

    #[test]
    fn every_name_has_one_line() {
        let unique: BTreeSet<_> = table::TABLE.iter().map(|entry| entry.name).collect();
        assert_eq!(unique.len(), table::TABLE.len());
    }

    #[test]
    fn no_call_of_either_machine_is_unknown() {
        for machine in [Machine::X86_64, Machine::Aarch64] {
            let unknown: Vec<_> = names(machine)
                .into_iter()
                // Numbers that only 32-bit machines use, which the crate lists for all.
                .filter(|name| !name.ends_with("time64") && !name.ends_with("64_time64"))
                .filter(|name| !(name.starts_with("clock_") && name.ends_with("64")))
                .filter(|name| !(name.starts_with("timer") && name.ends_with("64")))
                .filter(|name| nature_of(name).is_none())
                .collect();
            assert_eq!(unknown, Vec::<&str>::new(), "on {machine:?}");
        }
    }

    #[test]
    fn every_line_is_a_call_of_some_machine() {
        let known: BTreeSet<_> = [Machine::X86_64, Machine::Aarch64]
            .into_iter()
            .flat_map(names)
            .collect();
        let stray: Vec<_> = table::TABLE
            .iter()
            .filter(|entry| !known.contains(entry.name))
            .map(|entry| entry.name)
            .collect();
        assert_eq!(stray, Vec::<&str>::new());
    }

    #[test]
    fn numbers_and_names_are_inverse() {
        for machine in [Machine::X86_64, Machine::Aarch64] {
            for number in 0..SYSCALL_TABLE_LEN as u32 {
                if let Some(name) = name(machine, number) {
                    assert_eq!(super::number(machine, name), Some(number), "{name}");
                }
            }
        }
    }

    #[test]
    fn numbers_are_the_machines_own() {
        assert_eq!(number(Machine::X86_64, "openat"), Some(257));
        assert_eq!(number(Machine::Aarch64, "openat"), Some(56));
        assert_eq!(name(Machine::X86_64, 262), Some("newfstatat"));
        assert_eq!(name(Machine::Aarch64, 79), Some("newfstatat"));
        assert_eq!(number(Machine::Aarch64, "open"), None);
        assert_eq!(Machine::from_uname("riscv64"), None);
    }

    #[test]
    fn the_table_by_number_holds_the_class_of_the_name() {
        let classes = class_table(Machine::X86_64);
        assert_eq!(classes.len(), SYSCALL_TABLE_LEN);
        assert!(classes[257].has(SyscallClass::PATH1.and(SyscallClass::RETURNS_FD)));
        assert!(classes[435].has(SyscallClass::CLONE_ARGS.and(SyscallClass::STRUCTURAL)));
        assert!(classes[231].has(SyscallClass::EXITS.and(SyscallClass::EXITS_GROUP)));
        assert!(classes[3].has(SyscallClass::FD0.and(SyscallClass::FD_ON_ENTRY)));
        assert!(!classes[0].has(SyscallClass::MAY_JOIN));
        assert_eq!(classes[SYSCALL_TABLE_LEN - 1], SyscallClass::NONE);
    }
}
