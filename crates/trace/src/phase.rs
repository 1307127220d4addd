//! Kernel phases: what kind of work the time was spent on.

use serde::{Deserialize, Serialize};

/// A kind of kernel work. Stages are when, phases are what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "phase_name"))]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// clone/clone3/unshare with any CLONE_NEW*, setns.
    Namespaces,
    /// mount and its newer calls, umount2, pivot_root, chroot, mknod, reads of mountinfo.
    Mounts,
    /// The snapshotter's own work: layers, reflinks, device mapper, loop devices, copy-up.
    Storage,
    /// mkdir, rmdir, open, read, write on cgroup and cgroup2, and device programs.
    Cgroups,
    /// Network set-up: netlink, SIOC ioctls, /proc/sys/net, veth, bridge, firewall.
    Network,
    /// seccomp, capset, set*id, no_new_privs, landlock, LSM attributes, uid_map.
    Security,
    /// fork, exec, exit, wait, signals to processes.
    Process,
    /// All other file system calls.
    Files,
    /// mmap, munmap, mprotect, brk, madvise, page faults.
    Memory,
    /// Traffic on sockets that is not set-up.
    Sockets,
    /// futex, epoll, poll, pipes, eventfd, sleeps.
    Ipc,
    /// Waiting for a kernel lock, by name.
    Locks,
    /// Waiting for a grace period.
    Rcu,
    /// Waiting for block I/O.
    Disk,
    /// Stopped, because a control group had used up its CPU quota.
    Throttled,
    /// Runnable, waiting for a CPU.
    Runqueue,
    /// What the probes of the recording took.
    Observer,
    /// User-mode CPU.
    User,
    /// Not classified.
    Unknown,
}

impl Phase {
    /// All phases, in the order in which reports list equals.
    pub const ALL: &'static [Self] = &[
        Self::Namespaces,
        Self::Mounts,
        Self::Storage,
        Self::Cgroups,
        Self::Network,
        Self::Security,
        Self::Process,
        Self::Files,
        Self::Memory,
        Self::Sockets,
        Self::Ipc,
        Self::Locks,
        Self::Rcu,
        Self::Disk,
        Self::Throttled,
        Self::Runqueue,
        Self::Observer,
        Self::User,
        Self::Unknown,
    ];

    /// Whether it is a wait for the kernel, a device or a CPU, which is counted by itself: neither a
    /// system call's own work nor a wait for another process.
    pub const fn is_wait(self) -> bool {
        match self {
            Self::Locks | Self::Rcu | Self::Disk | Self::Throttled | Self::Runqueue => true,
            Self::Namespaces
            | Self::Mounts
            | Self::Storage
            | Self::Cgroups
            | Self::Network
            | Self::Security
            | Self::Process
            | Self::Files
            | Self::Memory
            | Self::Sockets
            | Self::Ipc
            | Self::Observer
            | Self::User
            | Self::Unknown => false,
        }
    }

    /// The stable name, used in JSON and in file names.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Namespaces => "namespaces",
            Self::Mounts => "mounts",
            Self::Storage => "storage",
            Self::Cgroups => "cgroups",
            Self::Network => "network",
            Self::Security => "security",
            Self::Process => "process",
            Self::Files => "files",
            Self::Memory => "memory",
            Self::Sockets => "sockets",
            Self::Ipc => "ipc",
            Self::Locks => "locks",
            Self::Rcu => "rcu",
            Self::Disk => "disk",
            Self::Throttled => "throttled",
            Self::Runqueue => "runqueue",
            Self::Observer => "observer",
            Self::User => "user",
            Self::Unknown => "unknown",
        }
    }
}
