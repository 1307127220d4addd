//! A phase, and what kind of work within it.

use std::fmt;

use super::file_system::FileSystem;
use trace::phase::Phase;
use trace::role::Role;
use trace::syscall::FileWork;

/// A phase and its part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Category<'a> {
    /// Phase.
    pub phase: Phase,
    /// Part of it.
    pub part: Part<'a>,
}

impl<'a> Category<'a> {
    /// A phase and the name of its part.
    pub const fn named(phase: Phase, part: &'a str) -> Self {
        Self {
            phase,
            part: Part::Named(part),
        }
    }

    /// The category of an interval that could not be classified; `part` says how far it is known.
    pub const fn unknown(part: &'a str) -> Self {
        Self::named(Phase::Unknown, part)
    }

    /// File system work.
    pub const fn file(work: FileWork, file_system: FileSystem) -> Self {
        Self {
            phase: Phase::Files,
            part: Part::File(work, file_system),
        }
    }
}

/// A part of a phase. Shown by [`fmt::Display`]; empty where a phase has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part<'a> {
    /// A name: `wait`, `rtnl_mutex`, `unix`, ...
    Named(&'a str),
    /// Kinds of namespaces: the `CLONE_NEW*` flags of the call.
    Namespaces(u32),
    /// A kind of file system work, and on which file system.
    File(FileWork, FileSystem),
    /// A system call that is not in the table.
    Number(u32),
    /// Who runs on the CPU meanwhile: the name of a process, and its role.
    Behind(&'a str, Role),
}

impl Part<'_> {
    /// Kind of work alone, without the file system.
    pub fn kind(&self) -> String {
        match self {
            Self::File(work, _) => work_name(*work).to_owned(),
            Self::Named(_) | Self::Namespaces(_) | Self::Number(_) | Self::Behind(..) => {
                self.to_string()
            }
        }
    }

    /// The file system, where the part has one.
    pub fn file_system(&self) -> Option<FileSystem> {
        match self {
            Self::File(_, file_system) if file_system.magic() != 0 => Some(*file_system),
            Self::File(..)
            | Self::Named(_)
            | Self::Namespaces(_)
            | Self::Number(_)
            | Self::Behind(..) => None,
        }
    }
}

impl fmt::Display for Part<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(name) => f.write_str(name),
            Self::Namespaces(flags) => write_namespaces(f, *flags),
            Self::File(work, file_system) => {
                f.write_str(work_name(*work))?;
                match file_system.magic() {
                    0 => Ok(()),
                    _ => write!(f, " {file_system}"),
                }
            }
            Self::Number(number) => write!(f, "system call {number}"),
            // Whoever has no part in the container's life has no role worth a word.
            Self::Behind(name, Role::Other | Role::KernelThread) => write!(f, "behind {name}"),
            Self::Behind(name, role) => write!(f, "behind {name} ({})", role.name()),
        }
    }
}

/// Whether a part of a wait for a CPU, by the name that it is given above, is behind a process or kernel
/// thread that has no part in the container's life.
pub fn is_behind_outsider(part: &str) -> bool {
    let is_own = |role: &Role| part.ends_with(&format!(" ({})", role.name()));
    part.starts_with("behind ") && !Role::ALL.iter().any(is_own)
}

/// The name of a kind of file system work.
pub const fn work_name(work: FileWork) -> &'static str {
    match work {
        FileWork::Open => "open",
        FileWork::Close => "close",
        FileWork::Metadata => "metadata",
        FileWork::Read => "read",
        FileWork::Write => "write",
        FileWork::Sync => "sync",
    }
}

/// `CLONE_NEW*` (include/uapi/linux/sched.h, v6.18) and the short names of clone(2)'s namespaces.
pub const NAMESPACES: &[(u32, &str)] = &[
    (0x0002_0000, "mnt"),
    (0x2000_0000, "pid"),
    (0x4000_0000, "net"),
    (0x0800_0000, "ipc"),
    (0x0400_0000, "uts"),
    (0x1000_0000, "user"),
    (0x0200_0000, "cgroup"),
    (0x0000_0080, "time"),
];

/// The `CLONE_NEW*` bits of clone flags.
pub fn namespace_flags(clone_flags: u64) -> u32 {
    let mask = NAMESPACES.iter().fold(0, |mask, (bit, _)| mask | bit);
    clone_flags as u32 & mask
}

fn write_namespaces(f: &mut fmt::Formatter<'_>, flags: u32) -> fmt::Result {
    let mut separator = "";
    for (bit, name) in NAMESPACES {
        if flags & bit != 0 {
            write!(f, "{separator}{name}")?;
            separator = "+";
        }
    }
    Ok(())
}
