//! Whether this process lives in the machine's first namespaces.

use std::fs;

/// A kind of namespace that matters to capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Namespace {
    /// In a nested one processes have other numbers than the probes see.
    Pid,
    /// From a nested one no programs are loaded.
    User,
}

/// Where this process lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nesting {
    /// In the machine's first namespace of a kind.
    First,
    /// In another.
    Nested,
    /// /proc does not tell.
    Unknown,
}

impl Namespace {
    /// The name of its file in /proc/PID/ns.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pid => "pid",
            Self::User => "user",
        }
    }

    /// Inode number of the first one (`PROC_PID_INIT_INO`, `PROC_USER_INIT_INO`:
    /// include/linux/proc_ns.h, v6.18).
    const fn first_inode(self) -> u32 {
        match self {
            Self::Pid => 0xEFFF_FFFC,
            Self::User => 0xEFFF_FFFD,
        }
    }

    /// Where this process lives.
    pub fn nesting(self) -> Nesting {
        let link = fs::read_link(format!("/proc/self/ns/{}", self.name())).unwrap_or_default();
        self.nesting_by(&link.to_string_lossy())
    }

    /// The same by the target of the link, `pid:[4026531836]` (namespaces(7)).
    fn nesting_by(self, link: &str) -> Nesting {
        let inode = link
            .split_once('[')
            .and_then(|(_, inode)| inode.strip_suffix(']')?.parse::<u32>().ok());
        match inode {
            Some(inode) if inode == self.first_inode() => Nesting::First,
            Some(_) => Nesting::Nested,
            None => Nesting::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_namespace_is_told_by_its_inode() {
        for (link, nesting) in [
            ("pid:[4026531836]", Nesting::First),
            ("pid:[4026532201]", Nesting::Nested),
            ("", Nesting::Unknown),
        ] {
            assert_eq!(Namespace::Pid.nesting_by(link), nesting, "{link}");
        }
    }
}
