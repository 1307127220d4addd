//! Capture: loads the kernel programs, attaches them, and drains their records to disk.
//!
//! Nothing is pinned: when the process ends, however it ends, the kernel drops programs, maps and
//! links with its descriptors.

mod account;
mod alive;
mod btf;
mod calibration;
mod command;
mod containers;
mod counters;
pub mod decode;
#[cfg(feature = "ebpf-log")]
mod diagnostics;
mod drain;
mod error;
mod functions;
mod host;
mod kernel;
mod loader;
mod map_watch;
pub mod namespace;
mod object;
mod offsets;
mod older;
mod options;
mod procfs;
mod ring_mapping;
mod session;
pub mod symbols;
mod verify;

pub use command::resolve as resolve_command;
pub use counters::Counters;
pub use error::CaptureError;
pub use host::{BTF_PATH, host, is_btf_available};
pub use loader::{Probes, is_essential};
pub use options::{CaptureOptions, ProbeKind, Roots};
pub use session::{Captured, StopReason, record};
