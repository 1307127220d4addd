//! The words that all rooms share: rows of a recording, phases, roles, and the report.

pub mod manifest;
pub mod mark;
pub mod phase;
pub mod report;
pub mod role;
pub mod rows;
pub mod table;
