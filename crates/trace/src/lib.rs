//! The contents of a recording: its rows and tables, its manifest, marks, the raw records of a
//! spill, and the words for what is in them: system calls, phases, roles.
//!
//! Pure: no file, clock or environment.

pub mod errno;
pub mod manifest;
pub mod mark;
pub mod phase;
pub mod role;
pub mod rows;
pub mod spill;
pub mod syscall;
pub mod table;
