use crate::analyse;
use crate::report::CauseRow;
use crate::timeline::fixture::{manifest, span, task};
use trace::rows::{Span, Tables, Text};

const READ: u64 = 0;
const WRITE: u64 = 0o1101;
const HERE: u64 = -100_i64 as u64;

/// Calls of processes one after the other, and their paths.
#[derive(Default)]
struct Calls {
    spans: Vec<Span>,
    texts: Vec<Text>,
    now_ns: u64,
}

impl Calls {
    fn call(&mut self, tid: u32, name: &str, (arg0, flags): (u64, u64), path: Option<String>) {
        let mut call = span(tid, name, self.now_ns, 5);
        (call.arg0, call.arg2, call.result) = (arg0, flags, 3);
        call.text = path.map(|text| {
            let id = self.texts.len() as u32;
            self.texts.push(Text { id, text });
            id
        });
        self.spans.push(call);
        self.now_ns += 10;
    }

    fn open(&mut self, tid: u32, path: String, flags: u64) {
        self.call(tid, "openat", (HERE, flags), Some(path));
        self.call(tid, "close", (3, 0), None);
    }

    fn causes(self) -> Vec<CauseRow> {
        let mut manifest = manifest(self.now_ns);
        let tids: std::collections::BTreeSet<u32> = self.spans.iter().map(|s| s.tid).collect();
        manifest.root_tgids = vec![7];
        let tables = Tables {
            tasks: tids.into_iter().map(|tid| task(tid, 1, None)).collect(),
            spans: self.spans,
            strings: self.texts,
            ..Tables::default()
        };
        let report = analyse(&manifest, &tables).report;
        let stages = report.runs.into_iter().flat_map(|run| run.stages);
        stages.flat_map(|stage| stage.causes).collect()
    }
}

/// Time and files of a cause.
fn total(rows: &[CauseRow], cause: &str) -> (u64, Option<u64>) {
    let rows = rows.iter().filter(|row| row.cause == cause);
    rows.fold((0, None), |(sum_ns, _), row| {
        (sum_ns + row.critical_path_ns, row.files)
    })
}

#[test]
fn a_copy_is_one_cause_with_what_lies_between_its_calls() {
    let mut calls = Calls::default();
    for at in 0..200 {
        calls.open(7, format!("/from/data/f{at}"), READ);
        calls.call(7, "getpid", (0, 0), None);
        calls.open(7, format!("/to/data/f{at}"), WRITE);
    }
    let whole_ns = calls.now_ns;
    let (sum_ns, files) = total(&calls.causes(), "copies files from /from/data to /to/data");
    assert_eq!(files, Some(200));
    assert!(sum_ns + 20 >= whole_ns, "{sum_ns} of {whole_ns}");
}

#[test]
fn two_processes_copy_what_one_reads_and_the_other_writes() {
    let mut calls = Calls::default();
    for at in 0..200 {
        calls.open(7, format!("/from/f{at}"), READ);
        calls.open(8, format!("/to/f{at}"), WRITE);
    }
    let (_, files) = total(&calls.causes(), "copies files from /from to /to");
    assert_eq!(files, Some(200));
}

#[test]
fn other_names_are_no_copies() {
    let mut calls = Calls::default();
    for at in 0..200 {
        calls.open(7, format!("/from/{at}.c"), READ);
        calls.open(7, format!("/to/{at}.o"), WRITE);
    }
    let rows = calls.causes();
    assert_eq!(total(&rows, "reads files below /from").1, Some(200));
    assert_eq!(total(&rows, "writes files below /to").1, Some(200));
}

#[test]
fn removals_and_walks_are_told_by_their_folder() {
    let mut calls = Calls::default();
    for at in 0..200 {
        calls.call(
            7,
            "newfstatat",
            (HERE, 0),
            Some(format!("/old/{}/f{at}", at % 50)),
        );
        calls.call(
            7,
            "unlinkat",
            (HERE, 0),
            Some(format!("/old/{}/f{at}", at % 50)),
        );
    }
    for at in 0..200 {
        calls.call(7, "newfstatat", (HERE, 0), Some(format!("/tree/f{at}")));
        calls.call(7, "fchownat", (HERE, 0), Some(format!("/owned/f{at}")));
    }
    let rows = calls.causes();
    for cause in [
        "removes files below /old",
        "looks at files below /tree",
        "changes owners, modes or times of files below /owned",
    ] {
        assert_eq!(total(&rows, cause).1, Some(200), "{cause}");
    }
}

#[test]
fn few_files_are_no_cause() {
    let mut calls = Calls::default();
    for at in 0..99 {
        calls.open(7, format!("/from/f{at}"), WRITE);
    }
    assert!(calls.causes().iter().all(|row| row.files.is_none()));
}
