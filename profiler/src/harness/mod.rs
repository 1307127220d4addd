//! The harness.
pub mod image;
