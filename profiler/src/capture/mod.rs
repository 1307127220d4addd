//! Capture: loads the kernel programs, attaches them, and drains their records to disk.

pub mod symbols;
