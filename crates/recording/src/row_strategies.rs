//! Arbitrary rows of any table, for property tests.

use proptest::collection::vec;
use proptest::prelude::*;

use trace::table::{ColumnData, ColumnKind, Row};

/// Up to `most` arbitrary rows of `R`.
pub(super) fn rows<R: Row + std::fmt::Debug>(most: usize) -> impl Strategy<Value = Vec<R>> {
    (0..=most)
        .prop_flat_map(|length| {
            let columns: Vec<_> = R::COLUMNS
                .iter()
                .map(|column| values(column.kind, length))
                .collect();
            (Just(length), columns)
        })
        .prop_map(|(length, columns)| {
            (0..length)
                .filter_map(|index| R::read_from(&columns, index))
                .collect()
        })
}

fn values(kind: ColumnKind, length: usize) -> BoxedStrategy<ColumnData> {
    match kind {
        ColumnKind::U64 => vec(any::<u64>(), length).prop_map(ColumnData::U64).boxed(),
        ColumnKind::U32 => vec(any::<u32>(), length).prop_map(ColumnData::U32).boxed(),
        ColumnKind::U16 => vec(any::<u16>(), length).prop_map(ColumnData::U16).boxed(),
        ColumnKind::U8 => vec(any::<u8>(), length).prop_map(ColumnData::U8).boxed(),
        ColumnKind::I64 => vec(any::<i64>(), length).prop_map(ColumnData::I64).boxed(),
        ColumnKind::I32 => vec(any::<i32>(), length).prop_map(ColumnData::I32).boxed(),
        ColumnKind::Bool => vec(any::<bool>(), length)
            .prop_map(ColumnData::Bool)
            .boxed(),
        ColumnKind::Text => vec(any::<String>(), length)
            .prop_map(ColumnData::Text)
            .boxed(),
        ColumnKind::OptionU64 => vec(any::<Option<u64>>(), length)
            .prop_map(ColumnData::OptionU64)
            .boxed(),
        ColumnKind::OptionU32 => vec(any::<Option<u32>>(), length)
            .prop_map(ColumnData::OptionU32)
            .boxed(),
        ColumnKind::ListU64 => vec(vec(any::<u64>(), 0..5), length)
            .prop_map(ColumnData::ListU64)
            .boxed(),
    }
}
