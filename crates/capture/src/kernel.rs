//! The running kernel's types and interrupt entries, read before its probes are loaded.

use std::fs;
use std::ops::Range;
use std::thread;

use aya::Btf;

use super::btf::KernelBtf;
use super::error::CaptureError;
use super::host::BTF_PATH;
use super::symbols::KernelSymbols;

/// Its types and some of its addresses.
pub(super) struct Kernel {
    /// The types, for offsets of structures.
    pub(super) types: KernelBtf,
    /// The same, for the loader.
    pub(super) btf: Btf,
    /// Where interrupts enter; empty where the kernel does not say.
    pub(super) irq_entries: Range<u64>,
}

impl Kernel {
    /// Reads all of it at once: each takes tens of milliseconds.
    pub(super) fn read() -> Result<Self, CaptureError> {
        thread::scope(|scope| {
            let stubs = scope.spawn(KernelSymbols::read_interrupt_entry_stubs);
            let btf = scope.spawn(Btf::from_sys_fs);
            let types = fs::read(BTF_PATH).map_err(|source| CaptureError::NoBtf {
                path: BTF_PATH.into(),
                source,
            })?;
            let types = KernelBtf::parse(types)?;
            let panicked = || CaptureError::Load("a thread that reads the kernel panicked".into());
            let btf = btf.join().map_err(|_| panicked())?;
            let stubs = stubs.join().map_err(|_| panicked())?;
            let stubs = stubs.map_err(|error| CaptureError::Symbols(error.to_string()))?;
            Ok(Self {
                types,
                btf: btf.map_err(|error| CaptureError::Load(error.to_string()))?,
                irq_entries: stubs.unwrap_or(0..0),
            })
        })
    }
}
