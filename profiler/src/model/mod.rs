//! The words that all rooms share: rows of a recording, phases, roles, and the report.

pub mod bench;
pub mod claim;
pub mod comparison;
pub mod doctor;
pub mod finding;
pub mod manifest;
pub mod mark;
pub mod measure;
pub mod path;
pub mod pattern;
pub mod phase;
pub mod question;
pub mod report;
pub mod role;
pub mod rows;
pub mod spill;
pub mod study;
pub mod syscall;
pub mod table;
