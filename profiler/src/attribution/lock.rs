//! Names of kernel locks, by the functions that acquire them.
//!
//! A lock's address has a name only where kallsyms holds data symbols. The function that acquires
//! it is on the waiter's stack everywhere, and most functions acquire one lock that one can wait
//! for. Functions that are inlined, or that end in a tail call to `mutex_lock`, are missing from
//! stacks; then their callers are what is seen, so those are listed, too. All of v6.18.

/// Functions that wait for a lock: seen innermost, after the scheduler's own.
const WAITS: &[&str] = &[
    "__down",
    "__down_common",
    "__down_interruptible",
    "__down_killable",
    "__down_read_common",
    "__down_write_common",
    "__down_timeout",
    "__lock_sock",
    "__mutex_lock",
    "__mutex_lock_common",
    "__mutex_lock_interruptible_slowpath",
    "__mutex_lock_killable_slowpath",
    "__mutex_lock_slowpath",
    "__percpu_down_read",
    "__percpu_down_write",
    "__percpu_rwsem_wait",
    "__rt_mutex_lock",
    "__rt_mutex_slowlock",
    "__rwsem_down_read_slowpath",
    "__ww_mutex_lock",
    "__ww_mutex_lock_slowpath",
    "down",
    "down_interruptible",
    "down_killable",
    "down_read",
    "down_read_interruptible",
    "down_read_killable",
    "down_timeout",
    "down_write",
    "down_write_killable",
    "lock_sock_nested",
    "mutex_lock",
    "mutex_lock_interruptible",
    "mutex_lock_io",
    "mutex_lock_killable",
    "mutex_lock_nested",
    "percpu_down_write",
    "percpu_rwsem_wait",
    "queued_read_lock_slowpath",
    "queued_write_lock_slowpath",
    "rt_mutex_lock",
    "rt_mutex_slowlock",
    "rwbase_read_lock",
    "rwbase_write_lock",
    "rwsem_down_read_slowpath",
    "rwsem_down_write_slowpath",
    "rwsem_read_trylock",
    "ww_mutex_lock",
];

/// Spin locks' own functions: seen on the stack of a contention event, never of a blocked thread.
const SPINS: &[&str] = &[
    "__pv_queued_spin_lock_slowpath",
    "__raw_spin_lock",
    "_raw_read_lock",
    "_raw_read_lock_irq",
    "_raw_read_lock_irqsave",
    "_raw_spin_lock",
    "_raw_spin_lock_bh",
    "_raw_spin_lock_irq",
    "_raw_spin_lock_irqsave",
    "_raw_write_lock",
    "_raw_write_lock_bh",
    "_raw_write_lock_irq",
    "_raw_write_lock_irqsave",
    "do_raw_spin_lock",
    "native_queued_spin_lock_slowpath",
    "pv_queued_spin_lock_slowpath",
    "queued_spin_lock_slowpath",
];

/// Whether a function waits for a lock.
pub fn waits(function: &str) -> bool {
    WAITS.contains(&function) || SPINS.contains(&function)
}

/// Locks and the functions in which one waits for them.
const ACQUIRED_IN: &[(&str, &[&str])] = &[
    // net/core: rtnetlink.c, net_namespace.c, dev.c
    (
        "rtnl_mutex",
        &[
            "default_device_exit_batch",
            "default_device_exit_net",
            "dev_ioctl",
            "devinet_ioctl",
            "fib_net_exit_batch",
            "inet_dump_ifaddr",
            "ip_tunnel_init_net",
            "linkwatch_event",
            "netdev_run_todo",
            "ops_exit_rtnl_list",
            "register_netdev",
            "register_netdevice_notifier",
            "rtnetlink_rcv_msg",
            "rtnl_dumpit",
            "rtnl_fill_ifinfo",
            "rtnl_lock",
            "rtnl_lock_interruptible",
            "rtnl_lock_killable",
            "rtnl_net_lock",
            "unregister_netdev",
            "unregister_netdevice_notifier",
        ],
    ),
    (
        "pernet_ops_rwsem",
        &[
            "cleanup_net",
            "copy_net_ns",
            "register_pernet_device",
            "register_pernet_subsys",
            "unregister_pernet_device",
            "unregister_pernet_subsys",
        ],
    ),
    ("net_rwsem", &["setup_net", "unhash_nsid"]),
    (
        "uevent_sock_mutex",
        &["kobject_uevent_env", "uevent_net_exit", "uevent_net_init"],
    ),
    ("genl_mutex", &["genl_lock", "genl_rcv_msg"]),
    ("cb_lock", &["genl_rcv"]),
    (
        "nft commit_mutex",
        &["nf_tables_valid_genid", "nft_rcv_nl_event"],
    ),
    (
        "nfnl_mutex",
        &["nfnetlink_rcv_batch", "nfnetlink_rcv_msg", "nfnl_lock"],
    ),
    (
        "xt_table_mutex",
        &[
            "xt_find_table_lock",
            "xt_register_table",
            "xt_request_find_table_lock",
        ],
    ),
    (
        "sk_lock",
        &["lock_sock_nested", "__lock_sock", "lock_sock_fast"],
    ),
    (
        "unix_sock.iolock",
        &["unix_stream_read_generic", "__unix_dgram_recvmsg"],
    ),
    // kernel/cgroup
    (
        "cgroup_mutex",
        &[
            "cgroup1_get_tree",
            "cgroup1_pidlist_start",
            "cgroup_destroy_root",
            "cgroup_do_get_tree",
            "cgroup_get_from_path",
            "cgroup_kn_lock_live",
            "cgroup_lock",
            "cgroup_lock_and_drain_offline",
            "cgroup_mkdir",
            "cgroup_path_ns",
            "cgroup_release",
            "cgroup_rmdir",
            "cgroup_show_path",
            "css_free_rwork_fn",
            "css_killed_work_fn",
            "css_release_work_fn",
            "proc_cgroup_show",
            "proc_cgroupstats_show",
        ],
    ),
    (
        "cgroup_threadgroup_rwsem",
        &[
            "__cgroup_procs_write",
            "cgroup_attach_lock",
            "cgroup_attach_task_all",
            "cgroup_css_set_fork",
            "cgroup_procs_write",
            "cgroup_procs_write_start",
            "cgroup_threadgroup_change_begin",
            "cgroup_transfer_tasks",
            "cgroup_update_dfl_csses",
            "exit_signals",
        ],
    ),
    (
        "cpuset_mutex",
        &[
            "cpuset_can_attach",
            "cpuset_can_fork",
            "cpuset_write_resmask",
        ],
    ),
    (
        "freezer_mutex",
        &[
            "freezer_attach",
            "freezer_css_online",
            "freezer_fork",
            "freezer_write",
        ],
    ),
    ("cpu_hotplug_lock", &["cpus_read_lock", "cpus_write_lock"]),
    // fs/namespace.c, fs/proc_namespace.c, fs/super.c
    (
        "namespace_sem",
        &[
            "attach_recursive_mnt",
            "copy_mnt_ns",
            "do_change_type",
            "do_lock_mount",
            "do_loopback",
            "do_move_mount",
            "do_new_mount_fc",
            "do_umount",
            "finish_automount",
            "lock_mount",
            "m_start",
            "mnt_already_visible",
            "namespace_lock",
            "namespace_unlock",
            "open_detached_copy",
            "path_pivot_root",
            "path_umount",
            "put_mnt_ns",
        ],
    ),
    (
        "s_umount",
        &[
            "__iterate_supers",
            "__super_lock",
            "deactivate_super",
            "grab_super",
            "iterate_supers",
            "ksys_sync",
            "reconfigure_super",
            "super_lock",
            "user_get_super",
        ],
    ),
    // fs: an inode's own lock, by what it is taken for
    (
        "i_rwsem",
        &[
            "btrfs_inode_lock",
            "chmod_common",
            "chown_common",
            "do_renameat2",
            "do_rmdir",
            "do_truncate",
            "do_unlinkat",
            "ext4_buffered_write_iter",
            "ext4_dio_write_iter",
            "ext4_file_write_iter",
            "filename_create",
            "filename_unlinkat",
            "generic_file_write_iter",
            "iterate_dir",
            "lock_rename",
            "lock_two_directories",
            "lookup_slow",
            "open_last_lookups",
            "path_openat",
            "shmem_file_write_iter",
            "start_creating_path",
            "start_dirop",
            "vfs_removexattr",
            "vfs_setxattr",
            "vfs_utimes",
            "walk_component",
            "xfs_ilock",
        ],
    ),
    (
        "ovl copy-up",
        &[
            "ovl_copy_up_start",
            "ovl_inode_lock_interruptible",
            "ovl_nlink_start",
        ],
    ),
    (
        "kernfs_rwsem",
        &[
            "kernfs_activate",
            "kernfs_add_one",
            "kernfs_dop_revalidate",
            "kernfs_find_and_get_ns",
            "kernfs_fop_readdir",
            "kernfs_iop_getattr",
            "kernfs_iop_lookup",
            "kernfs_iop_permission",
            "kernfs_iop_setattr",
            "kernfs_remove",
            "kernfs_remove_by_name_ns",
            "kernfs_walk_and_get_ns",
        ],
    ),
    (
        "kernfs open file",
        &[
            "kernfs_fop_open",
            "kernfs_fop_write_iter",
            "kernfs_seq_start",
        ],
    ),
    ("seq_file", &["seq_read_iter", "seq_lseek"]),
    ("f_pos_lock", &["__fdget_pos", "fdget_pos"]),
    (
        "pipe.mutex",
        &[
            "anon_pipe_read",
            "anon_pipe_write",
            "pipe_lock",
            "pipe_read",
            "pipe_write",
        ],
    ),
    (
        "epoll.mtx",
        &[
            "do_epoll_ctl",
            "ep_loop_check_proc",
            "ep_send_events",
            "eventpoll_release_file",
        ],
    ),
    (
        "bdev.open_mutex",
        &["bdev_open", "bdev_release", "blkdev_open", "blkdev_release"],
    ),
    (
        "loop_device.lo_mutex",
        &["lo_ioctl", "lo_open", "lo_release", "loop_configure"],
    ),
    ("loop_ctl_mutex", &["loop_add", "loop_control_ioctl"]),
    (
        "ext4 i_data_sem",
        &["ext4_map_blocks", "ext4_map_create_blocks", "ext4_truncate"],
    ),
    // mm
    (
        "mmap_lock",
        &[
            "__access_remote_vm",
            "__do_sys_brk",
            "__do_sys_mremap",
            "__ia32_sys_brk",
            "__mm_populate",
            "__vm_munmap",
            "__x64_sys_brk",
            "__x64_sys_mremap",
            "__x64_sys_munmap",
            "do_madvise",
            "do_mprotect_pkey",
            "do_user_addr_fault",
            "dup_mmap",
            "exec_mmap",
            "exit_mm",
            "exit_mmap",
            "lock_mm_and_find_vma",
            "madvise_lock",
            "mmap_read_lock",
            "mmap_read_lock_killable",
            "mmap_write_lock",
            "mmap_write_lock_killable",
            "proc_maps_start",
            "setup_arg_pages",
            "vm_mmap_pgoff",
        ],
    ),
    (
        "i_mmap_rwsem",
        &[
            "unlink_file_vma",
            "unlink_file_vma_batch_process",
            "vma_link",
            "vma_prepare",
            "unmap_mapping_pages",
        ],
    ),
    (
        "anon_vma.rwsem",
        &[
            "__anon_vma_prepare",
            "anon_vma_clone",
            "anon_vma_fork",
            "folio_lock_anon_vma_read",
            "unlink_anon_vmas",
        ],
    ),
    (
        "pcpu_alloc_mutex",
        &["pcpu_alloc", "pcpu_alloc_noprof", "pcpu_balance_workfn"],
    ),
    (
        "shrinker_mutex",
        &["shrinker_alloc", "shrinker_free", "shrinker_register"],
    ),
    (
        "slab_mutex",
        &["__kmem_cache_create_args", "kmem_cache_destroy"],
    ),
    (
        "vmap_purge_lock",
        &[
            "__purge_vmap_area_lazy",
            "_vm_unmap_aliases",
            "purge_vmap_area_lazy",
        ],
    ),
    // fs/exec.c, kernel/fork.c and others
    (
        "cred_guard_mutex",
        &["bprm_execve", "prepare_bprm_creds", "proc_pid_attr_write"],
    ),
    (
        "exec_update_lock",
        &["begin_new_exec", "mm_access", "proc_pid_stack"],
    ),
    (
        "ipc_ids.rwsem",
        &[
            "exit_shm",
            "free_ipcs",
            "ipcget",
            "shm_close",
            "shm_exit_ns",
        ],
    ),
    (
        "text_mutex",
        &[
            "arch_jump_label_transform_queue",
            "smp_text_poke_batch_finish",
        ],
    ),
    (
        "jump_label_mutex",
        &[
            "jump_label_lock",
            "static_key_enable",
            "static_key_slow_inc",
        ],
    ),
    ("console_sem", &["console_lock"]),
];

/// The name of the lock that a thread waits for in `function`, if the function tells.
pub fn acquired_in(function: &str) -> Option<&'static str> {
    ACQUIRED_IN
        .iter()
        .find(|(_, functions)| functions.contains(&function))
        .map(|(name, _)| *name)
}

/// The name of the lock that a stack waits for: the frames from the innermost outwards, those of
/// the scheduler already taken off. Nothing if it does not wait for one.
///
/// The first function behind the lock's own that is known to acquire one names it, if it is near;
/// else that first function itself stands for the lock.
pub fn name<'a>(mut frames: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    const NEAR: usize = 4;
    if !waits(frames.next()?) {
        return None;
    }
    let mut behind = frames.skip_while(|function| waits(function)).peekable();
    let acquirer = behind.peek().copied();
    behind
        .take(NEAR)
        .find_map(acquired_in)
        .or(acquirer)
        .or(Some("unnamed lock"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(stack: &str, expected: Option<&str>) {
        assert_eq!(name(stack.split(' ')), expected);
    }

    #[test]
    fn the_acquiring_function_names_the_lock() {
        check("__mutex_lock rtnl_lock do_setlink", Some("rtnl_mutex"));
        check(
            "__mutex_lock rtnetlink_rcv_msg netlink_rcv_skb",
            Some("rtnl_mutex"),
        );
        check(
            "rwsem_down_read_slowpath down_read_killable copy_net_ns",
            Some("pernet_ops_rwsem"),
        );
        check(
            "__mutex_lock cgroup_kn_lock_live cgroup_mkdir",
            Some("cgroup_mutex"),
        );
        check(
            "rwsem_down_write_slowpath down_write do_lock_mount",
            Some("namespace_sem"),
        );
        check(
            "percpu_rwsem_wait __percpu_down_read copy_process cgroup_css_set_fork",
            Some("cgroup_threadgroup_rwsem"),
        );
    }

    #[test]
    fn an_unknown_acquirer_stands_for_its_lock() {
        check(
            "__mutex_lock some_driver_open chrdev_open",
            Some("some_driver_open"),
        );
        check("mutex_lock", Some("unnamed lock"));
    }

    #[test]
    fn another_wait_is_no_lock() {
        check("futex_wait_queue __futex_wait rtnl_lock", None);
    }

    #[test]
    fn no_function_acquires_two_locks() {
        let mut seen = std::collections::BTreeSet::new();
        for function in ACQUIRED_IN.iter().flat_map(|(_, functions)| *functions) {
            assert!(seen.insert(function), "{function}");
        }
    }
}
