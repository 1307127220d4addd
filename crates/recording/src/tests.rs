//! A recording reads back as it was written, and an incomplete one is refused.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod damage;
mod format;
mod interruption;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use tempfile::TempDir;

use super::row_strategies::rows;
use super::schema::{DESCRIPTIONS, file_name};
use super::table_reader::read_rows;
use super::*;
use trace::manifest::{FORMAT_VERSION, Manifest};
use trace::rows::*;
use trace::table::Row;

/// A place for a recording, which goes away with the test.
fn place() -> (TempDir, PathBuf) {
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("recording");
    (parent, dir)
}

fn manifest() -> Manifest {
    Manifest {
        ctrprof: "0.1.0".into(),
        command: vec!["true".into()],
        exit_status: Some(0),
        started_ns: 7,
        configuration: BTreeMap::from([("storage".into(), "overlay".into())]),
        ..Manifest::default()
    }
}

fn mark(at_ns: u64) -> Mark {
    Mark {
        at_ns,
        tid: 3,
        tgid: 2,
        code: 4,
        value: 1,
    }
}

/// A whole recording with some marks.
fn write_marks(dir: &Path, count: u64) -> Manifest {
    let mut writer = RecordingWriter::create(dir, Durability::Synced).unwrap();
    for at_ns in 0..count {
        writer.push(mark(at_ns)).unwrap();
    }
    writer.finish(manifest()).unwrap()
}

/// The error of opening `dir`; its message must be one line in lower case.
fn refusal(dir: &Path) -> RecordingError {
    let error = Recording::open(dir).unwrap_err();
    let message = error.to_string();
    assert!(!message.contains('\n'), "{message}");
    assert!(message.starts_with(|c: char| c.is_lowercase() || c == '/'));
    error
}

#[test]
fn a_recording_of_nothing_is_whole() {
    let (_parent, dir) = place();
    let written = write_marks(&dir, 0);
    let recording = Recording::open(&dir).unwrap();
    assert_eq!(recording.manifest(), &written);
    assert_eq!(recording.tables().unwrap(), Tables::default());
    assert_eq!(recording.dir(), dir);
}

#[test]
fn the_directory_holds_the_tables_and_the_manifest_and_nothing_else() {
    let (parent, dir) = place();
    write_marks(&dir, 1);
    let mut expected: Vec<String> = DESCRIPTIONS
        .iter()
        .map(|description| file_name(description.table))
        .chain([MANIFEST_FILE.to_owned()])
        .collect();
    expected.sort();
    assert_eq!(names_in(&dir), expected);
    assert_eq!(names_in(parent.path()), ["recording"]);
}

fn names_in(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn the_manifest_says_how_many_rows_there_are() {
    let (_parent, dir) = place();
    let written = write_marks(&dir, 5);
    assert_eq!(written.format, FORMAT_VERSION);
    assert_eq!(written.rows["marks"], 5);
    assert_eq!(written.rows["spans"], 0);
    assert_eq!(written.rows.len(), DESCRIPTIONS.len());
    assert_eq!(written.command, ["true"]);
}

#[test]
fn rows_of_several_batches_and_row_groups_keep_their_order() {
    let (_parent, dir) = place();
    let count = 256 * 1024 + 64 * 1024 + 3;
    write_marks(&dir, count);
    let marks: Vec<Mark> = Recording::open(&dir).unwrap().read().unwrap();
    assert_eq!(marks.len() as u64, count);
    assert!(marks.iter().map(|mark| mark.at_ns).eq(0..count));
}

/// Writes rows to a table file and reads them back.
fn survives<R: Row + Clone + PartialEq + std::fmt::Debug>(rows: &[R]) -> Result<(), TestCaseError> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(file_name(R::TABLE));
    let mut writer = TableWriter::<R>::create(&path).unwrap();
    for row in rows {
        writer.push(row.clone()).unwrap();
    }
    prop_assert_eq!(
        writer.finish(Durability::Unsynced).unwrap().rows,
        rows.len() as u64
    );
    prop_assert_eq!(read_rows::<R>(&path).unwrap(), rows);
    Ok(())
}

macro_rules! round_trips {
    ($($test:ident: $row:ty),+ $(,)?) => {
        proptest! {
            #![proptest_config(ProptestConfig::with_cases(16))]
            $(#[test] fn $test(rows in rows::<$row>(40)) { survives(&rows)?; })+
        }
    };
}

round_trips! {
    spans_survive: Span, totals_survive: Total, times_off_cpu_survive: OffCpu,
    tasks_survive: Task, execs_survive: Exec, renames_survive: Rename, marks_survive: Mark,
    lock_waits_survive: LockWait, cgroup_events_survive: CgroupEvent, samples_survive: Sample,
    function_runs_survive: FunctionRun, stacks_survive: Stack, symbols_survive: Symbol,
    strings_survive: Text, signals_survive: Signal, awaited_files_survive: Awaited,
    throttles_survive: Throttle, faults_survive: Faults, memory_limits_survive: MemoryLimit,
}

#[test]
fn a_recording_from_before_a_table_opens_without_it() {
    let (_parent, dir) = place();
    let mut older = write_marks(&dir, 1);
    for table in ["signals", "awaited", "throttles", "faults", "memory_limits"] {
        older.rows.remove(table);
        older.crc32.remove(table);
        fs::remove_file(dir.join(file_name(table))).unwrap();
    }
    let text = serde_json::to_string(&older).unwrap();
    fs::write(dir.join(MANIFEST_FILE), text).unwrap();
    let tables = Recording::open(&dir).unwrap().tables().unwrap();
    assert_eq!((tables.marks.len(), tables.signals.len()), (1, 0));
}

#[test]
fn every_table_finds_its_own_file() {
    let (_parent, dir) = place();
    let mut writer = RecordingWriter::create(&dir, Durability::Synced).unwrap();
    let text = Text {
        id: 1,
        text: "/etc/passwd".into(),
    };
    let stack = Stack {
        id: 2,
        frames: vec![3, 4],
    };
    writer.push(text.clone()).unwrap();
    writer.push(stack.clone()).unwrap();
    writer.push(mark(9)).unwrap();
    writer.finish(manifest()).unwrap();
    let expected = Tables {
        strings: vec![text],
        stacks: vec![stack],
        marks: vec![mark(9)],
        ..Tables::default()
    };
    assert_eq!(Recording::open(&dir).unwrap().tables().unwrap(), expected);
}

#[test]
fn a_new_recording_never_replaces_anything() {
    let (_parent, dir) = place();
    write_marks(&dir, 1);
    assert!(matches!(
        RecordingWriter::create(&dir, Durability::Synced)
            .err()
            .unwrap(),
        RecordingError::Occupied { .. }
    ));
    fs::remove_dir_all(&dir).unwrap();
    fs::write(&dir, "a file").unwrap();
    assert!(matches!(
        RecordingWriter::create(&dir, Durability::Synced)
            .err()
            .unwrap(),
        RecordingError::Occupied { .. }
    ));
}

#[test]
fn an_empty_directory_may_become_a_recording() {
    let (_parent, dir) = place();
    fs::create_dir(&dir).unwrap();
    write_marks(&dir, 1);
    assert_eq!(
        Recording::open(&dir).unwrap().read::<Mark>().unwrap().len(),
        1
    );
}

#[test]
fn missing_parents_are_made() {
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("a/b/recording");
    write_marks(&dir, 1);
    assert!(Recording::open(&dir).is_ok());
}
