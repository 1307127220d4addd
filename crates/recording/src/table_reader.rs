//! One table's file, checked and decoded.

use std::fs::File;
use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use arrow_array::RecordBatch;
use arrow_schema::Schema;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::columns::from_arrow;
use super::schema::arrow_schema_of;
use trace::table::{ColumnData, Row};

/// Rows decoded at once.
const BATCH_ROWS: usize = 64 * 1024;
/// Bytes read at once for the checksum.
const CHUNK_BYTES: usize = 1 << 20;
/// Rows for which room is made beforehand, whatever the file says that it holds.
const ROOM_ROWS: usize = 1 << 24;

/// A problem of a table's file.
#[derive(Debug, thiserror::Error)]
pub(super) enum TableError {
    /// It cannot be opened or read.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// It is not what was written.
    #[error("{0}")]
    Damaged(String),
}

fn damaged(reason: impl std::fmt::Display) -> TableError {
    TableError::Damaged(reason.to_string())
}

/// Checks the file's bytes against the checksum made when it was written.
pub(super) fn check_bytes(path: &Path, expected_crc32: u32) -> Result<(), TableError> {
    let mut file = File::open(path)?;
    let mut crc32 = crc32fast::Hasher::new();
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let length = file.read(&mut chunk)?;
        if length == 0 {
            break;
        }
        crc32.update(&chunk[..length]);
    }
    let found = crc32.finalize();
    if found != expected_crc32 {
        return Err(TableError::Damaged(format!(
            "its checksum is {found:08x}, the manifest says {expected_crc32:08x}"
        )));
    }
    Ok(())
}

/// Checks the file's columns and its number of rows.
pub(super) fn check_shape(path: &Path, schema: &Schema, rows: u64) -> Result<(), TableError> {
    let file = File::open(path)?;
    contained(|| {
        let parquet = ParquetRecordBatchReaderBuilder::try_new(file).map_err(damaged)?;
        check_columns(parquet.schema(), schema)?;
        let found = parquet.metadata().file_metadata().num_rows();
        if u64::try_from(found) != Ok(rows) {
            return Err(damaged(format!(
                "it has {found} rows, the manifest says {rows}"
            )));
        }
        Ok(())
    })
}

/// All rows of the file.
pub(super) fn read_rows<R: Row>(path: &Path) -> Result<Vec<R>, TableError> {
    let file = File::open(path)?;
    contained(|| {
        let parquet = ParquetRecordBatchReaderBuilder::try_new(file).map_err(damaged)?;
        check_columns(parquet.schema(), &arrow_schema_of::<R>())?;
        let claimed = parquet.metadata().file_metadata().num_rows();
        let mut rows = Vec::new();
        // Room is a matter of speed only, so being refused some is no failure.
        let _ = rows.try_reserve_exact(usize::try_from(claimed).unwrap_or(0).min(ROOM_ROWS));
        let batches = parquet
            .with_batch_size(BATCH_ROWS)
            .build()
            .map_err(damaged)?;
        for batch in batches {
            append_rows(&batch.map_err(damaged)?, &mut rows)?;
        }
        Ok(rows)
    })
}

fn append_rows<R: Row>(batch: &RecordBatch, rows: &mut Vec<R>) -> Result<(), TableError> {
    let columns: Vec<ColumnData> = R::COLUMNS
        .iter()
        .zip(batch.columns())
        .map(|(column, array)| {
            from_arrow(column.kind, array)
                .ok_or_else(|| damaged(format!("column {} has another type", column.name)))
        })
        .collect::<Result<_, _>>()?;
    for index in 0..batch.num_rows() {
        let row = R::read_from(&columns, index)
            .ok_or_else(|| damaged(format!("row {index} of a batch is incomplete")))?;
        rows.push(row);
    }
    Ok(())
}

fn check_columns(found: &Schema, expected: &Schema) -> Result<(), TableError> {
    for (index, expected) in expected.fields().iter().enumerate() {
        let Some(found) = found.fields().get(index) else {
            return Err(damaged(format!("column {} is absent", expected.name())));
        };
        if found != expected {
            return Err(damaged(format!(
                "column {index} is {} {}, not {} {}",
                found.name(),
                found.data_type(),
                expected.name(),
                expected.data_type()
            )));
        }
    }
    if found.fields().len() > expected.fields().len() {
        let surplus = found.field(expected.fields().len()).name();
        return Err(damaged(format!("column {surplus} is not known")));
    }
    Ok(())
}

/// Runs `decode`; a panic inside the Parquet decoder, which hostile bytes can provoke, is damage.
fn contained<T>(decode: impl FnOnce() -> Result<T, TableError>) -> Result<T, TableError> {
    // What `decode` leaves half-made is dropped with it.
    catch_unwind(AssertUnwindSafe(decode))
        .unwrap_or_else(|_| Err(damaged("the Parquet decoder gave up on it")))
}
