//! The command line.

pub mod engine;
