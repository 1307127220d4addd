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
];

/// Global by global, the value for this kernel.
///
/// # Errors
/// Names the first structure or member that this kernel lacks.
pub fn resolve(btf: &KernelBtf) -> Result<Vec<(&'static str, u32)>, BtfError> {
    let mut values = OFFSETS
        .iter()
        .map(|&(global, structure, member)| Ok((global, btf.offset_of(structure, member)?)))
        .collect::<Result<Vec<_>, BtfError>>()?;
    values.push(("SIZE_UPID", btf.size_of("upid")?));
    Ok(values)
}
