//! The constants that the loader sets before the programs are verified.
//!
//! Rust emits no CO-RE relocations, so offsets of kernel structures are read from the running
//! kernel's BTF by the loader and handed over here. Read-only data is frozen before verification:
//! to the verifier these are constants.

use aya_ebpf::Global;

macro_rules! globals {
    ($($(#[$doc:meta])* $name:ident: $ty:ty),+ $(,)?) => {$(
        $(#[$doc])*
        // SAFETY: the loader finds the variable by this name.
        #[unsafe(no_mangle)]
        pub static $name: Global<$ty> = Global::new(0);
    )+};
}

globals! {
    /// A [`profiler_common::CaptureLevel`].
    CAPTURE_LEVEL: u32,
    /// A [`profiler_common::SchedScope`].
    SCHED_SCOPE: u32,
    /// In `summary`: calls at least this long are spans.
    THRESHOLD_NS: u64,
    /// In `summary`: totals are cut at least this often.
    SLICE_NS: u64,
    /// Process of ctrprof itself, which is never tracked.
    SELF_TGID: u32,
    /// Lowest address of the stubs through which interrupts enter the kernel.
    IRQ_ENTRY_START: u64,
    /// One past the highest.
    IRQ_ENTRY_END: u64,
    /// Id of the cgroup whose members are tracked, 0 for none.
    ROOT_CGROUP: u64,
    /// Inodes of ctrprof's own standard streams: whoever reads them is no part of the command.
    OWN_STREAM_0: u64,
    /// The second.
    OWN_STREAM_1: u64,
    /// The third.
    OWN_STREAM_2: u64,
    /// Size of the ring buffer, to know when it fills.
    RING_BYTES: u64,
    /// Size of a page, in which memory groups count.
    PAGE_BYTES: u64,

    /// task_struct.pid
    OFF_TASK_PID: u32,
    /// task_struct.tgid
    OFF_TASK_TGID: u32,
    /// task_struct.flags
    OFF_TASK_FLAGS: u32,
    /// task_struct.__state
    OFF_TASK_STATE: u32,
    /// task_struct.comm
    OFF_TASK_COMM: u32,
    /// task_struct.exit_code
    OFF_TASK_EXIT_CODE: u32,
    /// task_struct.signal
    OFF_TASK_SIGNAL: u32,
    /// task_struct.files
    OFF_TASK_FILES: u32,
    /// task_struct.mm
    OFF_TASK_MM: u32,
    /// task_struct.nsproxy
    OFF_TASK_NSPROXY: u32,
    /// task_struct.thread_pid
    OFF_TASK_THREAD_PID: u32,
    /// signal_struct.live
    OFF_SIGNAL_LIVE: u32,
    /// files_struct.fdt
    OFF_FILES_FDT: u32,
    /// fdtable.max_fds
    OFF_FDT_MAX_FDS: u32,
    /// fdtable.fd
    OFF_FDT_FD: u32,
    /// file.f_inode
    OFF_FILE_INODE: u32,
    /// file.private_data
    OFF_FILE_PRIVATE: u32,
    /// inode.i_sb
    OFF_INODE_SB: u32,
    /// inode.i_ino
    OFF_INODE_INO: u32,
    /// inode.i_mode
    OFF_INODE_MODE: u32,
    /// super_block.s_magic
    OFF_SB_MAGIC: u32,
    /// socket.sk
    OFF_SOCKET_SK: u32,
    /// sock.__sk_common.skc_family
    OFF_SOCK_FAMILY: u32,
    /// sock.sk_peer_pid
    OFF_SOCK_PEER_PID: u32,
    /// nsproxy.mnt_ns
    OFF_NSPROXY_MNT: u32,
    /// mnt_namespace.ns.inum
    OFF_MNT_NS_INUM: u32,
    /// pid.level
    OFF_PID_LEVEL: u32,
    /// pid.numbers
    OFF_PID_NUMBERS: u32,
    /// sizeof(struct upid)
    SIZE_UPID: u32,
    /// upid.nr
    OFF_UPID_NR: u32,
    /// upid.ns
    OFF_UPID_NS: u32,
    /// pid_namespace.ns.inum
    OFF_PID_NS_INUM: u32,
    /// linux_binprm.filename
    OFF_BINPRM_FILENAME: u32,
    /// mm_struct.arg_start
    OFF_MM_ARG_START: u32,
    /// mm_struct.arg_end
    OFF_MM_ARG_END: u32,
    /// cgroup.root
    OFF_CGROUP_ROOT: u32,
    /// cgroup.kn
    OFF_CGROUP_KN: u32,
    /// kernfs_node.id
    OFF_KERNFS_ID: u32,
    /// task_struct.prio
    OFF_TASK_PRIO: u32,
    /// task_struct.throttled; 0 before v6.18, where queues are throttled instead of tasks
    OFF_TASK_THROTTLED: u32,
    /// task_struct.se.cfs_rq
    OFF_TASK_CFS_RQ: u32,
    /// cfs_rq.rq
    OFF_CFS_RQ_RQ: u32,
    /// cfs_rq.tg
    OFF_CFS_RQ_TG: u32,
    /// cfs_rq.throttled
    OFF_CFS_RQ_THROTTLED: u32,
    /// cfs_rq.throttle_count; 0 where the kernel has no CPU quotas
    OFF_CFS_RQ_THROTTLE_COUNT: u32,
    /// rq.cpu
    OFF_RQ_CPU: u32,
    /// task_group.cfs_rq
    OFF_TASK_GROUP_CFS_RQ: u32,
    /// task_group.parent
    OFF_TASK_GROUP_PARENT: u32,
    /// task_group.css.cgroup
    OFF_TASK_GROUP_CGROUP: u32,
    /// task_group.cfs_bandwidth.quota
    OFF_QUOTA: u32,
    /// task_group.cfs_bandwidth.period
    OFF_PERIOD: u32,
    /// task_group.cfs_bandwidth.period_timer.node.expires
    OFF_PERIOD_EXPIRES: u32,
    /// task_group.cfs_bandwidth.nr_periods
    OFF_NR_PERIODS: u32,
    /// task_group.cfs_bandwidth.nr_throttled
    OFF_NR_THROTTLED: u32,
    /// task_group.cfs_bandwidth.throttled_time
    OFF_THROTTLED_TIME: u32,
    /// kernfs_node.name
    OFF_KERNFS_NAME: u32,
    /// task_struct.min_flt
    OFF_TASK_MIN_FLT: u32,
    /// task_struct.maj_flt
    OFF_TASK_MAJ_FLT: u32,
    /// task_struct.cgroups
    OFF_TASK_CGROUPS: u32,
    /// css_set.subsys[memory_cgrp_id]; 0 where the kernel has no memory groups
    OFF_CSS_SET_MEMORY: u32,
    /// mem_cgroup.css.cgroup
    OFF_MEM_CGROUP_CGROUP: u32,
    /// mem_cgroup.css.parent
    OFF_MEM_CGROUP_PARENT: u32,
    /// mem_cgroup.memory.max
    OFF_MEMORY_MAX: u32,
    /// mem_cgroup.memory.high
    OFF_MEMORY_HIGH: u32,
    /// mem_cgroup.memory_events_local[MEMCG_MAX]
    OFF_MEMORY_MAX_EVENTS: u32,
    /// mem_cgroup.memory_events_local[MEMCG_HIGH]
    OFF_MEMORY_HIGH_EVENTS: u32,
    /// cgroup_root.hierarchy_id
    OFF_CGROUP_ROOT_HIERARCHY: u32,
    /// task_struct.sighand
    OFF_TASK_SIGHAND: u32,
    /// task_struct.blocked
    OFF_TASK_BLOCKED: u32,
    /// signal_struct.flags
    OFF_SIGNAL_FLAGS: u32,
    /// sighand_struct.action
    OFF_SIGHAND_ACTION: u32,
    /// sizeof(struct k_sigaction)
    SIZE_K_SIGACTION: u32,
    /// k_sigaction.sa.sa_handler
    OFF_K_SIGACTION_HANDLER: u32,
    /// 1 if the offsets from here on are those of this kernel
    DESCRIBES_FILES: u32,
    /// file.f_path.dentry
    OFF_FILE_DENTRY: u32,
    /// file.f_path.mnt
    OFF_FILE_MNT: u32,
    /// dentry.d_name.name
    OFF_DENTRY_NAME: u32,
    /// dentry.d_parent
    OFF_DENTRY_PARENT: u32,
    /// vfsmount.mnt_root
    OFF_VFSMOUNT_ROOT: u32,
    /// mount.mnt
    OFF_MOUNT_MNT: u32,
    /// mount.mnt_parent
    OFF_MOUNT_PARENT: u32,
    /// mount.mnt_mountpoint
    OFF_MOUNT_MOUNTPOINT: u32,
    /// super_block.s_dev
    OFF_SB_DEV: u32,
    /// sock.sk_type
    OFF_SOCK_TYPE: u32,
    /// sock.sk_protocol
    OFF_SOCK_PROTOCOL: u32,
    /// sock.__sk_common.skc_dport
    OFF_SOCK_DPORT: u32,
    /// sock.__sk_common.skc_daddr
    OFF_SOCK_DADDR: u32,
    /// sock.__sk_common.skc_v6_daddr
    OFF_SOCK_V6_DADDR: u32,
    /// unix_sock.peer
    OFF_UNIX_PEER: u32,
    /// unix_sock.addr
    OFF_UNIX_ADDR: u32,
    /// unix_address.name
    OFF_UNIX_ADDRESS_NAME: u32,
}
