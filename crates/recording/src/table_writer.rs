//! One table's file, written as the rows come.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::ColumnPath;

use super::RecordingError;
use super::chunk_writer::ChunkWriter;
use super::durability::Durability;
use super::schema::schema_of;
use trace::table::ColumnData;
use trace::table::{ColumnKind, Row, empty_columns};

/// Rows that are gathered before they are coded.
const BATCH_ROWS: usize = 64 * 1024;
/// Rows of a row group: what Parquet keeps in memory, coded and compressed, until it is written.
const ROW_GROUP_ROWS: usize = 256 * 1024;

/// Writes the rows of one table to its file. Memory is bounded by a batch and a row group.
pub struct TableWriter<R: Row> {
    path: PathBuf,
    parquet: SerializedFileWriter<ChecksummedFile>,
    /// The columns of the row group that is being filled; none before its first batch.
    row_group: Vec<ChunkWriter>,
    row_group_rows: usize,
    columns: Vec<ColumnData>,
    batch_rows: usize,
    rows: u64,
    row_type: std::marker::PhantomData<fn(R)>,
}

/// The result of writing a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FinishedTable {
    /// Rows in it.
    pub rows: u64,
    /// CRC-32 (ISO 3309, as in gzip) of its file.
    pub crc32: u32,
}

impl<R: Row> TableWriter<R> {
    /// Begins the table in a new file at `path`; what was there is lost.
    pub fn create(path: &Path) -> Result<Self, RecordingError> {
        let file = File::create(path).map_err(RecordingError::io("create", path))?;
        let parquet = SerializedFileWriter::new(
            ChecksummedFile::new(file),
            schema_of::<R>().map_err(encode::<R>)?,
            Arc::new(properties::<R>()?),
        )
        .map_err(encode::<R>)?;
        Ok(Self {
            path: path.to_path_buf(),
            parquet,
            row_group: Vec::new(),
            row_group_rows: 0,
            columns: empty_columns::<R>(),
            batch_rows: 0,
            rows: 0,
            row_type: std::marker::PhantomData,
        })
    }

    /// Adds a row.
    pub fn push(&mut self, row: R) -> Result<(), RecordingError> {
        row.append_to(&mut self.columns);
        self.batch_rows += 1;
        if self.batch_rows >= BATCH_ROWS {
            self.write_batch().map_err(encode::<R>)?;
        }
        Ok(())
    }

    /// Writes what is left.
    pub fn finish(mut self, durability: Durability) -> Result<FinishedTable, RecordingError> {
        self.write_rest().map_err(encode::<R>)?;
        let written = self.parquet.into_inner().map_err(encode::<R>)?;
        durability
            .sync(&written.file)
            .map_err(RecordingError::io("make durable", &self.path))?;
        Ok(FinishedTable {
            rows: self.rows,
            crc32: written.crc32.finalize(),
        })
    }

    fn write_rest(&mut self) -> ParquetResult<()> {
        self.write_batch()?;
        if self.row_group.is_empty() {
            return Ok(());
        }
        self.write_row_group()
    }

    fn write_batch(&mut self) -> ParquetResult<()> {
        if self.batch_rows == 0 {
            return Ok(());
        }
        if self.row_group.is_empty() {
            self.begin_row_group();
        }
        let columns = std::mem::replace(&mut self.columns, empty_columns::<R>());
        for (chunk, column) in self.row_group.iter_mut().zip(columns) {
            chunk.write(column)?;
        }
        self.rows += self.batch_rows as u64;
        self.row_group_rows += self.batch_rows;
        self.batch_rows = 0;
        if self.row_group_rows >= ROW_GROUP_ROWS {
            self.write_row_group()?;
        }
        Ok(())
    }

    fn begin_row_group(&mut self) {
        let properties = self.parquet.properties();
        let columns = self.parquet.schema_descr().columns();
        self.row_group = columns
            .iter()
            .map(|column| ChunkWriter::new(column, properties))
            .collect();
        self.row_group_rows = 0;
    }

    fn write_row_group(&mut self) -> ParquetResult<()> {
        let mut row_group = self.parquet.next_row_group()?;
        for chunk in self.row_group.drain(..) {
            chunk.append_to(&mut row_group)?;
        }
        row_group.close()?;
        Ok(())
    }
}

/// zstd, level 1; times as differences, which makes them a third as large.
fn properties<R: Row>() -> Result<WriterProperties, RecordingError> {
    let level = ZstdLevel::try_new(1).map_err(encode::<R>)?;
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(level))
        .set_statistics_enabled(EnabledStatistics::Chunk);
    for column in R::COLUMNS {
        let is_number = matches!(column.kind, ColumnKind::U64 | ColumnKind::OptionU64);
        if is_number && column.name.ends_with("_ns") {
            let path = ColumnPath::from(column.name);
            properties = properties
                .set_column_dictionary_enabled(path.clone(), false)
                .set_column_encoding(path, Encoding::DELTA_BINARY_PACKED);
        }
    }
    Ok(properties.build())
}

fn encode<R: Row>(error: ParquetError) -> RecordingError {
    let refusal = match &error {
        ParquetError::External(source) => source.downcast_ref::<io::Error>(),
        _ => None,
    };
    RecordingError::Encode {
        table: R::TABLE,
        kind: refusal.map(io::Error::kind),
        reason: error.to_string(),
    }
}

/// A file, and the checksum of what was written to it.
struct ChecksummedFile {
    file: File,
    crc32: crc32fast::Hasher,
}

impl ChecksummedFile {
    fn new(file: File) -> Self {
        Self {
            file,
            crc32: crc32fast::Hasher::new(),
        }
    }
}

impl Write for ChecksummedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.crc32.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
