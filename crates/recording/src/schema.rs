//! The list of tables, and the Arrow schema of each.

use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema, SchemaRef};

use super::table_writer::TableWriter;
use trace::rows::{
    CgroupEvent, Exec, FunctionRun, LockWait, Mark, OffCpu, Rename, Sample, Span, Stack, Symbol,
    Tables, Task, Text, Total,
};
use trace::table::{Column, ColumnKind, Row};

/// A row that has a table in every recording.
///
/// Sealed by its argument types: the list of tables is closed.
pub trait RecordedRow: Row + Send {
    #[doc(hidden)]
    fn writer(writers: &mut TableWriters) -> &mut TableWriter<Self>;
}

/// Calls `$each!` with the name of every table's field in [`Tables`] and its row type.
macro_rules! with_tables {
    ($each:ident) => {
        $each! {
            spans: Span, totals: Total, off_cpu: OffCpu, tasks: Task, execs: Exec,
            renames: Rename, marks: Mark, locks: LockWait, cgroups: CgroupEvent,
            samples: Sample, functions: FunctionRun, stacks: Stack, symbols: Symbol,
            strings: Text,
        }
    };
}

macro_rules! declare_tables {
    ($($field:ident: $row:ty),+ $(,)?) => {
        /// One writer for each table.
        #[doc(hidden)]
        pub struct TableWriters { $(pub(super) $field: TableWriter<$row>),+ }

        impl TableWriters {
            /// Applies `make` to every table.
            pub(super) fn create(
                dir: &std::path::Path,
            ) -> Result<Self, super::RecordingError> {
                Ok(Self { $($field: TableWriter::create(&table_path::<$row>(dir))?),+ })
            }

            /// Finishes every table; in the order of [`DESCRIPTIONS`].
            pub(super) fn finish(
                self,
            ) -> Result<Vec<(&'static str, super::FinishedTable)>, super::RecordingError> {
                Ok(vec![$((<$row>::TABLE, self.$field.finish()?)),+])
            }
        }

        $(impl RecordedRow for $row {
            fn writer(writers: &mut TableWriters) -> &mut TableWriter<Self> {
                &mut writers.$field
            }
        })+

        /// Every table, in the order in which they are documented.
        pub(super) const DESCRIPTIONS: &[Description] = &[$(Description {
            table: <$row>::TABLE,
            doc: <$row>::DOC,
            columns: <$row>::COLUMNS,
            schema: arrow_schema_of::<$row>,
        }),+];

        /// All tables, each read by `$recording.read()`.
        pub(super) fn read_all(
            recording: &super::Recording,
        ) -> Result<Tables, super::RecordingError> {
            Ok(Tables { $($field: recording.read::<$row>()?),+ })
        }
    };
}

with_tables!(declare_tables);

/// A table without its row type.
pub(super) struct Description {
    /// Its name.
    pub(super) table: &'static str,
    /// The meaning of a row.
    pub(super) doc: &'static str,
    /// Its columns.
    pub(super) columns: &'static [Column],
    /// Its Arrow schema.
    pub(super) schema: fn() -> SchemaRef,
}

/// File name of a table.
pub(super) fn file_name(table: &str) -> String {
    format!("{table}.parquet")
}

/// Path of `R`'s file in a recording's directory.
fn table_path<R: Row>(dir: &std::path::Path) -> std::path::PathBuf {
    dir.join(file_name(R::TABLE))
}

/// The Arrow schema of `R`'s file.
pub(super) fn arrow_schema_of<R: Row>() -> SchemaRef {
    let fields: Vec<Field> = R::COLUMNS.iter().map(field_of).collect();
    Arc::new(Schema::new(fields))
}

fn field_of(column: &Column) -> Field {
    Field::new(
        column.name,
        data_type(column.kind),
        is_nullable(column.kind),
    )
}

/// The Arrow type of a column.
fn data_type(kind: ColumnKind) -> DataType {
    match kind {
        ColumnKind::U64 | ColumnKind::OptionU64 => DataType::UInt64,
        ColumnKind::U32 | ColumnKind::OptionU32 => DataType::UInt32,
        ColumnKind::U16 => DataType::UInt16,
        ColumnKind::U8 => DataType::UInt8,
        ColumnKind::I64 => DataType::Int64,
        ColumnKind::I32 => DataType::Int32,
        ColumnKind::Bool => DataType::Boolean,
        ColumnKind::Text => DataType::Utf8,
        ColumnKind::ListU64 => DataType::List(list_item()),
    }
}

/// The items of a [`ColumnKind::ListU64`].
pub(super) fn list_item() -> Arc<Field> {
    Arc::new(Field::new("item", DataType::UInt64, false))
}

fn is_nullable(kind: ColumnKind) -> bool {
    match kind {
        ColumnKind::OptionU64 | ColumnKind::OptionU32 => true,
        ColumnKind::U64
        | ColumnKind::U32
        | ColumnKind::U16
        | ColumnKind::U8
        | ColumnKind::I64
        | ColumnKind::I32
        | ColumnKind::Bool
        | ColumnKind::Text
        | ColumnKind::ListU64 => false,
    }
}
