//! The offsets that the kernel programs are given as globals.

use super::btf::{BtfError, KernelBtf};

/// Global, structure, member.
const OFFSETS: &[(&str, &str, &str)] = &[
    ("OFF_TASK_PID", "task_struct", "pid"),
    ("OFF_TASK_TGID", "task_struct", "tgid"),
    ("OFF_TASK_FLAGS", "task_struct", "flags"),
    // Since Linux 5.14 (commit 2f064a59a11f).
    ("OFF_TASK_STATE", "task_struct", "__state"),
    ("OFF_TASK_COMM", "task_struct", "comm"),
    ("OFF_TASK_EXIT_CODE", "task_struct", "exit_code"),
    ("OFF_TASK_SIGNAL", "task_struct", "signal"),
    ("OFF_TASK_FILES", "task_struct", "files"),
    ("OFF_TASK_MM", "task_struct", "mm"),
    ("OFF_TASK_NSPROXY", "task_struct", "nsproxy"),
    ("OFF_TASK_THREAD_PID", "task_struct", "thread_pid"),
    ("OFF_TASK_MIN_FLT", "task_struct", "min_flt"),
    ("OFF_TASK_MAJ_FLT", "task_struct", "maj_flt"),
    ("OFF_SIGNAL_LIVE", "signal_struct", "live"),
    ("OFF_FILES_FDT", "files_struct", "fdt"),
    ("OFF_FDT_MAX_FDS", "fdtable", "max_fds"),
    ("OFF_FDT_FD", "fdtable", "fd"),
    ("OFF_FILE_INODE", "file", "f_inode"),
    ("OFF_FILE_PRIVATE", "file", "private_data"),
    ("OFF_INODE_SB", "inode", "i_sb"),
    ("OFF_INODE_INO", "inode", "i_ino"),
    ("OFF_INODE_MODE", "inode", "i_mode"),
    ("OFF_SB_MAGIC", "super_block", "s_magic"),
    ("OFF_SOCKET_SK", "socket", "sk"),
    ("OFF_SOCK_FAMILY", "sock", "__sk_common.skc_family"),
    ("OFF_SOCK_PEER_PID", "sock", "sk_peer_pid"),
    ("OFF_NSPROXY_MNT", "nsproxy", "mnt_ns"),
    ("OFF_MNT_NS_INUM", "mnt_namespace", "ns.inum"),
    ("OFF_PID_LEVEL", "pid", "level"),
    ("OFF_PID_NUMBERS", "pid", "numbers"),
    ("OFF_UPID_NR", "upid", "nr"),
    ("OFF_UPID_NS", "upid", "ns"),
    ("OFF_PID_NS_INUM", "pid_namespace", "ns.inum"),
    ("OFF_BINPRM_FILENAME", "linux_binprm", "filename"),
    ("OFF_MM_ARG_START", "mm_struct", "arg_start"),
    ("OFF_MM_ARG_END", "mm_struct", "arg_end"),
    ("OFF_CGROUP_ROOT", "cgroup", "root"),
    ("OFF_CGROUP_KN", "cgroup", "kn"),
    ("OFF_KERNFS_ID", "kernfs_node", "id"),
    ("OFF_CGROUP_ROOT_HIERARCHY", "cgroup_root", "hierarchy_id"),
    ("OFF_TASK_SIGHAND", "task_struct", "sighand"),
    ("OFF_TASK_BLOCKED", "task_struct", "blocked"),
    ("OFF_SIGNAL_FLAGS", "signal_struct", "flags"),
    ("OFF_SIGHAND_ACTION", "sighand_struct", "action"),
    ("OFF_K_SIGACTION_HANDLER", "k_sigaction", "sa.sa_handler"),
];

/// Those by which tasks are seen that a CPU quota holds back: members of what `CONFIG_CFS_BANDWIDTH`
/// adds, so some kernels lack them all.
const QUOTA_OFFSETS: &[(&str, &str, &str)] = &[
    ("OFF_TASK_PRIO", "task_struct", "prio"),
    ("OFF_TASK_CFS_RQ", "task_struct", "se.cfs_rq"),
    ("OFF_CFS_RQ_RQ", "cfs_rq", "rq"),
    ("OFF_CFS_RQ_TG", "cfs_rq", "tg"),
    ("OFF_CFS_RQ_THROTTLED", "cfs_rq", "throttled"),
    ("OFF_CFS_RQ_THROTTLE_COUNT", "cfs_rq", "throttle_count"),
    ("OFF_RQ_CPU", "rq", "cpu"),
    ("OFF_TASK_GROUP_CFS_RQ", "task_group", "cfs_rq"),
    ("OFF_TASK_GROUP_PARENT", "task_group", "parent"),
    ("OFF_TASK_GROUP_CGROUP", "task_group", "css.cgroup"),
    ("OFF_QUOTA", "task_group", "cfs_bandwidth.quota"),
    ("OFF_PERIOD", "task_group", "cfs_bandwidth.period"),
    (
        "OFF_PERIOD_EXPIRES",
        "task_group",
        "cfs_bandwidth.period_timer.node.expires",
    ),
    ("OFF_NR_PERIODS", "task_group", "cfs_bandwidth.nr_periods"),
    (
        "OFF_NR_THROTTLED",
        "task_group",
        "cfs_bandwidth.nr_throttled",
    ),
    (
        "OFF_THROTTLED_TIME",
        "task_group",
        "cfs_bandwidth.throttled_time",
    ),
    ("OFF_KERNFS_NAME", "kernfs_node", "name"),
];

/// Those by which memory groups are seen that are at their limit, but for the place of a task's group
/// (see [`memory`]): members of what `CONFIG_MEMCG` adds. A pointer to a group's
/// `css` is one to its `mem_cgroup`, which begins with it (include/linux/memcontrol.h, v6.18).
const MEMORY_OFFSETS: &[(&str, &str, &str)] = &[
    ("OFF_TASK_CGROUPS", "task_struct", "cgroups"),
    ("OFF_MEM_CGROUP_CGROUP", "mem_cgroup", "css.cgroup"),
    ("OFF_MEM_CGROUP_PARENT", "mem_cgroup", "css.parent"),
    ("OFF_MEMORY_MAX", "mem_cgroup", "memory.max"),
    ("OFF_MEMORY_HIGH", "mem_cgroup", "memory.high"),
    ("OFF_KERNFS_NAME", "kernfs_node", "name"),
];

/// Whether quotas hold back single tasks (from v6.18 on) rather than queues.
const TASK_THROTTLED: (&str, &str, &str) = ("OFF_TASK_THROTTLED", "task_struct", "throttled");

/// The offsets of a kernel.
#[derive(Debug)]
pub struct Offsets {
    /// Global by global.
    pub globals: Vec<(&'static str, u32)>,
    /// How tasks are seen that a CPU quota holds back, or why they are not.
    pub throttling: Result<Throttling, BtfError>,
    /// Whether memory groups are seen that are at their limit, or why they are not.
    pub memory_limits: Result<(), BtfError>,
}

/// What a kernel holds back when a CPU quota is used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Throttling {
    /// A whole queue of tasks.
    Queues,
    /// Single tasks, on their way to user mode.
    Tasks,
}

/// Those by which files and sockets are told that calls waited for. A kernel without IPv6, or with
/// unix sockets in a module, lacks some.
const FILE_OFFSETS: &[(&str, &str, &str)] = &[
    ("OFF_FILE_DENTRY", "file", "f_path.dentry"),
    ("OFF_FILE_MNT", "file", "f_path.mnt"),
    ("OFF_DENTRY_NAME", "dentry", "d_name.name"),
    ("OFF_DENTRY_PARENT", "dentry", "d_parent"),
    ("OFF_VFSMOUNT_ROOT", "vfsmount", "mnt_root"),
    ("OFF_MOUNT_MNT", "mount", "mnt"),
    ("OFF_MOUNT_PARENT", "mount", "mnt_parent"),
    ("OFF_MOUNT_MOUNTPOINT", "mount", "mnt_mountpoint"),
    ("OFF_SB_DEV", "super_block", "s_dev"),
    ("OFF_SOCK_TYPE", "sock", "sk_type"),
    ("OFF_SOCK_PROTOCOL", "sock", "sk_protocol"),
    ("OFF_SOCK_DPORT", "sock", "__sk_common.skc_dport"),
    ("OFF_SOCK_DADDR", "sock", "__sk_common.skc_daddr"),
    ("OFF_SOCK_V6_DADDR", "sock", "__sk_common.skc_v6_daddr"),
    ("OFF_UNIX_PEER", "unix_sock", "peer"),
    ("OFF_UNIX_ADDR", "unix_sock", "addr"),
    ("OFF_UNIX_ADDRESS_NAME", "unix_address", "name"),
];

/// The offsets of the files that calls waited for.
///
/// # Errors
/// Names the first structure or member that this kernel lacks.
pub fn of_files(btf: &KernelBtf) -> Result<Vec<(&'static str, u32)>, BtfError> {
    let mut found = values(btf, FILE_OFFSETS)?;
    found.push(("DESCRIBES_FILES", 1));
    Ok(found)
}

/// Global by global, the value for this kernel.
///
/// # Errors
/// Names the first structure or member that this kernel lacks.
pub fn resolve(btf: &KernelBtf) -> Result<Offsets, BtfError> {
    let mut globals = values(btf, OFFSETS)?;
    globals.push(("SIZE_UPID", btf.size_of("upid")?));
    globals.push(("SIZE_K_SIGACTION", btf.size_of("k_sigaction")?));
    let throttling = values(btf, QUOTA_OFFSETS).map(|quotas| {
        globals.extend(quotas);
        match values(btf, &[TASK_THROTTLED]) {
            Ok(task) => {
                globals.extend(task);
                Throttling::Tasks
            }
            Err(_) => Throttling::Queues,
        }
    });
    let memory_limits = memory(btf).map(|memory| globals.extend(memory));
    Ok(Offsets {
        globals,
        throttling,
        memory_limits,
    })
}

fn memory(btf: &KernelBtf) -> Result<Vec<(&'static str, u32)>, BtfError> {
    let mut found = values(btf, MEMORY_OFFSETS)?;
    // One pointer for each controller, one counter for each kind of event.
    let groups = btf.offset_of("css_set", "subsys")?;
    let events = btf.offset_of("mem_cgroup", "memory_events_local")?;
    let memory = btf.value_of("cgroup_subsys_id", "memory_cgrp_id")?;
    let max = btf.value_of("memcg_memory_event", "MEMCG_MAX")?;
    let high = btf.value_of("memcg_memory_event", "MEMCG_HIGH")?;
    let word = size_of::<u64>() as u32;
    found.extend([
        ("OFF_CSS_SET_MEMORY", groups + memory * word),
        ("OFF_MEMORY_MAX_EVENTS", events + max * word),
        ("OFF_MEMORY_HIGH_EVENTS", events + high * word),
    ]);
    Ok(found)
}

fn values(
    btf: &KernelBtf,
    offsets: &[(&'static str, &str, &str)],
) -> Result<Vec<(&'static str, u32)>, BtfError> {
    offsets
        .iter()
        .map(|&(global, structure, member)| Ok((global, btf.offset_of(structure, member)?)))
        .collect()
}
