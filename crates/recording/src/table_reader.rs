//! One table's file, checked and decoded.

use std::fs::File;
use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use parquet::column::reader::ColumnReader;
use parquet::errors::Result as ParquetResult;
use parquet::file::reader::{FileReader, RowGroupReader, SerializedFileReader};
use parquet::schema::types::{Type, TypePtr};

use super::columns::read_column;
use super::schema::{may_lack, schema_of};
use trace::table::{Column, ColumnData, ColumnKind, Row};

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
pub(super) fn check_shape(
    path: &Path,
    table: &str,
    schema: fn() -> ParquetResult<TypePtr>,
    rows: u64,
) -> Result<(), TableError> {
    let file = File::open(path)?;
    contained(|| {
        let parquet = open_parquet(file, table, schema)?;
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
        let parquet = open_parquet(file, R::TABLE, schema_of::<R>)?;
        let claimed = parquet.metadata().file_metadata().num_rows();
        let claimed = usize::try_from(claimed).unwrap_or(0);
        let mut rows = Vec::new();
        // Room is a matter of speed only, so being refused some is no failure.
        let _ = rows.try_reserve_exact(claimed.min(ROOM_ROWS));
        for index in 0..parquet.num_row_groups() {
            let row_group = parquet.get_row_group(index).map_err(damaged)?;
            append_row_group(row_group.as_ref(), &mut rows)?;
        }
        check_count("it", rows.len(), claimed)?;
        Ok(rows)
    })
}

/// Opens a file that has these columns.
fn open_parquet(
    file: File,
    table: &str,
    schema: fn() -> ParquetResult<TypePtr>,
) -> Result<SerializedFileReader<File>, TableError> {
    let parquet = SerializedFileReader::new(file).map_err(damaged)?;
    let found = parquet.metadata().file_metadata().schema();
    check_columns(table, found, schema().map_err(damaged)?.as_ref())?;
    Ok(parquet)
}

fn append_row_group<R: Row>(
    row_group: &dyn RowGroupReader,
    rows: &mut Vec<R>,
) -> Result<(), TableError> {
    // No column has more than one chunk, a list neither. An older recording may lack the last ones.
    let present = row_group.num_columns().min(R::COLUMNS.len());
    let mut chunks: Vec<ColumnReader> = (0..present)
        .map(|index| row_group.get_column_reader(index))
        .collect::<Result<_, _>>()
        .map_err(damaged)?;
    let before = rows.len();
    loop {
        let mut columns = read_batch(R::COLUMNS, &mut chunks)?;
        let length = columns.first().map_or(0, ColumnData::len);
        if length == 0 {
            break;
        }
        let lacking = R::COLUMNS[present..].iter();
        columns.extend(lacking.map(|column| zeros(column.kind, length)));
        append_rows(&columns, length, rows)?;
    }
    let claimed = usize::try_from(row_group.metadata().num_rows()).unwrap_or(0);
    check_count("a row group", rows.len() - before, claimed)
}

/// A column that a recording lacks: numbers alone are added to a format.
fn zeros(kind: ColumnKind, length: usize) -> ColumnData {
    match kind {
        ColumnKind::U64 => ColumnData::U64(vec![0; length]),
        other => ColumnData::empty(other),
    }
}

/// The next rows of all columns; none at the end.
fn read_batch(
    columns: &[Column],
    chunks: &mut [ColumnReader],
) -> Result<Vec<ColumnData>, TableError> {
    let batch: Vec<ColumnData> = columns
        .iter()
        .zip(chunks)
        .map(|(column, chunk)| {
            read_column(column.kind, chunk, BATCH_ROWS)
                .map_err(|reason| damaged(format!("column {}: {reason}", column.name)))
        })
        .collect::<Result<_, _>>()?;
    let length = batch.first().map_or(0, ColumnData::len);
    for (column, values) in columns.iter().zip(&batch) {
        check_count(&format!("column {}", column.name), values.len(), length)?;
    }
    Ok(batch)
}

fn append_rows<R: Row>(
    columns: &[ColumnData],
    length: usize,
    rows: &mut Vec<R>,
) -> Result<(), TableError> {
    for index in 0..length {
        let row = R::read_from(columns, index)
            .ok_or_else(|| damaged(format!("row {index} of a batch is incomplete")))?;
        rows.push(row);
    }
    Ok(())
}

fn check_count(what: &str, found: usize, claimed: usize) -> Result<(), TableError> {
    if found != claimed {
        return Err(damaged(format!("{what} has {found} rows, not {claimed}")));
    }
    Ok(())
}

fn check_columns(table: &str, found: &Type, expected: &Type) -> Result<(), TableError> {
    let (found, expected) = (found.get_fields(), expected.get_fields());
    for (index, expected) in expected.iter().enumerate() {
        let Some(found) = found.get(index) else {
            if may_lack(table, expected.name()) {
                continue;
            }
            return Err(damaged(format!("column {} is absent", expected.name())));
        };
        if found != expected {
            return Err(damaged(format!(
                "column {index} is {}, not {}",
                description(found),
                description(expected)
            )));
        }
    }
    if let Some(surplus) = found.get(expected.len()) {
        return Err(damaged(format!("column {} is not known", surplus.name())));
    }
    Ok(())
}

/// Name and type of a column.
fn description(column: &Type) -> String {
    let info = column.get_basic_info();
    let name = info.name();
    let stored = match column {
        Type::PrimitiveType { physical_type, .. } => physical_type.to_string(),
        Type::GroupType { .. } => "GROUP".to_owned(),
    };
    let repetition = if column.is_optional() {
        info.repetition().to_string()
    } else {
        "REQUIRED".to_owned()
    };
    format!("{name} {repetition} {stored} {}", info.converted_type())
}

/// Runs `decode`; a panic inside the Parquet decoder, which hostile bytes can provoke, is damage.
fn contained<T>(decode: impl FnOnce() -> Result<T, TableError>) -> Result<T, TableError> {
    // Values that `decode` leaves half-made are dropped with it.
    catch_unwind(AssertUnwindSafe(decode))
        .unwrap_or_else(|_| Err(damaged("the Parquet decoder gave up on it")))
}
