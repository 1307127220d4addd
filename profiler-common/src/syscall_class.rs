//! The class of a system call for the kernel side: where its descriptor and its paths are.
//!
//! The table is filled by the user side from names, so the kernel programs hold no numbers of an
//! architecture.

/// Bits that say how a system call is recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(transparent)]
pub struct SyscallClass(pub u32);

impl SyscallClass {
    /// Nothing beyond number, times and arguments.
    pub const NONE: Self = Self(0);
    /// Argument 0 is a descriptor.
    pub const FD0: Self = Self(1);
    /// Argument 4 is a descriptor (`mmap`).
    pub const FD4: Self = Self(1 << 1);
    /// The descriptor has to be looked at on entry, for it is gone at the exit (`close`).
    pub const FD_ON_ENTRY: Self = Self(1 << 2);
    /// The result is a descriptor.
    pub const RETURNS_FD: Self = Self(1 << 3);
    /// Argument 0 is a path.
    pub const PATH0: Self = Self(1 << 4);
    /// Argument 1 is a path.
    pub const PATH1: Self = Self(1 << 5);
    /// Argument 2 is a string too (the type of a file system, `fsconfig`'s key).
    pub const TEXT2: Self = Self(1 << 6);
    /// Always a span, whatever the capture level.
    pub const STRUCTURAL: Self = Self(1 << 7);
    /// Clone flags are behind argument 0 (`clone3`'s `struct clone_args`).
    pub const CLONE_ARGS: Self = Self(1 << 8);
    /// Clone flags are argument 0 itself (`clone`, `unshare`).
    pub const CLONE_FLAGS: Self = Self(1 << 9);
    /// A wake-up made inside this call can make the woken process join the tracked set.
    pub const MAY_JOIN: Self = Self(1 << 10);
    /// Connects a socket: the peer that listens joins.
    pub const CONNECT: Self = Self(1 << 11);
    /// `exit` and `exit_group`: the call does not return.
    pub const EXITS: Self = Self(1 << 12);
    /// `prctl`, by which marks are set.
    pub const PRCTL: Self = Self(1 << 13);
    /// Argument 0 is a socket address family (`socket`, `socketpair`).
    pub const FAMILY0: Self = Self(1 << 14);
    /// `execve`: on success its path is the new program's.
    pub const EXECS: Self = Self(1 << 15);
    /// Argument 1 is the clone flags (`setns`).
    pub const CLONE_FLAGS1: Self = Self(1 << 16);
    /// `exit_group`: takes the whole process down.
    pub const EXITS_GROUP: Self = Self(1 << 17);

    /// Argument 0 is an array of `struct pollfd`, argument 1 its length.
    pub const POLLS: Self = Self(1 << 18);
    /// Argument 4 is a socket address (`sendto`).
    pub const ADDRESS4: Self = Self(1 << 19);
    /// A socket address is behind argument 1 (`sendmsg`'s `struct msghdr`).
    pub const ADDRESS_IN_MESSAGE: Self = Self(1 << 20);

    /// Makes a socket: what is known of one at its address is of another.
    pub const MAKES_SOCKET: Self = Self(1 << 21);
    /// `setsockopt`, by which sockets are given time limits.
    pub const SETS_OPTION: Self = Self(1 << 22);

    /// Whether every bit of `other` is set.
    #[inline(always)]
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether any bit of `other` is set.
    #[inline(always)]
    pub const fn has_any(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Both sets of bits.
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}
