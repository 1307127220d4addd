//! Kernel functions that are hooked where the kernel allows it.

macro_rules! functions {
    ($($(#[$doc:meta])* $variant:ident = $name:literal),+ $(,)?) => {
        /// A hooked kernel function (names of v6.18).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u32)]
        pub enum KernelFunction { $($(#[$doc])* $variant),+ }

        impl KernelFunction {
            /// All of them, in the order of their indexes.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Its name in the kernel.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// The function with this index, if there is one.
            pub fn from_u32(index: u32) -> Option<Self> {
                Self::ALL.get(index as usize).copied()
            }
        }
    };
}

functions! {
    /// Makes a network namespace (net/core/net_namespace.c).
    CopyNetNs = "copy_net_ns",
    /// Initialises one, subsystem by subsystem.
    SetupNet = "setup_net",
    /// Takes dead ones down, on a worker.
    CleanupNet = "cleanup_net",
    /// Makes a mount namespace (fs/namespace.c).
    CopyMntNs = "copy_mnt_ns",
    /// Puts a tree of mounts in place.
    AttachRecursiveMnt = "attach_recursive_mnt",
    /// Makes an ipc namespace (ipc/namespace.c).
    CopyIpcs = "copy_ipcs",
    /// Makes a pid namespace (kernel/pid_namespace.c).
    CopyPidNs = "copy_pid_ns",
    /// Makes a cgroup (kernel/cgroup/cgroup.c).
    CgroupMkdir = "cgroup_mkdir",
    /// Moves tasks into one.
    CgroupAttachTask = "cgroup_attach_task",
    /// Moves them, controller by controller.
    CgroupMigrate = "cgroup_migrate",
    /// Opens a file on overlayfs (fs/overlayfs/file.c).
    OvlOpen = "ovl_open",
    /// Reads from one.
    OvlReadIter = "ovl_read_iter",
    /// Writes to one.
    OvlWriteIter = "ovl_write_iter",
    /// Copies a file up (fs/overlayfs/copy_up.c).
    OvlCopyUpFlags = "ovl_copy_up_flags",
    /// Waits for a grace period (kernel/rcu/tree.c).
    SynchronizeRcu = "synchronize_rcu",
}

/// Number of hooked functions.
pub const FUNCTIONS: usize = KernelFunction::ALL.len();
