//! A process that a CPU quota holds back, traced: what the report says of it against what the kernel
//! counted.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::ctrprof::{self, Level};
use crate::quota::{self, QuotaGroup};
use crate::report;

/// A traced run of a process in a group.
pub struct Throttled {
    /// Time on the critical path in phase `throttled`, in nanoseconds.
    pub path_ns: u64,
    /// The same by the `cpu.stat` of the group that the process is in.
    pub counted_ns: u64,
    /// Causes of that time.
    pub causes: Vec<String>,
    /// Its recording.
    pub recording: PathBuf,
}

/// Traces a command below `folder`, which is called with the group and with the name of a file: it must
/// enter the group, and at its end copy the group's `cpu.stat` to the file. Its stage must add up.
pub fn trace(command: &[&str], folder: &Path, group: &QuotaGroup) -> Result<Throttled> {
    let result = folder.join("cpu.stat");
    let name = group.path().file_name().context("a group has a name")?;
    let recording = folder.join(name);
    let mut traced = command.to_vec();
    for path in [group.path(), &result] {
        traced.push(path.to_str().context("not UTF-8")?);
    }
    let report = ctrprof::traced_report(Level::Full, &recording, &traced)?;
    report::paths_are_whole(&report)?;
    Ok(Throttled {
        path_ns: report::phase(&report, "throttled")
            .and_then(|row| row["critical_path_ns"].as_u64())
            .unwrap_or_default(),
        counted_ns: quota::throttled_ns(&fs::read_to_string(&result)?)?,
        causes: causes(&report),
        recording,
    })
}

fn causes(report: &Value) -> Vec<String> {
    let stages = report::stages(report).into_iter();
    let rows = stages.flat_map(|stage| stage["causes"].as_array().into_iter().flatten());
    rows.filter(|row| row["phase"] == "throttled")
        .filter_map(|row| Some(row["cause"].as_str()?.to_owned()))
        .collect()
}
