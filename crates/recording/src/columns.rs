//! Between the model's columns and Parquet's column chunks.
//!
//! Parquet knows numbers of 32 and 64 bits with a sign; the others are written as these, and the
//! file's schema says what they are.

use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::column::writer::ColumnWriter;
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, Int32Type, Int64Type};
use parquet::errors::{ParquetError, Result};

use trace::table::{ColumnData, ColumnKind};

/// Appends the column to a chunk of its kind.
pub(super) fn write_column(column: ColumnData, chunk: &mut ColumnWriter<'_>) -> Result<()> {
    match column {
        ColumnData::U64(values) => write::<Int64Type>(chunk, &map(values, u64::cast_signed)),
        ColumnData::U32(values) => write::<Int32Type>(chunk, &map(values, u32::cast_signed)),
        ColumnData::U16(values) => write::<Int32Type>(chunk, &map(values, i32::from)),
        ColumnData::U8(values) => write::<Int32Type>(chunk, &map(values, i32::from)),
        ColumnData::I64(values) => write::<Int64Type>(chunk, &values),
        ColumnData::I32(values) => write::<Int32Type>(chunk, &values),
        ColumnData::Bool(values) => write::<BoolType>(chunk, &values),
        ColumnData::Text(values) => write::<ByteArrayType>(chunk, &map(values, to_bytes)),
        ColumnData::OptionU64(values) => {
            write_options::<Int64Type, _>(chunk, values, u64::cast_signed)
        }
        ColumnData::OptionU32(values) => {
            write_options::<Int32Type, _>(chunk, values, u32::cast_signed)
        }
        ColumnData::ListU64(values) => write_lists(chunk, &values),
    }
}

fn map<V, W>(values: Vec<V>, convert: impl FnMut(V) -> W) -> Vec<W> {
    values.into_iter().map(convert).collect()
}

fn to_bytes(text: String) -> ByteArray {
    text.into_bytes().into()
}

fn write<T: DataType>(chunk: &mut ColumnWriter<'_>, values: &[T::T]) -> Result<()> {
    write_levels::<T>(chunk, values, None, None)
}

/// The definition level of a value is 1, that of an absent one 0.
fn write_options<T: DataType, V>(
    chunk: &mut ColumnWriter<'_>,
    values: Vec<Option<V>>,
    convert: impl FnMut(V) -> T::T,
) -> Result<()> {
    let definitions: Vec<i16> = values.iter().map(|value| value.is_some().into()).collect();
    let present: Vec<T::T> = values.into_iter().flatten().map(convert).collect();
    write_levels::<T>(chunk, &present, Some(&definitions), None)
}

/// The definition level of an item is 1, that of an empty list 0. What begins a list has the
/// repetition level 0, what continues one has 1.
fn write_lists(chunk: &mut ColumnWriter<'_>, lists: &[Vec<u64>]) -> Result<()> {
    let levels = lists.iter().map(|list| list.len().max(1)).sum();
    let mut definitions = Vec::with_capacity(levels);
    let mut repetitions = Vec::with_capacity(levels);
    let mut items = Vec::with_capacity(levels);
    for list in lists {
        let levels = definitions.len() + list.len().max(1);
        definitions.resize(levels, i16::from(!list.is_empty()));
        repetitions.push(0);
        repetitions.resize(levels, 1);
        items.extend(list.iter().copied().map(u64::cast_signed));
    }
    write_levels::<Int64Type>(chunk, &items, Some(&definitions), Some(&repetitions))
}

fn write_levels<T: DataType>(
    chunk: &mut ColumnWriter<'_>,
    values: &[T::T],
    definitions: Option<&[i16]>,
    repetitions: Option<&[i16]>,
) -> Result<()> {
    let chunk = T::get_column_writer_mut(chunk).ok_or_else(other_type)?;
    chunk.write_batch(values, definitions, repetitions)?;
    Ok(())
}

/// The next `rows` values of the chunk, or those that are left, as a column of this kind.
pub(super) fn read_column(
    kind: ColumnKind,
    chunk: &mut ColumnReader,
    rows: usize,
) -> Result<ColumnData> {
    use ColumnReader::{
        BoolColumnReader as Bools, ByteArrayColumnReader as Bytes, Int32ColumnReader as I32s,
        Int64ColumnReader as I64s,
    };
    Ok(match (kind, chunk) {
        (ColumnKind::U64, I64s(chunk)) => {
            ColumnData::U64(map(read(chunk, rows)?, i64::cast_unsigned))
        }
        (ColumnKind::U32, I32s(chunk)) => {
            ColumnData::U32(map(read(chunk, rows)?, i32::cast_unsigned))
        }
        (ColumnKind::U16, I32s(chunk)) => ColumnData::U16(read_narrow(chunk, rows)?),
        (ColumnKind::U8, I32s(chunk)) => ColumnData::U8(read_narrow(chunk, rows)?),
        (ColumnKind::I64, I64s(chunk)) => ColumnData::I64(read(chunk, rows)?),
        (ColumnKind::I32, I32s(chunk)) => ColumnData::I32(read(chunk, rows)?),
        (ColumnKind::Bool, Bools(chunk)) => ColumnData::Bool(read(chunk, rows)?),
        (ColumnKind::Text, Bytes(chunk)) => ColumnData::Text(read_texts(chunk, rows)?),
        (ColumnKind::OptionU64, I64s(chunk)) => {
            ColumnData::OptionU64(read_options(chunk, rows, i64::cast_unsigned)?)
        }
        (ColumnKind::OptionU32, I32s(chunk)) => {
            ColumnData::OptionU32(read_options(chunk, rows, i32::cast_unsigned)?)
        }
        (ColumnKind::ListU64, I64s(chunk)) => ColumnData::ListU64(read_lists(chunk, rows)?),
        _ => return Err(other_type()),
    })
}

/// The values of a column without nulls: to read one that has some without their levels is an error.
fn read<T: DataType>(chunk: &mut ColumnReaderImpl<T>, rows: usize) -> Result<Vec<T::T>> {
    let mut values = Vec::new();
    chunk.read_records(rows, None, None, &mut values)?;
    Ok(values)
}

fn read_narrow<V: TryFrom<i32>>(
    chunk: &mut ColumnReaderImpl<Int32Type>,
    rows: usize,
) -> Result<Vec<V>> {
    read(chunk, rows)?
        .into_iter()
        .map(|value| V::try_from(value).map_err(|_| invalid("a number is out of range")))
        .collect()
}

fn read_texts(chunk: &mut ColumnReaderImpl<ByteArrayType>, rows: usize) -> Result<Vec<String>> {
    let texts = read(chunk, rows)?;
    texts
        .iter()
        .map(|text| text.as_utf8().map(str::to_owned))
        .collect()
}

fn read_options<T: DataType, V>(
    chunk: &mut ColumnReaderImpl<T>,
    rows: usize,
    convert: impl FnMut(T::T) -> V,
) -> Result<Vec<Option<V>>> {
    let (mut definitions, mut values) = (Vec::new(), Vec::new());
    chunk.read_records(rows, Some(&mut definitions), None, &mut values)?;
    // There are as many values as levels that speak of one.
    let mut values = values.into_iter().map(convert);
    Ok(map(definitions, |level| {
        if level > 0 { values.next() } else { None }
    }))
}

fn read_lists(chunk: &mut ColumnReaderImpl<Int64Type>, rows: usize) -> Result<Vec<Vec<u64>>> {
    let (mut definitions, mut repetitions) = (Vec::new(), Vec::new());
    let mut items = Vec::new();
    chunk.read_records(
        rows,
        Some(&mut definitions),
        Some(&mut repetitions),
        &mut items,
    )?;
    if repetitions.first().is_some_and(|&level| level > 0) {
        return Err(invalid("a list has no beginning"));
    }
    let mut definitions = definitions.into_iter();
    let mut items = items.into_iter().map(i64::cast_unsigned);
    repetitions
        .chunk_by(|_, &next| next > 0)
        .map(|list| {
            let levels = definitions.by_ref().take(list.len());
            let length = levels.filter(|&level| level > 0).count();
            if length < list.len() && list.len() > 1 {
                return Err(invalid("a list is both empty and not"));
            }
            Ok(items.by_ref().take(length).collect())
        })
        .collect()
}

fn other_type() -> ParquetError {
    invalid("it has another type")
}

fn invalid(reason: &str) -> ParquetError {
    ParquetError::General(reason.to_owned())
}
