//! Damaged recordings, and files that are none, are refused with the remedy.

use std::fs;
use std::path::Path;

use proptest::prelude::*;

use super::{place, refusal, write_marks};
use crate::table_reader::{TableError, read_rows};
use crate::{Durability, MANIFEST_FILE, RecordingError, TableWriter};
use trace::manifest::FORMAT_VERSION;
use trace::rows::Total;

fn edit_manifest(dir: &Path, edit: impl FnOnce(&mut serde_json::Value)) {
    let path = dir.join(MANIFEST_FILE);
    let mut value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    edit(&mut value);
    fs::write(path, value.to_string()).unwrap();
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

/// A table file with numbers and lists, as bytes.
fn totals_file() -> Vec<u8> {
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
    writer.finish(Durability::Unsynced).unwrap();
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
        let mut bytes = totals_file();
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
