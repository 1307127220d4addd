//! The engine: it takes containers through their lifecycle under a configuration, and marks the
//! edges of each stage on the kernel's clock.
//!
//! [`spec::RunSpec`] says what is to be done and how the engine's process is started; that process
//! calls [`process::run`] and leaves a [`results::EngineReport`]; [`record`] puts both together for
//! the manifest. Each axis of a configuration (the crate `setup`) is brought about by a module:
//! [`manager`], [`runtime`], [`storage`], [`backing`], [`cgroup`], [`network`], [`image`].
//! [`manager::refusals`] says what a manager cannot do on any host.

pub mod backing;
pub mod cache;
pub mod cgroup;
pub mod child;
pub mod directory;
pub mod drivers;
pub mod image;
pub mod interrupt;
pub mod lifecycle;
pub mod limits;
pub mod manager;
pub mod mark;
pub mod network;
pub mod process;
pub mod program;
pub mod record;
pub mod results;
pub mod runtime;
pub mod sandbox;
pub mod spec;
pub mod storage;
pub mod workload;
