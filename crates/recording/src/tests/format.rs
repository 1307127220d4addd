//! The files are what they were when the `arrow` crates wrote them.

use std::fs::File;
use std::iter::once;
use std::path::Path;

use parquet::basic::{Compression, Encoding};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::schema::printer::print_schema;

use crate::schema::schema_of;
use crate::table_reader::read_rows;
use crate::{Durability, TableWriter};
use trace::rows::{CgroupEvent, OffCpu, Stack, Total};
use trace::table::{Column, ColumnData, ColumnKind, Row};

const DIR: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/tests/written_by_arrow");

/// The rows of the file in [`DIR`] are read by this reader and written by this writer.
fn is_as_it_was<R: Row + Clone + PartialEq + std::fmt::Debug>(rows: &[R]) {
    let before = Path::new(DIR).join(format!("{}.parquet", R::TABLE));
    assert_eq!(read_rows::<R>(&before).unwrap(), rows);
    let dir = tempfile::tempdir().unwrap();
    let now = dir.path().join("now.parquet");
    let mut writer = TableWriter::<R>::create(&now).unwrap();
    for row in rows {
        writer.push(row.clone()).unwrap();
    }
    writer.finish(Durability::Unsynced).unwrap();
    assert_eq!(read_rows::<R>(&now).unwrap(), rows);
    assert_eq!(chunks(&now), chunks(&before));
}

/// Schema, and of each column what is known without decoding it.
fn chunks(path: &Path) -> Vec<String> {
    let parquet = SerializedFileReader::new(File::open(path).unwrap()).unwrap();
    let metadata = parquet.metadata();
    let schema = format!("{:?}", metadata.file_metadata().schema());
    let chunks = metadata.row_group(0).columns().iter().map(|chunk| {
        let encodings: Vec<Encoding> = chunk.encodings().collect();
        assert!(matches!(chunk.compression(), Compression::ZSTD(_)));
        format!(
            "{} {encodings:?} {:?} {} {:?}",
            chunk.column_path(),
            chunk.compression(),
            chunk.num_values(),
            chunk.statistics()
        )
    });
    once(schema).chain(chunks).collect()
}

#[test]
fn numbers_and_lists_are_as_they_were() {
    let rows: Vec<Total> = (0..7).map(total).collect();
    is_as_it_was(&rows);
}

#[test]
fn numbers_that_may_be_absent_are_as_they_were() {
    let rows: Vec<OffCpu> = (0..7).map(off_cpu).collect();
    is_as_it_was(&rows);
}

#[test]
fn texts_are_as_they_were() {
    let rows: Vec<CgroupEvent> = (0..7).map(cgroup_event).collect();
    is_as_it_was(&rows);
}

fn total(index: u64) -> Total {
    Total {
        from_ns: 1000 * index,
        to_ns: u64::MAX - index,
        tid: 1,
        tgid: u32::MAX,
        nr: 3,
        count: 4,
        errors: 5,
        total_ns: 6,
        off_cpu_ns: 7,
        lock_wait_ns: 8,
        max_ns: 9,
        fs_magic: 0x9123_683e,
        socket_family: u16::MAX,
        buckets: (0..index % 3).map(|item| u64::MAX - item).collect(),
    }
}

fn off_cpu(index: u64) -> OffCpu {
    let (second, third) = (index.is_multiple_of(2), index.is_multiple_of(3));
    OffCpu {
        tid: 1,
        tgid: 2,
        from_ns: 1000 * index,
        to_ns: second.then_some(1000 * index + 1),
        from_cpu: 3,
        to_cpu: 4,
        state: 2,
        preempted: second,
        syscall: -1,
        stack: third.then_some(u32::MAX),
        wake_ns: None,
        waker_tid: Some(5),
        waker_context: u8::MAX,
        waker_syscall: i32::MIN,
        waker_stack: None,
        imputed: third,
    }
}

fn cgroup_event(index: u64) -> CgroupEvent {
    let paths = ["", "/a", "/\u{fc}\u{1f980}"];
    CgroupEvent {
        at_ns: index,
        tid: 1,
        operation: "mkdir".into(),
        hierarchy: 0,
        id: u64::MAX - index,
        path: paths[index as usize % paths.len()].into(),
        target_tid: 1,
        populated: index.is_multiple_of(2),
    }
}

#[test]
fn a_list_has_three_levels() {
    let mut text = Vec::new();
    print_schema(&mut text, &schema_of::<Stack>().unwrap());
    let expected = "message arrow_schema {
  REQUIRED INT32 id (INTEGER(32,false));
  REQUIRED group frames (LIST) {
    REPEATED group list {
      REQUIRED INT64 item (INTEGER(64,false));
    }
  }
}
";
    assert_eq!(String::from_utf8(text).unwrap(), expected);
}

/// As [`Total`], but what its first column holds may be absent.
#[derive(Debug)]
struct Other;

impl Row for Other {
    const TABLE: &'static str = Total::TABLE;
    const DOC: &'static str = Total::DOC;
    const COLUMNS: &'static [Column] = &[Column {
        kind: ColumnKind::OptionU64,
        ..Total::COLUMNS[0]
    }];

    fn append_to(self, _: &mut [ColumnData]) {}

    fn read_from(_: &[ColumnData], _: usize) -> Option<Self> {
        None
    }
}

#[test]
fn a_column_that_may_have_nulls_is_not_one_that_may_not() {
    let path = Path::new(DIR).join("totals.parquet");
    assert_eq!(
        read_rows::<Other>(&path).unwrap_err().to_string(),
        "column 0 is from_ns REQUIRED INT64 UINT_64, not from_ns OPTIONAL INT64 UINT_64"
    );
}
