//! Tables as the code sees them: a row is a plain struct, its fields are the columns.
//!
//! [`table!`](crate::table) declares both at once, so the struct, the columns on disk and their
//! documentation cannot drift apart.

/// The values of one column.
#[derive(Clone, Debug, PartialEq)]
pub enum ColumnData {
    /// Unsigned, 64 bits.
    U64(Vec<u64>),
    /// Unsigned, 32 bits.
    U32(Vec<u32>),
    /// Unsigned, 16 bits.
    U16(Vec<u16>),
    /// Unsigned, 8 bits.
    U8(Vec<u8>),
    /// Signed, 64 bits.
    I64(Vec<i64>),
    /// Signed, 32 bits.
    I32(Vec<i32>),
    /// True or false.
    Bool(Vec<bool>),
    /// UTF-8 text.
    Text(Vec<String>),
    /// Unsigned, 64 bits, or nothing.
    OptionU64(Vec<Option<u64>>),
    /// Unsigned, 32 bits, or nothing.
    OptionU32(Vec<Option<u32>>),
    /// A list of unsigned 64-bit numbers.
    ListU64(Vec<Vec<u64>>),
}

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// See [`ColumnData::U64`].
    U64,
    /// See [`ColumnData::U32`].
    U32,
    /// See [`ColumnData::U16`].
    U16,
    /// See [`ColumnData::U8`].
    U8,
    /// See [`ColumnData::I64`].
    I64,
    /// See [`ColumnData::I32`].
    I32,
    /// See [`ColumnData::Bool`].
    Bool,
    /// See [`ColumnData::Text`].
    Text,
    /// See [`ColumnData::OptionU64`].
    OptionU64,
    /// See [`ColumnData::OptionU32`].
    OptionU32,
    /// See [`ColumnData::ListU64`].
    ListU64,
}

/// Name, type and meaning of a column.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Name on disk.
    pub name: &'static str,
    /// Type on disk.
    pub kind: ColumnKind,
    /// Its meaning, from the field's documentation.
    pub doc: &'static str,
}

/// A row of a table.
pub trait Row: Sized {
    /// Name of the table, and of its file.
    const TABLE: &'static str;
    /// The meaning of a row.
    const DOC: &'static str;
    /// The columns, in order.
    const COLUMNS: &'static [Column];

    /// Appends each field to its column. `columns` are as [`empty_columns`] makes them.
    fn append_to(self, columns: &mut [ColumnData]);

    /// The row at `index`; `None` if the columns are not those of this table or are too short.
    fn read_from(columns: &[ColumnData], index: usize) -> Option<Self>;
}

/// A column with room for nothing yet, for each column of `R`.
pub fn empty_columns<R: Row>() -> Vec<ColumnData> {
    R::COLUMNS
        .iter()
        .map(|column| ColumnData::empty(column.kind))
        .collect()
}

/// A type that can be a field of a row.
pub trait ColumnValue: Sized {
    /// Its column type.
    const KIND: ColumnKind;
    /// Appends it. A column of another type is left alone.
    fn push_to(self, column: &mut ColumnData);
    /// Reads it back.
    fn read_from(column: &ColumnData, index: usize) -> Option<Self>;
}

macro_rules! column_values {
    ($($ty:ty => $variant:ident),+ $(,)?) => {
        impl ColumnData {
            /// An empty column of this type.
            pub fn empty(kind: ColumnKind) -> Self {
                match kind { $(ColumnKind::$variant => Self::$variant(Vec::new())),+ }
            }

            /// Its type.
            pub fn kind(&self) -> ColumnKind {
                match self { $(Self::$variant(_) => ColumnKind::$variant),+ }
            }

            /// Number of values.
            pub fn len(&self) -> usize {
                match self { $(Self::$variant(values) => values.len()),+ }
            }

            /// Whether it has none.
            pub fn is_empty(&self) -> bool {
                self.len() == 0
            }

            /// Drops the values and keeps the room.
            pub fn clear(&mut self) {
                match self { $(Self::$variant(values) => values.clear()),+ }
            }
        }
        $(impl ColumnValue for $ty {
            const KIND: ColumnKind = ColumnKind::$variant;

            fn push_to(self, column: &mut ColumnData) {
                debug_assert_eq!(column.kind(), Self::KIND);
                if let ColumnData::$variant(values) = column {
                    values.push(self);
                }
            }

            fn read_from(column: &ColumnData, index: usize) -> Option<Self> {
                match column {
                    ColumnData::$variant(values) => values.get(index).cloned(),
                    _ => None,
                }
            }
        })+
    };
}

column_values! {
    u64 => U64,
    u32 => U32,
    u16 => U16,
    u8 => U8,
    i64 => I64,
    i32 => I32,
    bool => Bool,
    String => Text,
    Option<u64> => OptionU64,
    Option<u32> => OptionU32,
    Vec<u64> => ListU64,
}

/// Declares a row struct together with its table.
#[macro_export]
macro_rules! table {
    (
        $(#[doc = $doc:literal])+
        $table:literal: struct $name:ident {
            $($(#[doc = $field_doc:literal])+ $field:ident: $ty:ty),+ $(,)?
        }
    ) => {
        $(#[doc = $doc])+
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        pub struct $name {
            $($(#[doc = $field_doc])+ pub $field: $ty),+
        }

        impl $crate::table::Row for $name {
            const TABLE: &'static str = $table;
            const DOC: &'static str = concat!($($doc),+);
            const COLUMNS: &'static [$crate::table::Column] = &[$(
                $crate::table::Column {
                    name: stringify!($field),
                    kind: <$ty as $crate::table::ColumnValue>::KIND,
                    doc: concat!($($field_doc),+),
                }
            ),+];

            fn append_to(self, columns: &mut [$crate::table::ColumnData]) {
                let mut columns = columns.iter_mut();
                $(if let Some(column) = columns.next() {
                    $crate::table::ColumnValue::push_to(self.$field, column);
                })+
            }

            fn read_from(
                columns: &[$crate::table::ColumnData],
                index: usize,
            ) -> Option<Self> {
                let mut columns = columns.iter();
                Some(Self {
                    $($field: $crate::table::ColumnValue::read_from(columns.next()?, index)?),+
                })
            }
        }
    };
}
