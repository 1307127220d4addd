//! Names for the addresses in stacks.
//!
//! Kernel addresses are named through `/proc/kallsyms`. User addresses need the files that were
//! mapped where they point, and most processes of a container's life are gone by the time anybody
//! asks: [`UserMaps`] remembers the mappings of a process from when it was alive.
//! An address that cannot be named for sure has no name: a wrong one is worse than none. Where only
//! its program or library is known, that is said.
//!
//! Out of scope: which addresses matter, inlined functions, and interpreters' own stacks.

mod address_space;
mod build_id;
mod go;
mod kallsyms;
mod kernel;
mod mapped_file;
mod user;
mod user_maps;

use std::path::PathBuf;

use thiserror::Error;

pub use kallsyms::KernelSymbols;
pub use kernel::kernel_symbols;
pub use user::user_symbols;
pub use user_maps::UserMaps;

/// Names of kernel addresses cannot be had.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SymbolError {
    /// The list of kernel symbols cannot be read.
    #[error("failed to read {}: {source}; mount proc, and use a kernel with CONFIG_KALLSYMS", .path.display())]
    Unreadable {
        /// The list.
        path: PathBuf,
        source: std::io::Error,
    },
    /// The kernel hides its addresses from this process.
    #[error(
        "all addresses in {} read as zero; run as root or grant CAP_SYSLOG, and set kernel.kptr_restrict to 0 or 1 (`sysctl kernel.kptr_restrict=1`)",
        .path.display()
    )]
    Hidden {
        /// The list.
        path: PathBuf,
    },
    /// The symbolizer failed for all addresses.
    #[error("failed to name {count} kernel addresses: {reason}; stacks will show addresses")]
    Symbolizer {
        /// How many there were.
        count: usize,
        /// The reason.
        reason: String,
    },
}
