//! Functions that say what a page fault had to be handled for.

use super::name::{Name, function};

/// Take memory back (mm/vmscan.c, v6.18).
pub const RECLAIM: &[Name] = &[
    function("try_to_free_mem_cgroup_pages"),
    function("try_to_free_pages"),
];

/// Brings a page back that was swapped out (mm/memory.c, v6.18).
pub const SWAP: &[Name] = &[function("do_swap_page")];

/// Finds a page of a mapped file, or reads it (mm/filemap.c, v6.18).
pub const FILE: &[Name] = &[function("filemap_fault"), function("filemap_map_pages")];

/// Copies a shared page on its first write (mm/memory.c, v6.18).
pub const COPY_ON_WRITE: &[Name] = &[function("do_wp_page")];
