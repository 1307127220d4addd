//! Capture: loads the kernel programs, attaches them, and drains their records to disk.
//!
//! Nothing is pinned: when the process ends, however it ends, the kernel drops programs, maps and
//! links with its descriptors.

mod account;
mod btf;
mod calibration;
mod command;
mod counters;
pub mod decode;
#[cfg(feature = "ebpf-log")]
mod diagnostics;
mod drain;
mod error;
mod functions;
mod host;
mod loader;
mod map_watch;
mod offsets;
mod older;
mod options;
mod procfs;
mod session;
pub mod symbols;

pub use counters::Counters;
pub use error::CaptureError;
pub use host::{BTF_PATH, host, is_btf_available};
pub use loader::{Probes, is_essential};
pub use options::{CaptureOptions, ProbeKind, Roots};
pub use session::{Captured, StopReason, record};
