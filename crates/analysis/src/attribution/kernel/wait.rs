//! Functions that say what a thread waits for, apart from locks and grace periods.

use super::name::{Name, function};
use super::series::V6_12;

/// Functions that wait for a device, or for the journal of a file system, wherever they stand on
/// the stack (block, fs, mm, v6.18).
pub const DISK: &[Name] = &[
    function("__blkdev_issue_discard"),
    function("__filemap_fdatawait_range"),
    function("__folio_lock"),
    function("__iomap_dio_rw"),
    function("__jbd2_log_wait_for_space").of("jbd2"),
    function("__wait_on_buffer"),
    function("add_transaction_credits").of("jbd2"),
    function("balance_dirty_pages"),
    function("balance_dirty_pages_ratelimited_flags"),
    function("bio_await_chain").since(V6_12, "block/bio.c"),
    function("bit_wait_io"),
    function("blk_execute_rq"),
    function("blk_mq_freeze_queue_wait"),
    function("blk_mq_get_tag"),
    function("blkdev_issue_discard"),
    function("blkdev_issue_flush"),
    function("btrfs_commit_transaction").of("btrfs"),
    function("btrfs_wait_ordered_range").of("btrfs"),
    function("btrfs_wait_for_commit").of("btrfs"),
    function("filemap_fdatawait_range"),
    function("folio_wait_bit"),
    function("folio_wait_bit_common"),
    function("folio_wait_writeback"),
    function("iomap_dio_rw"),
    function("jbd2_complete_transaction").of("jbd2"),
    function("jbd2_journal_commit_transaction").of("jbd2"),
    function("jbd2_log_wait_commit").of("jbd2"),
    function("read_events"),
    function("read_extent_buffer_pages").of("btrfs"),
    function("rq_qos_wait"),
    function("submit_bio_wait"),
    function("sync_inodes_sb"),
    function("wait_current_trans").of("btrfs"),
    function("wait_log_commit").of("btrfs"),
    function("wait_transaction_locked").of("jbd2"),
    function("wb_wait_for_completion"),
    function("wbt_wait"),
    function("xfs_buf_iowait")
        .of("xfs")
        .inlined_in(&[V6_12], "fs/xfs/xfs_buf.c"),
    function("xfs_log_force").of("xfs"),
    function("xfs_log_force_seq").of("xfs"),
    function("xlog_cil_force_seq").of("xfs"),
    function("xlog_wait_on_iclog").of("xfs"),
];

/// Functions of memory reclaim (mm/vmscan.c, mm/memcontrol.c, v6.18).
pub const RECLAIM: &[Name] = &[
    function("mem_cgroup_handle_over_high").until(V6_12, "mm/memcontrol.c"),
    function("mem_cgroup_out_of_memory"),
    function("reclaim_throttle"),
    function("try_charge_memcg"),
    function("try_to_free_mem_cgroup_pages"),
    function("try_to_free_pages"),
];

/// Functions in which a thread is frozen (kernel/freezer.c, kernel/cgroup/freezer.c, v6.18).
pub const FROZEN: &[Name] = &[function("__refrigerator"), function("cgroup_enter_frozen")];

/// Functions in which a thread is stopped (kernel/signal.c, v6.18).
pub const STOPPED: &[Name] = &[function("do_signal_stop"), function("ptrace_stop")];
