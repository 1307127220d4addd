//! Runs as JSON, a line for each (ndjson): for programs that take one after the other.

use std::io::{self, Write};

use serde::Serialize;

use crate::json::{FindingDocument, Layout, documents, write};
use analysis::report::{Report, Run};
use compare::report::diagnosis::Diagnosis;
use setup::bench::RunRecord;

/// Writes the runs of a recording: what its report has of each, and its findings
/// (docs/report-json.md).
///
/// # Errors
/// Those of `out`.
pub fn write_report(out: &mut dyn Write, report: &Report, diagnosis: &Diagnosis) -> io::Result<()> {
    let mut found = diagnosis.findings.iter();
    for (run, number) in report.runs.iter().zip(0..) {
        let findings = found.next().map_or(&[][..], Vec::as_slice);
        let document = RunDocument {
            number,
            run,
            findings: documents(findings),
        };
        write(out, &document, Layout::Compact)?;
    }
    Ok(())
}

/// A run by itself.
#[derive(Serialize)]
struct RunDocument<'a> {
    #[serde(rename = "run")]
    number: u64,
    #[serde(flatten)]
    run: &'a Run,
    findings: Vec<FindingDocument<'a>>,
}

/// Writes runs of a bench, as its directory keeps them (docs/bench.md).
///
/// # Errors
/// Those of `out`.
pub fn write_bench<'a>(
    out: &mut dyn Write,
    runs: impl IntoIterator<Item = &'a RunRecord>,
) -> io::Result<()> {
    let mut runs = runs.into_iter();
    runs.try_for_each(|run| write(out, run, Layout::Compact))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use serde_json::Value;

    use super::*;
    use crate::json;
    use crate::sample;

    fn values(lines: &[u8]) -> Vec<Value> {
        let lines = std::str::from_utf8(lines).unwrap().lines();
        lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    #[test]
    fn each_run_of_a_report_is_a_line() {
        let mut report = sample::several();
        report.runs.push(report.runs[0].clone());
        let diagnosis = sample::diagnosis(&report);
        let mut out = Vec::new();
        write_report(&mut out, &report, &diagnosis).unwrap();
        let lines = values(&out);
        assert_eq!(lines.len(), report.runs.len());
        assert!(lines.len() > 1);
        let mut whole = Vec::new();
        json::write_report(&mut whole, &report, &diagnosis, Layout::Compact).unwrap();
        let whole = values(&whole).remove(0);
        for (number, line) in lines.iter().enumerate() {
            assert_eq!(line["run"], number);
            assert_eq!(line["stages"], whole["runs"][number]["stages"]);
            let own = whole["findings"].as_array().unwrap().iter();
            let own = own.filter(|finding| finding["run"] == number);
            assert_eq!(line["findings"].as_array().unwrap().len(), own.count());
        }
    }

    #[test]
    fn each_run_of_a_bench_is_a_line() {
        let run = RunRecord {
            configuration: "embedded".to_owned(),
            workload: "hello-world".to_owned(),
            number: 1,
            warm_up: false,
            traced: false,
            position: 0,
            started_unix_ns: 0,
            wall_ns: 5,
            load_milli: 0,
            stages: Vec::new(),
            failure: None,
            warnings: Vec::new(),
            recording: None,
            description: None,
        };
        let mut out = Vec::new();
        write_bench(&mut out, [&run, &run]).unwrap();
        let lines = values(&out);
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0]["wall_ns"], 5);
        assert_eq!(lines[1]["workload"], "hello-world");
    }
}
