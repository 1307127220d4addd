//! A recording on disk: raw facts, one Parquet file for each table, and a manifest.
//!
//! The directory is written under a temporary name (`DIR.partial`) and renamed when it is whole.
//! While it is written it holds a *spill*, the raw records as capture received them, and a
//! provisional manifest; from these two an interrupted recording can be recovered.
//! `manifest.json` is written last: a directory that has one is whole, a directory that has none is
//! never read. The manifest holds the row count and the checksum of every table file, so a damaged
//! file is refused before any of it is decoded.
//!
//! Out of scope: what the facts mean (see `timeline` and `attribution`) and how the spill is coded
//! (see `decode`).

mod chunk_writer;
mod columns;
pub mod documentation;
mod durability;
mod error;
mod reader;
mod schema;
mod table_reader;
mod table_writer;
mod writer;

#[cfg(test)]
mod row_strategies;
#[cfg(test)]
mod tests;

pub use durability::Durability;
pub use error::RecordingError;
pub use reader::Recording;
pub use schema::RecordedRow;
pub use table_writer::{FinishedTable, TableWriter};
pub use writer::{RecordingWriter, partial_path};

/// File name of the manifest of a whole recording.
pub const MANIFEST_FILE: &str = "manifest.json";
/// File name of the manifest of a recording that is being made, inside its `.partial` directory.
pub const PROVISIONAL_MANIFEST_FILE: &str = "manifest.provisional.json";
/// File name of the raw records of a recording that is being made.
pub const SPILL_FILE: &str = "spill";
/// The suffix of the name of a recording's directory until it is whole.
pub const PARTIAL_SUFFIX: &str = ".partial";
