//! Locks of mounts and of super blocks (fs/namespace.c, fs/proc_namespace.c, fs/super.c; v6.18).

use super::Lock;
use crate::attribution::kernel::name::{function, label, variable};
use crate::attribution::kernel::series::{V6_1, V6_12, V6_18};

/// The locks, each with the functions in which one waits for it.
pub const LOCKS: &[Lock] = &[
    Lock::new(
        variable("namespace_sem"),
        &[
            function("attach_recursive_mnt"),
            function("copy_mnt_ns"),
            function("do_lock_mount").since(V6_12, "fs/namespace.c"),
            function("do_move_mount"),
            function("finish_automount"),
            function("lock_mount").until(V6_1, "fs/namespace.c"),
            function("m_start"),
            function("namespace_unlock"),
            function("open_detached_copy").inlined_in(&[V6_18], "fs/namespace.c"),
            function("path_umount"),
            function("put_mnt_ns"),
        ],
    ),
    Lock::new(
        label("s_umount"),
        &[
            function("__iterate_supers"),
            function("deactivate_super"),
            function("grab_super"),
            function("iterate_supers"),
            function("ksys_sync"),
            function("reconfigure_super"),
            function("super_lock").since(V6_12, "fs/super.c"),
            function("user_get_super"),
        ],
    ),
];
