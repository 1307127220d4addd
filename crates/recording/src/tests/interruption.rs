//! An interrupted recording can be recovered, and leaves nothing behind where it cannot.

use std::fs;
use std::path::Path;

use super::{manifest, mark, names_in, place, refusal};
use crate::{Durability, Recording, RecordingError, RecordingWriter, SPILL_FILE, partial_path};
use trace::rows::Mark;

/// An interrupted recording: raw records, a provisional manifest and half a table.
fn interrupt(dir: &Path) {
    let mut writer = RecordingWriter::create(dir, Durability::Synced).unwrap();
    writer.write_provisional(&manifest()).unwrap();
    fs::write(writer.spill_path(), b"raw records").unwrap();
    writer.push(mark(1)).unwrap();
}

#[test]
fn two_recordings_cannot_be_made_in_one_place() {
    let (_parent, dir) = place();
    let _first = RecordingWriter::create(&dir, Durability::Synced).unwrap();
    let error = RecordingWriter::create(&dir, Durability::Synced)
        .err()
        .unwrap();
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
fn what_is_being_written_to_is_not_recovered() {
    let (_parent, dir) = place();
    interrupt(&dir);
    let (first, provisional) = RecordingWriter::resume(&dir).unwrap();
    assert!(matches!(
        RecordingWriter::resume(&dir).err().unwrap(),
        RecordingError::InUse { .. }
    ));
    first.finish(provisional).unwrap();
    assert!(Recording::open(&dir).is_ok());
}

#[test]
fn a_recovery_that_fails_can_be_repeated() {
    let (_parent, dir) = place();
    interrupt(&dir);
    drop(RecordingWriter::resume(&partial_path(&dir)).unwrap());
    assert!(RecordingWriter::resume(&partial_path(&dir)).is_ok());
}

#[test]
fn a_recording_is_recovered_in_another_place_and_stays_as_it_is() {
    let (parent, dir) = place();
    interrupt(&dir);
    let other = parent.path().join("other");
    let before = names_in(&partial_path(&dir));
    let (mut writer, provisional) = RecordingWriter::resume_in(&dir, &other).unwrap();
    assert_eq!(fs::read(writer.spill_path()).unwrap(), b"raw records");
    assert!(matches!(
        RecordingWriter::resume(&dir).err().unwrap(),
        RecordingError::InUse { .. }
    ));
    writer.push(mark(2)).unwrap();
    writer.finish(provisional).unwrap();
    let marks: Vec<Mark> = Recording::open(&other).unwrap().read().unwrap();
    assert_eq!(marks, [mark(2)]);
    assert_eq!(names_in(&partial_path(&dir)), before);
    let third = parent.path().join("third");
    drop(RecordingWriter::resume_in(&dir, &third).unwrap());
    assert!(!partial_path(&third).exists());
}

#[test]
fn what_holds_no_raw_records_cannot_be_recovered() {
    let (parent, dir) = place();
    let error = |path: &Path| RecordingWriter::resume(path).err().unwrap();
    assert!(matches!(
        error(&dir),
        RecordingError::NothingToRecover { .. }
    ));
    let other = error(parent.path());
    assert!(matches!(other, RecordingError::NotARecording { .. }));
    assert!(!other.to_string().contains("remove"), "{other}");
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
    let mut writer = RecordingWriter::create(&dir, Durability::Synced).unwrap();
    writer.write_provisional(&manifest()).unwrap();
    writer.push(mark(1)).unwrap();
    fs::write(writer.spill_path(), b"").unwrap();
    drop(writer);
    assert_eq!(names_in(parent.path()), [""; 0]);
}

#[test]
fn a_discarded_recording_leaves_nothing_behind() {
    let (parent, dir) = place();
    let writer = RecordingWriter::create(&dir, Durability::Synced).unwrap();
    fs::write(writer.spill_path(), b"raw records").unwrap();
    writer.discard().unwrap();
    assert_eq!(names_in(parent.path()), [""; 0]);
}

#[test]
fn discarding_leaves_alone_what_is_not_the_recordings() {
    let (_parent, dir) = place();
    let writer = RecordingWriter::create(&dir, Durability::Synced).unwrap();
    let foreign = writer.partial_dir().join("notes.txt");
    fs::write(&foreign, "mine").unwrap();
    assert!(writer.discard().is_err());
    assert!(foreign.exists());
}
