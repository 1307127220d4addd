#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use proptest::prelude::*;
use tempfile::tempdir;

use super::*;
use crate::fixture::{header, record};
use crate::schedule::remaining;
use setup::bench::BenchMode;

fn small() -> BenchHeader {
    header(BenchMode::Untraced, 2, 3)
}

/// A directory in which this many runs are over.
fn begun(directory: &Path, runs: usize) -> Vec<RunRecord> {
    let mut store = Store::open(directory, small()).unwrap();
    let header = store.header().clone();
    for job in remaining(&header, &[]).jobs().take(runs) {
        store.append(record(&job)).unwrap();
    }
    store.records().to_vec()
}

#[test]
fn what_was_appended_is_there_again() {
    let folder = tempdir().unwrap();
    let records = begun(folder.path(), 3);
    assert_eq!(records.len(), 3);
    let store = Store::open(folder.path(), small()).unwrap();
    assert_eq!(store.records(), records);
    assert!(!store.was_repaired());
    assert_eq!(read(folder.path()).unwrap(), (small(), records));
    assert!(is_bench(folder.path()));
}

#[test]
fn two_processes_do_not_run_one_bench() {
    let folder = tempdir().unwrap();
    let _first = Store::open(folder.path(), small()).unwrap();
    let second = Store::open(folder.path(), small());
    assert!(matches!(second, Err(StoreError::InUse(_))), "{second:?}");
}

#[test]
fn a_matrix_may_grow_and_nothing_else() {
    let folder = tempdir().unwrap();
    begun(folder.path(), 1);
    let cases: [(BenchHeader, &str); 6] = [
        (header(BenchMode::Traced, 2, 3), "mode"),
        (header(BenchMode::Untraced, 2, 2), "3 runs and has 2"),
        (header(BenchMode::Untraced, 1, 3), "image-1"),
        (BenchHeader { seed: 2, ..small() }, "seed was 1 and is 2"),
        (
            BenchHeader {
                cache: "cold".to_owned(),
                ..small()
            },
            "cache",
        ),
        (
            BenchHeader {
                host: trace::manifest::Host {
                    kernel: "7.0".to_owned(),
                    ..Default::default()
                },
                ..small()
            },
            "kernel",
        ),
    ];
    for (changed, why) in cases {
        let message = Store::open(folder.path(), changed).unwrap_err().to_string();
        assert!(message.contains(why), "{message}");
    }
    let grown = Store::open(folder.path(), header(BenchMode::Untraced, 3, 4)).unwrap();
    assert_eq!((grown.header().cells.len(), grown.header().runs), (3, 4));
    assert_eq!(grown.records().len(), 1);
}

#[test]
fn a_folder_that_holds_something_else_is_left_alone() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("thesis.tex"), "years").unwrap();
    let refused = Store::open(folder.path(), small());
    assert!(
        matches!(refused, Err(StoreError::Foreign(_))),
        "{refused:?}"
    );
    assert!(matches!(read(folder.path()), Err(StoreError::Missing(_))));
}

#[test]
fn a_bench_that_was_killed_while_it_began_begins_again() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("bench.json.new"), "{\"for").unwrap();
    assert_eq!(Store::open(folder.path(), small()).unwrap().records(), []);
    // Between the header and the first result.
    fs::remove_file(folder.path().join(RESULTS_FILE)).unwrap();
    assert_eq!(read(folder.path()).unwrap().1, []);
    assert_eq!(Store::open(folder.path(), small()).unwrap().records(), []);
}

#[test]
fn a_line_that_is_broken_in_the_middle_is_named() {
    let folder = tempdir().unwrap();
    begun(folder.path(), 3);
    let path = folder.path().join(RESULTS_FILE);
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replacen('{', "(", 1)).unwrap();
    let refused = Store::open(folder.path(), small()).unwrap_err().to_string();
    assert!(refused.contains("line 1 of"), "{refused}");
}

#[test]
fn a_newer_format_is_refused() {
    let folder = tempdir().unwrap();
    let newer = BenchHeader {
        format: 99,
        ..small()
    };
    write_header(folder.path(), &newer).unwrap();
    let refused = Store::open(folder.path(), small()).unwrap_err().to_string();
    assert!(refused.contains("format 99"), "{refused}");
}

#[test]
fn the_rest_of_an_interrupted_recording_makes_room() {
    let folder = tempdir().unwrap();
    let store = Store::open(folder.path(), small()).unwrap();
    let header = small();
    let job = remaining(&header, &[]).jobs().next().unwrap();
    let path = store.recording_path(&job).unwrap();
    fs::create_dir(&path).unwrap();
    fs::create_dir(path.with_extension("partial")).unwrap();
    assert_eq!(store.recording_path(&job).unwrap(), path);
    assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 0);
    let name = path.strip_prefix(folder.path()).unwrap();
    let configuration = job.cell.configuration.replace('/', "+");
    assert_eq!(
        name,
        Path::new("runs").join(configuration).join("hello-world/01")
    );
}

#[test]
fn names_of_folders_hold_nothing_that_separates() {
    let name = "podman/crun/overlay@loop:xfs:2G/v2+pool/archive:a b,c.tar/none/root";
    assert_eq!(
        setup::bench::directory::folder_name(name),
        "podman+crun+overlay+loop+xfs+2G+v2+pool+archive+a+b+c.tar+none+root"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// Whatever is left of the last line, all lines before it are kept, and the bench goes on.
    #[test]
    fn a_torn_last_line_costs_only_its_own_run(cut in 1_usize..400, garbage: bool) {
        let folder = tempdir().unwrap();
        let records = begun(folder.path(), 3);
        let path = folder.path().join(RESULTS_FILE);
        let mut text = fs::read(&path).unwrap();
        let last_line = text.len() - 1 - text[..text.len() - 1].iter().rposition(|&byte| byte == b'\n').unwrap();
        let torn = cut.min(last_line - 1);
        text.truncate(text.len() - torn);
        if garbage {
            text.extend([0; 7]);
        }
        fs::write(&path, &text).unwrap();
        let mut store = Store::open(folder.path(), small()).unwrap();
        prop_assert!(store.was_repaired());
        prop_assert_eq!(store.records(), &records[..2]);
        store.append(records[2].clone()).unwrap();
        drop(store);
        prop_assert_eq!(read(folder.path()).unwrap().1, records);
    }
}
