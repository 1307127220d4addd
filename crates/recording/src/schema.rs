//! The list of tables, and the Parquet schema of each.

use std::sync::Arc;

use parquet::basic::{LogicalType, Repetition, Type as Physical};
use parquet::errors::Result;
use parquet::schema::types::{Type, TypePtr};

use super::table_writer::TableWriter;
use trace::manifest::Manifest;
use trace::rows::{
    Awaited, CgroupEvent, Exec, Faults, FunctionRun, LockWait, Mark, MemoryLimit, OffCpu, Rename,
    Sample, Signal, Span, Stack, Symbol, Tables, Task, Text, Throttle, Total,
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
            samples: Sample, functions: FunctionRun, signals: Signal, awaited: Awaited,
            throttles: Throttle, faults: Faults, memory_limits: MemoryLimit, stacks: Stack,
            symbols: Symbol, strings: Text,
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
                durability: super::Durability,
            ) -> Result<Vec<(&'static str, super::FinishedTable)>, super::RecordingError> {
                Ok(vec![$((<$row>::TABLE, self.$field.finish(durability)?)),+])
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
            schema: schema_of::<$row>,
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
    /// Its Parquet schema.
    pub(super) schema: fn() -> Result<TypePtr>,
}

/// Tables that the first recordings of this format lack: there they are empty.
const ADDED_LATER: &[&str] = &[
    Signal::TABLE,
    Awaited::TABLE,
    Throttle::TABLE,
    Faults::TABLE,
    MemoryLimit::TABLE,
];

/// Whether a recording lacks a table because it is older than that.
pub(super) fn is_older_than(manifest: &Manifest, table: &str) -> bool {
    ADDED_LATER.contains(&table) && !manifest.rows.contains_key(table)
}

/// Columns, by table, that the first recordings of this format lack; there they are 0. They are the
/// last of their tables.
const COLUMNS_ADDED_LATER: &[(&str, &str)] = &[("symbols", "from_ns")];

/// Whether a recording may lack a column because it is older than that.
pub(super) fn may_lack(table: &str, column: &str) -> bool {
    COLUMNS_ADDED_LATER.contains(&(table, column))
}

/// File name of a table.
pub(super) fn file_name(table: &str) -> String {
    format!("{table}.parquet")
}

/// Path of `R`'s file in a recording's directory.
fn table_path<R: Row>(dir: &std::path::Path) -> std::path::PathBuf {
    dir.join(file_name(R::TABLE))
}

/// The Parquet schema of `R`'s file. Its name is the one that the first recordings have.
pub(super) fn schema_of<R: Row>() -> Result<TypePtr> {
    let fields = R::COLUMNS
        .iter()
        .map(|column| Ok(Arc::new(type_of(column)?)))
        .collect::<Result<_>>()?;
    let schema = Type::group_type_builder("arrow_schema").with_fields(fields);
    Ok(Arc::new(schema.build()?))
}

fn type_of(column: &Column) -> Result<Type> {
    if column.kind == ColumnKind::ListU64 {
        return list_of_u64(column.name);
    }
    let (physical, logical) = number_or_text(column.kind);
    Type::primitive_type_builder(column.name, physical)
        .with_logical_type(logical)
        .with_repetition(repetition(column.kind))
        .build()
}

/// How a value, or an item of a list, is stored, and what it is if that is not the same.
fn number_or_text(kind: ColumnKind) -> (Physical, Option<LogicalType>) {
    let unsigned = |bits| Some(LogicalType::integer(bits, false));
    match kind {
        ColumnKind::U64 | ColumnKind::OptionU64 | ColumnKind::ListU64 => {
            (Physical::INT64, unsigned(64))
        }
        ColumnKind::U32 | ColumnKind::OptionU32 => (Physical::INT32, unsigned(32)),
        ColumnKind::U16 => (Physical::INT32, unsigned(16)),
        ColumnKind::U8 => (Physical::INT32, unsigned(8)),
        ColumnKind::I64 => (Physical::INT64, None),
        ColumnKind::I32 => (Physical::INT32, None),
        ColumnKind::Bool => (Physical::BOOLEAN, None),
        ColumnKind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
    }
}

/// A list in the three levels that Parquet asks for.
fn list_of_u64(name: &str) -> Result<Type> {
    let (physical, logical) = number_or_text(ColumnKind::ListU64);
    let item = Type::primitive_type_builder("item", physical)
        .with_logical_type(logical)
        .with_repetition(Repetition::REQUIRED)
        .build()?;
    let items = Type::group_type_builder("list")
        .with_fields(vec![Arc::new(item)])
        .with_repetition(Repetition::REPEATED)
        .build()?;
    Type::group_type_builder(name)
        .with_fields(vec![Arc::new(items)])
        .with_logical_type(Some(LogicalType::List))
        .with_repetition(repetition(ColumnKind::ListU64))
        .build()
}

fn repetition(kind: ColumnKind) -> Repetition {
    match kind {
        ColumnKind::OptionU64 | ColumnKind::OptionU32 => Repetition::OPTIONAL,
        ColumnKind::U64
        | ColumnKind::U32
        | ColumnKind::U16
        | ColumnKind::U8
        | ColumnKind::I64
        | ColumnKind::I32
        | ColumnKind::Bool
        | ColumnKind::Text
        | ColumnKind::ListU64 => Repetition::REQUIRED,
    }
}
