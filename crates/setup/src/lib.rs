//! The configurations and their axes, sizes, cache policies, and the format of a bench.
//!
//! Pure: no file, clock or environment. The crate `engine` brings a configuration about, the crate
//! `bench` runs many.

pub mod backing;
pub mod bench;
pub mod cache;
pub mod configuration;
pub mod folders;
pub mod image;
pub mod pattern;
pub mod random;
pub mod runtime;
pub mod size;
pub mod storage;
