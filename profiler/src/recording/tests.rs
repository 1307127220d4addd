//! What is written is what is read, and what is not whole is refused.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use tempfile::TempDir;

use super::row_strategies::rows;
use super::schema::{DESCRIPTIONS, file_name};
use super::table_reader::{TableError, read_rows};
use super::*;
use crate::model::manifest::{FORMAT_VERSION, Manifest};
use crate::model::rows::*;
use crate::model::table::Row;

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
    let mut writer = RecordingWriter::create(dir).unwrap();
    for at_ns in 0..count {
        writer.push(mark(at_ns)).unwrap();
    }
    writer.finish(manifest()).unwrap()
}

/// An interrupted recording: raw records, a provisional manifest and half a table.
fn interrupt(dir: &Path) {
    let mut writer = RecordingWriter::create(dir).unwrap();
    writer.write_provisional(&manifest()).unwrap();
    fs::write(writer.spill_path(), b"raw records").unwrap();
    writer.push(mark(1)).unwrap();
}

fn edit_manifest(dir: &Path, edit: impl FnOnce(&mut serde_json::Value)) {
    let path = dir.join(MANIFEST_FILE);
    let mut value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    edit(&mut value);
    fs::write(path, value.to_string()).unwrap();
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
    prop_assert_eq!(writer.finish().unwrap().rows, rows.len() as u64);
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
    strings_survive: Text,
}

#[test]
fn every_table_finds_its_own_file() {
    let (_parent, dir) = place();
    let mut writer = RecordingWriter::create(&dir).unwrap();
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
fn what_is_not_a_recording_is_refused() {
    let (parent, dir) = place();
    assert!(matches!(refusal(&dir), RecordingError::Missing { .. }));
    assert!(matches!(
        refusal(parent.path()),
        RecordingError::NotARecording { .. }
    ));
    fs::write(&dir, "a file").unwrap();
    assert!(matches!(
        refusal(&dir),
        RecordingError::NotARecording { .. }
    ));
}

#[test]
fn another_version_is_refused_whatever_else_it_holds() {
    let (_parent, dir) = place();
    write_marks(&dir, 1);
    fs::write(dir.join(MANIFEST_FILE), r#"{"format": 99, "host": "new"}"#).unwrap();
    let error = refusal(&dir);
    assert!(matches!(
        error,
        RecordingError::Version {
            found: 99,
            supported: FORMAT_VERSION,
            ..
        }
    ));
}

#[test]
fn a_damaged_manifest_is_refused() {
    let (_parent, dir) = place();
    write_marks(&dir, 1);
    let whole = fs::read(dir.join(MANIFEST_FILE)).unwrap();
    for text in [
        &whole[..whole.len() / 2],
        b"",
        b"[]",
        b"\xff\xfe",
        b"{\"format\": 1}",
    ] {
        fs::write(dir.join(MANIFEST_FILE), text).unwrap();
        assert!(matches!(
            refusal(&dir),
            RecordingError::ManifestDamaged { .. }
        ));
    }
}

#[test]
fn a_manifest_that_leaves_out_a_table_is_refused() {
    for part in ["rows", "crc32"] {
        let (_parent, dir) = place();
        write_marks(&dir, 1);
        edit_manifest(&dir, |manifest| {
            manifest[part].as_object_mut().unwrap().remove("marks");
        });
        let message = refusal(&dir).to_string();
        assert!(
            message.contains("marks") && message.contains(part),
            "{message}"
        );
    }
}

#[test]
fn an_absent_table_is_named() {
    let (_parent, dir) = place();
    write_marks(&dir, 1);
    fs::remove_file(dir.join("marks.parquet")).unwrap();
    assert!(matches!(
        refusal(&dir),
        RecordingError::TableMissing { table: "marks", .. }
    ));
}

#[test]
fn a_table_with_other_rows_than_the_manifest_says_is_refused() {
    let (_parent, dir) = place();
    write_marks(&dir, 3);
    edit_manifest(&dir, |manifest| manifest["rows"]["marks"] = 4.into());
    let message = refusal(&dir).to_string();
    assert!(
        message.contains("it has 3 rows, the manifest says 4"),
        "{message}"
    );
}

#[test]
fn a_table_with_other_columns_is_refused() {
    let (_parent, dir) = place();
    write_marks(&dir, 0);
    fs::copy(dir.join("stacks.parquet"), dir.join("marks.parquet")).unwrap();
    edit_manifest(&dir, |manifest| {
        manifest["crc32"]["marks"] = manifest["crc32"]["stacks"].clone();
    });
    let message = refusal(&dir).to_string();
    assert!(message.contains("column 0 is id"), "{message}");
}

#[test]
fn a_truncated_table_is_refused() {
    let (_parent, dir) = place();
    write_marks(&dir, 100);
    let path = dir.join("marks.parquet");
    let whole = fs::read(&path).unwrap();
    for length in [0, 1, 8, whole.len() / 2, whole.len() - 1] {
        fs::write(&path, &whole[..length]).unwrap();
        assert!(matches!(
            refusal(&dir),
            RecordingError::TableDamaged { table: "marks", .. }
        ));
    }
}

#[test]
fn a_flipped_bit_anywhere_in_a_table_is_found() {
    let (_parent, dir) = place();
    write_marks(&dir, 20);
    let path = dir.join("marks.parquet");
    let whole = fs::read(&path).unwrap();
    for position in (0..whole.len()).step_by(61) {
        let mut bytes = whole.clone();
        bytes[position] ^= 0x10;
        fs::write(&path, bytes).unwrap();
        assert!(matches!(
            refusal(&dir),
            RecordingError::TableDamaged { table: "marks", .. }
        ));
    }
}

/// A table file with lists, texts and optional numbers, as bytes.
fn task_file() -> Vec<u8> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("totals.parquet");
    let mut writer = TableWriter::<Total>::create(&path).unwrap();
    for index in 0..200 {
        writer
            .push(Total {
                from_ns: index * 1000,
                to_ns: index * 1001,
                tid: 1,
                tgid: 2,
                nr: 3,
                count: 4,
                errors: 5,
                total_ns: 6,
                off_cpu_ns: 7,
                lock_wait_ns: 8,
                max_ns: 9,
                fs_magic: 10,
                socket_family: 11,
                buckets: vec![index; 3],
            })
            .unwrap();
    }
    writer.finish().unwrap();
    fs::read(path).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Past the checksums: bytes that somebody made up.
    #[test]
    fn hostile_bytes_are_refused_or_read_but_never_panic(
        flips in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in proptest::option::of(any::<prop::sample::Index>()),
    ) {
        let mut bytes = task_file();
        for (index, value) in flips {
            let position = index.index(bytes.len());
            bytes[position] = value;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("totals.parquet");
        fs::write(&path, bytes).unwrap();
        match read_rows::<Total>(&path) {
            Ok(_) | Err(TableError::Damaged(_)) => {}
            Err(TableError::Io(error)) => prop_assert!(false, "{error}"),
        }
    }
}

#[test]
fn a_new_recording_never_replaces_anything() {
    let (_parent, dir) = place();
    write_marks(&dir, 1);
    assert!(matches!(
        RecordingWriter::create(&dir).err().unwrap(),
        RecordingError::Occupied { .. }
    ));
    fs::remove_dir_all(&dir).unwrap();
    fs::write(&dir, "a file").unwrap();
    assert!(matches!(
        RecordingWriter::create(&dir).err().unwrap(),
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
fn two_recordings_cannot_be_made_in_one_place() {
    let (_parent, dir) = place();
    let _first = RecordingWriter::create(&dir).unwrap();
    let error = RecordingWriter::create(&dir).err().unwrap();
    assert!(matches!(error, RecordingError::Unfinished { .. }));
    let remedy = format!("ctrprof recover {}", dir.display());
    assert!(error.to_string().contains(&remedy), "{error}");
}

#[test]
fn an_interrupted_recording_is_refused_and_says_how_to_recover_it() {
    let (_parent, dir) = place();
    interrupt(&dir);
    for path in [dir.clone(), partial_path(&dir)] {
        let error = refusal(&path);
        assert!(matches!(error, RecordingError::Interrupted { .. }));
        let remedy = format!("`ctrprof recover {}`", dir.display());
        assert!(error.to_string().contains(&remedy), "{error}");
    }
}

#[test]
fn an_interrupted_recording_is_recovered_by_either_name() {
    for by_partial_name in [true, false] {
        let (_parent, dir) = place();
        interrupt(&dir);
        let partial = partial_path(&dir);
        let named = if by_partial_name { &partial } else { &dir };
        let (mut writer, provisional) = RecordingWriter::resume(named).unwrap();
        assert_eq!(provisional.command, ["true"]);
        assert_eq!(fs::read(writer.spill_path()).unwrap(), b"raw records");
        writer.push(mark(2)).unwrap();
        writer.finish(provisional).unwrap();
        assert!(!partial.exists());
        let marks: Vec<Mark> = Recording::open(&dir).unwrap().read().unwrap();
        assert_eq!(marks, [mark(2)]);
    }
}

#[test]
fn a_partial_directory_that_was_renamed_by_hand_is_recovered_in_place() {
    let (_parent, dir) = place();
    interrupt(&dir);
    fs::rename(partial_path(&dir), &dir).unwrap();
    assert!(matches!(refusal(&dir), RecordingError::Interrupted { .. }));
    let (writer, provisional) = RecordingWriter::resume(&dir).unwrap();
    writer.finish(provisional).unwrap();
    assert!(Recording::open(&dir).is_ok());
    assert!(!dir.join(SPILL_FILE).exists());
}

#[test]
fn a_recovery_that_fails_can_be_repeated() {
    let (_parent, dir) = place();
    interrupt(&dir);
    drop(RecordingWriter::resume(&partial_path(&dir)).unwrap());
    assert!(RecordingWriter::resume(&partial_path(&dir)).is_ok());
}

#[test]
fn what_holds_no_raw_records_cannot_be_recovered() {
    let (parent, dir) = place();
    let error = |path: &Path| RecordingWriter::resume(path).err().unwrap();
    assert!(matches!(
        error(&dir),
        RecordingError::NothingToRecover { .. }
    ));
    assert!(matches!(
        error(parent.path()),
        RecordingError::NothingToRecover { .. }
    ));
    interrupt(&dir);
    fs::write(partial_path(&dir).join(SPILL_FILE), b"").unwrap();
    assert!(matches!(
        error(&dir),
        RecordingError::NothingToRecover { .. }
    ));
}

#[test]
fn without_raw_records_nothing_is_left_behind() {
    let (parent, dir) = place();
    let mut writer = RecordingWriter::create(&dir).unwrap();
    writer.write_provisional(&manifest()).unwrap();
    writer.push(mark(1)).unwrap();
    fs::write(writer.spill_path(), b"").unwrap();
    drop(writer);
    assert_eq!(names_in(parent.path()), [""; 0]);
}

#[test]
fn a_discarded_recording_leaves_nothing_behind() {
    let (parent, dir) = place();
    let writer = RecordingWriter::create(&dir).unwrap();
    fs::write(writer.spill_path(), b"raw records").unwrap();
    writer.discard().unwrap();
    assert_eq!(names_in(parent.path()), [""; 0]);
}

#[test]
fn discarding_leaves_alone_what_is_not_the_recordings() {
    let (_parent, dir) = place();
    let writer = RecordingWriter::create(&dir).unwrap();
    let foreign = writer.partial_dir().join("notes.txt");
    fs::write(&foreign, "mine").unwrap();
    assert!(writer.discard().is_err());
    assert!(foreign.exists());
}

#[test]
fn missing_parents_are_made() {
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("a/b/recording");
    write_marks(&dir, 1);
    assert!(Recording::open(&dir).is_ok());
}
