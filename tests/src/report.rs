//! Reading a JSON report as a stranger would: by the names on the page that documents it.

use anyhow::{Context, Result, ensure};
use serde_json::Value;

/// Counts of one system call over all stages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Calls {
    /// Calls, failed ones too.
    pub count: u64,
    /// Calls that failed.
    pub errors: u64,
}

/// A function or subsystem of user mode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function<'a> {
    /// Name of the process.
    pub process: &'a str,
    /// Name of the function or subsystem.
    pub name: &'a str,
    /// Samples.
    pub samples: u64,
    /// Names of its parts.
    pub parts: Vec<&'a str>,
}

/// The functions of user time, over all stages.
pub fn functions(report: &Value) -> Vec<Function<'_>> {
    let stages = stages(report).into_iter();
    let groups = stages.flat_map(|stage| rows(stage, "functions"));
    let functions = groups.flat_map(|group| {
        let functions = rows(group, "functions").iter();
        functions.map(|row| Function {
            process: group["comm"].as_str().unwrap_or_default(),
            name: row["name"].as_str().unwrap_or_default(),
            samples: row["samples"].as_u64().unwrap_or_default(),
            parts: rows(row, "parts")
                .iter()
                .filter_map(|part| part["name"].as_str())
                .collect(),
        })
    });
    functions.collect()
}

/// Every stage of every run.
pub fn stages(report: &Value) -> Vec<&Value> {
    rows(report, "runs")
        .iter()
        .flat_map(|run| rows(run, "stages"))
        .collect()
}

/// How often the system call of this name was made; zero if the report does not name it.
pub fn calls(report: &Value, name: &str) -> Calls {
    let stages = stages(report);
    let rows = stages.iter().flat_map(|stage| rows(stage, "syscalls"));
    let rows = rows.filter(|row| row["name"] == name);
    rows.fold(Calls::default(), |sum, row| Calls {
        count: sum.count + row["count"].as_u64().unwrap_or_default(),
        errors: sum.errors + row["errors"].as_u64().unwrap_or_default(),
    })
}

/// The row of a phase in the first stage that has it.
pub fn phase<'a>(report: &'a Value, name: &str) -> Option<&'a Value> {
    stages(report)
        .into_iter()
        .flat_map(|stage| rows(stage, "phases"))
        .find(|row| row["phase"] == name)
}

/// Names of the parts of a phase, over all stages.
pub fn parts<'a>(report: &'a Value, phase: &str) -> Vec<&'a str> {
    let rows_of_phase = stages(report)
        .into_iter()
        .flat_map(|stage| rows(stage, "phases"))
        .filter(|row| row["phase"] == phase);
    rows_of_phase
        .flat_map(|row| rows(row, "parts"))
        .filter_map(|part| part["name"].as_str())
        .collect()
}

/// `name` and `role` of every process, over all stages.
pub fn processes(report: &Value) -> Vec<(&str, &str)> {
    let rows = stages(report)
        .into_iter()
        .flat_map(|stage| rows(stage, "processes"));
    rows.filter_map(|row| Some((row["comm"].as_str()?, row["role"].as_str()?)))
        .collect()
}

/// The run of the container with this name.
pub fn container<'a>(report: &'a Value, name: &str) -> Option<&'a Value> {
    rows(report, "runs")
        .iter()
        .find(|run| run["container"]["name"] == name)
}

/// The names of a run's stages, in order.
pub fn stage_names(run: &Value) -> Vec<&str> {
    let stages = rows(run, "stages").iter();
    stages.filter_map(|stage| stage["name"].as_str()).collect()
}

/// An error unless the critical path of every stage adds up to its wall time, with less than 2 % of
/// it unknown.
pub fn paths_are_whole(report: &Value) -> Result<()> {
    for stage in stages(report) {
        let on_path = |phase: &Value| phase["critical_path_ns"].as_u64().unwrap_or_default();
        let wall_ns = stage["wall_ns"]
            .as_u64()
            .context("a stage has no wall_ns")?;
        let phases = rows(stage, "phases");
        let total_ns: u64 = phases.iter().map(on_path).sum();
        let unknown = phases.iter().filter(|phase| phase["phase"] == "unknown");
        let unknown_ns: u64 = unknown.map(on_path).sum();
        let name = &stage["name"];
        ensure!(total_ns == wall_ns, "{name}: {total_ns} ns of {wall_ns} ns");
        ensure!(
            unknown_ns * 50 <= wall_ns,
            "{name}: {unknown_ns} ns of {wall_ns} ns are unknown"
        );
    }
    Ok(())
}

/// Records sent, received and lost.
pub fn records(report: &Value) -> Result<(u64, u64, u64)> {
    let count = |name: &str| {
        report["records"][name]
            .as_u64()
            .with_context(|| format!("the report has no records.{name}"))
    };
    Ok((count("sent")?, count("received")?, count("lost")?))
}

fn rows<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value[name].as_array().map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn calls_are_added_up_over_stages() {
        let row = json!([{"name": "openat", "count": 2, "errors": 1}, {"name": "read", "count": 5, "errors": 0}]);
        let report = json!({"runs": [{"stages": [{"syscalls": row}, {"syscalls": row}]}]});
        assert_eq!(
            calls(&report, "openat"),
            Calls {
                count: 4,
                errors: 2
            }
        );
        assert_eq!(calls(&report, "write"), Calls::default());
    }
}
