//! Locks of files, of file systems and of block devices (fs, block, drivers/block/loop.c; v6.18).

use super::Lock;
use crate::attribution::kernel::name::{function, label, variable};
use crate::attribution::kernel::series::{V6_1, V6_12, V6_18};

/// The locks, each with the functions in which one waits for it.
pub const LOCKS: &[Lock] = &[
    Lock::new(
        label("i_rwsem"),
        &[
            function("btrfs_inode_lock").of("btrfs"),
            function("chmod_common"),
            function("chown_common"),
            function("do_renameat2"),
            function("do_rmdir"),
            function("do_truncate"),
            function("do_unlinkat"),
            function("ext4_buffered_write_iter").of("ext4"),
            function("ext4_file_write_iter").of("ext4"),
            function("filename_create"),
            function("generic_file_write_iter"),
            function("iterate_dir"),
            function("lock_rename"),
            function("lock_two_directories"),
            function("path_openat"),
            function("shmem_file_write_iter").since(V6_12, "mm/shmem.c"),
            function("start_creating_path").since(V6_18, "fs/namei.c"),
            function("vfs_removexattr"),
            function("vfs_setxattr"),
            function("vfs_utimes"),
            function("walk_component"),
            function("xfs_ilock").of("xfs"),
        ],
    ),
    Lock::new(
        label("ovl copy-up"),
        &[
            function("ovl_copy_up_start").of("overlay"),
            function("ovl_nlink_start").of("overlay"),
        ],
    ),
    Lock::new(
        label("kernfs_rwsem"),
        &[
            function("kernfs_activate"),
            function("kernfs_add_one"),
            function("kernfs_dop_revalidate"),
            function("kernfs_find_and_get_ns"),
            function("kernfs_fop_readdir"),
            function("kernfs_iop_getattr"),
            function("kernfs_iop_lookup"),
            function("kernfs_iop_permission"),
            function("kernfs_iop_setattr"),
            function("kernfs_remove"),
            function("kernfs_remove_by_name_ns"),
            function("kernfs_walk_and_get_ns"),
        ],
    ),
    Lock::new(
        label("kernfs open file"),
        &[
            function("kernfs_fop_open"),
            function("kernfs_fop_write_iter"),
            function("kernfs_seq_start"),
        ],
    ),
    Lock::new(
        label("seq_file"),
        &[function("seq_read_iter"), function("seq_lseek")],
    ),
    Lock::new(
        label("f_pos_lock"),
        &[
            function("__fdget_pos").until(V6_1, "fs/file.c"),
            function("fdget_pos").since(V6_12, "fs/file.c"),
        ],
    ),
    Lock::new(
        label("pipe.mutex"),
        &[
            function("anon_pipe_read").since(V6_18, "fs/pipe.c"),
            function("anon_pipe_write").since(V6_18, "fs/pipe.c"),
            function("pipe_lock"),
            function("pipe_read").until(V6_12, "fs/pipe.c"),
            function("pipe_write").until(V6_12, "fs/pipe.c"),
        ],
    ),
    Lock::new(
        label("epoll.mtx"),
        &[
            function("do_epoll_ctl"),
            function("ep_loop_check_proc"),
            function("ep_send_events").inlined_in(&[V6_1, V6_12], "fs/eventpoll.c"),
            function("eventpoll_release_file"),
        ],
    ),
    Lock::new(
        label("bdev.open_mutex"),
        &[
            function("bdev_open").since(V6_12, "block/bdev.c"),
            function("bdev_release").since(V6_12, "block/bdev.c"),
            function("blkdev_open"),
            function("blkdev_release").since(V6_12, "block/fops.c"),
        ],
    ),
    Lock::new(
        label("loop_device.lo_mutex"),
        &[
            function("lo_ioctl").of("loop"),
            function("lo_open")
                .of("loop")
                .since(V6_12, "drivers/block/loop.c"),
            function("lo_release").of("loop"),
            function("loop_configure").of("loop"),
        ],
    ),
    Lock::new(
        variable("loop_ctl_mutex").of("loop"),
        &[
            function("loop_add").of("loop"),
            function("loop_control_ioctl").of("loop"),
        ],
    ),
    Lock::new(
        label("ext4 i_data_sem"),
        &[
            function("ext4_map_blocks").of("ext4"),
            function("ext4_truncate").of("ext4"),
        ],
    ),
];
