//! The times of stages as hyperfine writes those of commands (`hyperfine --export-json`), for the scripts that
//! read them.

use std::io::{self, Write};

use analysis::report::{Report, Run};
use analysis::statistics::{mean, median, standard_deviation};
use serde::Serialize;

const NS_PER_S: f64 = 1e9;

#[derive(Serialize)]
struct Export {
    results: Vec<Result>,
}

/// A stage, in seconds. The times in user mode and in the kernel, which hyperfine has, are left out: those of
/// a stage are of several processes.
#[derive(Serialize)]
struct Result {
    command: String,
    mean: f64,
    /// Nothing of one run.
    stddev: Option<f64>,
    median: f64,
    min: f64,
    max: f64,
    times: Vec<f64>,
}

/// Writes each stage with its time in each run; and the time of all stages together, where there are several.
///
/// # Errors
/// Those of `out`.
pub fn write(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    let mut results: Vec<Result> = names(&report.runs)
        .into_iter()
        .map(|name| {
            let times = report.runs.iter().filter_map(|run| stage_ns(run, name));
            result(name, times.collect())
        })
        .collect();
    if results.len() > 1 {
        let whole = report.runs.iter().map(Run::wall_ns);
        results.push(result("total", whole.collect()));
    }
    serde_json::to_writer_pretty(&mut *out, &Export { results })?;
    writeln!(out)
}

/// The stages in the order in which runs have them.
fn names(runs: &[Run]) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for stage in runs.iter().flat_map(|run| &run.stages) {
        if !names.contains(&stage.name.as_str()) {
            names.push(&stage.name);
        }
    }
    names
}

/// The time of a stage in a run; of one that recurs, all of it.
fn stage_ns(run: &Run, name: &str) -> Option<u64> {
    let times = run.stages.iter().filter(|stage| stage.name == name);
    times
        .map(|stage| stage.wall_ns)
        .reduce(|all, one| all + one)
}

fn result(name: &str, times_ns: Vec<u64>) -> Result {
    let times: Vec<f64> = times_ns.iter().map(|&ns| ns as f64 / NS_PER_S).collect();
    // A stage that is named has a time.
    let smallest = times.iter().copied().reduce(f64::min);
    let largest = times.iter().copied().reduce(f64::max);
    Result {
        command: name.to_owned(),
        mean: mean(&times).unwrap_or_default(),
        stddev: standard_deviation(&times),
        median: median(&times).unwrap_or_default(),
        min: smallest.unwrap_or_default(),
        max: largest.unwrap_or_default(),
        times,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use analysis::report::StageReport;
    use serde_json::Value;

    use super::*;

    /// Stages one after the other.
    fn run(times_ms: &[(&str, u64)]) -> Run {
        let mut start_ns = 0;
        let stages = times_ms.iter().map(|&(name, ms)| {
            let stage = StageReport {
                name: name.into(),
                start_ns,
                wall_ns: ms * 1_000_000,
                ..StageReport::default()
            };
            start_ns += stage.wall_ns;
            stage
        });
        Run {
            stages: stages.collect(),
            ..Run::default()
        }
    }

    #[test]
    fn stages_are_commands_and_their_sum_is_one_more() {
        let report = Report {
            runs: vec![
                run(&[("create", 10), ("start", 5)]),
                run(&[("create", 20), ("start", 5)]),
            ],
            ..Report::default()
        };
        let mut out = Vec::new();
        write(&mut out, &report).unwrap();
        let export: Value = serde_json::from_slice(&out).unwrap();
        let names = export["results"].as_array().unwrap().iter();
        let names: Vec<&str> = names.map(|one| one["command"].as_str().unwrap()).collect();
        assert_eq!(names, ["create", "start", "total"]);
        let create = &export["results"][0];
        assert_eq!(create["median"], 0.015);
        assert!((create["stddev"].as_f64().unwrap() - 0.007_071).abs() < 1e-6);
        assert_eq!(
            export["results"][2]["times"],
            serde_json::json!([0.015, 0.025])
        );
    }
}
