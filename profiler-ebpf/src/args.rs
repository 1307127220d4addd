//! The arguments of a tracepoint, as `tp_btf` and as `raw_tp` programs get them.
//!
//! Both are arrays of 64-bit words. In a `tp_btf` program the verifier knows the type behind each,
//! so a task among them may be handed to helpers that want a trusted task; in a `raw_tp` program
//! it is only an address.

use core::ffi::c_void;

use aya_ebpf::bindings::task_struct;

use crate::kernel::Task;

/// The arguments of a tracepoint.
pub trait Args {
    /// Whether tasks among the arguments are trusted by the verifier.
    const TRUSTED: bool;

    /// The context, for helpers that take it.
    fn context(&self) -> *mut c_void;

    /// Argument `n`.
    #[inline(always)]
    fn word(&self, n: usize) -> u64 {
        // SAFETY: the context is an array of the tracepoint's arguments; the verifier checks `n`.
        unsafe { *self.context().cast::<u64>().add(n) }
    }

    /// Argument `n`, a task.
    #[inline(always)]
    fn task(&self, n: usize) -> Task {
        // SAFETY: as above; loaded as a pointer, so that its type is kept.
        Task(unsafe { *self.context().cast::<*mut task_struct>().add(n) })
    }
}

/// Arguments of a `tp_btf` program.
pub struct Btf(*mut c_void);

/// Arguments of a `raw_tp` program.
pub struct Raw(*mut c_void);

impl Btf {
    /// # Safety
    /// `context` must be that of a `tp_btf` program.
    #[inline(always)]
    pub unsafe fn new(context: *mut c_void) -> Self {
        Self(context)
    }
}

impl Raw {
    /// # Safety
    /// `context` must be that of a `raw_tp` program.
    #[inline(always)]
    pub unsafe fn new(context: *mut c_void) -> Self {
        Self(context)
    }
}

impl Args for Btf {
    const TRUSTED: bool = true;

    #[inline(always)]
    fn context(&self) -> *mut c_void {
        self.0
    }
}

impl Args for Raw {
    const TRUSTED: bool = false;

    #[inline(always)]
    fn context(&self) -> *mut c_void {
        self.0
    }
}
