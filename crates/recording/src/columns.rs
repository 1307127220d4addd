//! Between the model's columns and Arrow's arrays.

use std::sync::Arc;

use arrow_array::builder::{ListBuilder, UInt64Builder};
use arrow_array::types::{
    ArrowPrimitiveType, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{
    Array, ArrayRef, BooleanArray, Int32Array, Int64Array, ListArray, PrimitiveArray, StringArray,
    UInt8Array, UInt16Array, UInt32Array, UInt64Array,
};

use super::schema::list_item;
use trace::table::{ColumnData, ColumnKind};

/// The column as an Arrow array, without copying where the layouts agree.
pub(super) fn to_arrow(column: ColumnData) -> ArrayRef {
    match column {
        ColumnData::U64(values) => Arc::new(UInt64Array::from(values)),
        ColumnData::U32(values) => Arc::new(UInt32Array::from(values)),
        ColumnData::U16(values) => Arc::new(UInt16Array::from(values)),
        ColumnData::U8(values) => Arc::new(UInt8Array::from(values)),
        ColumnData::I64(values) => Arc::new(Int64Array::from(values)),
        ColumnData::I32(values) => Arc::new(Int32Array::from(values)),
        ColumnData::Bool(values) => Arc::new(BooleanArray::from(values)),
        ColumnData::Text(values) => Arc::new(StringArray::from(values)),
        ColumnData::OptionU64(values) => Arc::new(UInt64Array::from(values)),
        ColumnData::OptionU32(values) => Arc::new(UInt32Array::from(values)),
        ColumnData::ListU64(values) => Arc::new(list_to_arrow(&values)),
    }
}

fn list_to_arrow(lists: &[Vec<u64>]) -> ListArray {
    let mut builder = ListBuilder::new(UInt64Builder::new()).with_field(list_item());
    for list in lists {
        builder.values().append_slice(list);
        builder.append(true);
    }
    builder.finish()
}

/// The array as a column of this kind; `None` if it is of another type, or has a null where the
/// column may not.
pub(super) fn from_arrow(kind: ColumnKind, array: &dyn Array) -> Option<ColumnData> {
    Some(match kind {
        ColumnKind::U64 => ColumnData::U64(values::<UInt64Type>(array)?),
        ColumnKind::U32 => ColumnData::U32(values::<UInt32Type>(array)?),
        ColumnKind::U16 => ColumnData::U16(values::<UInt16Type>(array)?),
        ColumnKind::U8 => ColumnData::U8(values::<UInt8Type>(array)?),
        ColumnKind::I64 => ColumnData::I64(values::<Int64Type>(array)?),
        ColumnKind::I32 => ColumnData::I32(values::<Int32Type>(array)?),
        ColumnKind::Bool => ColumnData::Bool(bools(array)?),
        ColumnKind::Text => ColumnData::Text(texts(array)?),
        ColumnKind::OptionU64 => ColumnData::OptionU64(options::<UInt64Type>(array)?),
        ColumnKind::OptionU32 => ColumnData::OptionU32(options::<UInt32Type>(array)?),
        ColumnKind::ListU64 => ColumnData::ListU64(lists(array)?),
    })
}

/// The array as `T`, if it has no nulls.
fn without_nulls<T: 'static>(array: &dyn Array) -> Option<&T> {
    if array.null_count() > 0 {
        return None;
    }
    array.as_any().downcast_ref()
}

fn values<T: ArrowPrimitiveType>(array: &dyn Array) -> Option<Vec<T::Native>> {
    Some(without_nulls::<PrimitiveArray<T>>(array)?.values().to_vec())
}

fn options<T: ArrowPrimitiveType>(array: &dyn Array) -> Option<Vec<Option<T::Native>>> {
    let array: &PrimitiveArray<T> = array.as_any().downcast_ref()?;
    Some(array.iter().collect())
}

fn bools(array: &dyn Array) -> Option<Vec<bool>> {
    Some(
        without_nulls::<BooleanArray>(array)?
            .values()
            .iter()
            .collect(),
    )
}

fn texts(array: &dyn Array) -> Option<Vec<String>> {
    let array: &StringArray = without_nulls(array)?;
    Some(array.iter().flatten().map(str::to_owned).collect())
}

fn lists(array: &dyn Array) -> Option<Vec<Vec<u64>>> {
    let array: &ListArray = without_nulls(array)?;
    let items = without_nulls::<UInt64Array>(array.values())?.values();
    array
        .value_offsets()
        .windows(2)
        .map(|ends| {
            let from = usize::try_from(ends[0]).ok()?;
            let to = usize::try_from(ends[1]).ok()?;
            Some(items.get(from..to)?.to_vec())
        })
        .collect()
}
