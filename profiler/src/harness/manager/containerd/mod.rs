//! containerd: one of the engine's own.

pub mod daemon;
