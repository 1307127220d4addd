//! Locks of memory (mm, arch/x86/mm; v6.18).

use super::Lock;
use crate::attribution::kernel::name::{function, label, variable};
use crate::attribution::kernel::series::{V6_1, V6_12, V6_18};

/// The locks, each with the functions in which one waits for it.
pub const LOCKS: &[Lock] = &[
    Lock::new(
        label("mmap_lock"),
        &[
            function("__access_remote_vm"),
            function("__do_sys_brk"),
            function("__do_sys_mremap"),
            function("__ia32_sys_brk"),
            function("__mm_populate"),
            function("__vm_munmap"),
            function("__x64_sys_brk"),
            function("__x64_sys_mremap"),
            function("__x64_sys_munmap"),
            function("do_madvise"),
            function("do_mprotect_pkey"),
            function("do_user_addr_fault").inlined_in(&[V6_18], "arch/x86/mm/fault.c"),
            function("dup_mmap").inlined_in(&[V6_12], "kernel/fork.c"),
            function("exit_mmap"),
            function("lock_mm_and_find_vma"),
            function("madvise_lock").since(V6_18, "mm/madvise.c"),
            function("mmap_read_lock").inlined_in(&[V6_12, V6_18], "include/linux/mmap_lock.h"),
            function("setup_arg_pages"),
            function("vm_mmap_pgoff"),
        ],
    ),
    Lock::new(
        label("i_mmap_rwsem"),
        &[
            function("unlink_file_vma"),
            function("unlink_file_vma_batch_process")
                .since(V6_12, "mm/vma.c")
                .inlined_in(&[V6_12], "mm/vma.c"),
            function("vma_link"),
            function("vma_prepare").since(V6_12, "mm/vma.c"),
            function("unmap_mapping_pages"),
        ],
    ),
    Lock::new(
        label("anon_vma.rwsem"),
        &[
            function("__anon_vma_prepare"),
            function("anon_vma_clone"),
            function("anon_vma_fork"),
            function("folio_lock_anon_vma_read"),
            function("unlink_anon_vmas"),
        ],
    ),
    Lock::new(
        variable("pcpu_alloc_mutex"),
        &[
            function("pcpu_alloc").until(V6_1, "mm/percpu.c"),
            function("pcpu_alloc_noprof").since(V6_12, "mm/percpu.c"),
            function("pcpu_balance_workfn"),
        ],
    ),
    Lock::new(
        variable("shrinker_mutex").since(V6_12, "mm/shrinker.c"),
        &[
            function("shrinker_alloc").since(V6_12, "mm/shrinker.c"),
            function("shrinker_free").since(V6_12, "mm/shrinker.c"),
            function("shrinker_register").since(V6_12, "mm/shrinker.c"),
        ],
    ),
    Lock::new(
        variable("slab_mutex"),
        &[
            function("__kmem_cache_create_args").since(V6_12, "mm/slab_common.c"),
            function("kmem_cache_destroy"),
        ],
    ),
    Lock::new(
        variable("vmap_purge_lock"),
        &[
            function("__purge_vmap_area_lazy"),
            function("_vm_unmap_aliases"),
        ],
    ),
];
