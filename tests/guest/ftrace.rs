//! The kernel's own function tracer, to count independently which functions ran
//! (Documentation/trace/ftrace.rst, v6.18).

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

const FOLDER: &str = "/sys/kernel/tracing";

/// The tracer, on from when it is made until it is dropped.
pub struct Ftrace(());

impl Ftrace {
    /// Traces these functions of the whole machine.
    pub fn of(functions: &[&str]) -> Result<Self> {
        let tracer = Self(());
        write("tracing_on", "0")?;
        write("trace", "")?;
        write("set_ftrace_filter", &functions.join(" "))?;
        write("current_tracer", "function")?;
        write("tracing_on", "1")?;
        Ok(tracer)
    }

    /// How often each thread ran each function.
    pub fn counts(&self) -> Result<BTreeMap<(u32, String), u64>> {
        write("tracing_on", "0")?;
        let path = file("trace");
        let trace = fs::read_to_string(&path)
            .with_context(|| format!("failed to read {}", path.display()))?;
        let mut counts = BTreeMap::new();
        for (tid, function) in trace.lines().filter_map(call) {
            *counts.entry((tid, function.to_owned())).or_default() += 1;
        }
        Ok(counts)
    }
}

impl Drop for Ftrace {
    fn drop(&mut self) {
        for (file, value) in [
            ("current_tracer", "nop"),
            ("set_ftrace_filter", ""),
            ("tracing_on", "1"),
        ] {
            if let Err(error) = write(file, value) {
                eprintln!("{error:#}");
            }
        }
    }
}

/// Thread and function of a line such as
/// `         unshare-128     [000] .....     3.141592: copy_net_ns <-create_new_namespaces`.
fn call(line: &str) -> Option<(u32, &str)> {
    if line.starts_with('#') {
        return None;
    }
    let (before, after) = line.split_once(": ")?;
    let (task, _) = before.split_once('[')?;
    let (_, tid) = task.trim_end().rsplit_once('-')?;
    let (function, _) = after.trim().split_once(" <-")?;
    Some((tid.parse().ok()?, function))
}

fn file(name: &str) -> PathBuf {
    Path::new(FOLDER).join(name)
}

fn write(name: &str, value: &str) -> Result<()> {
    let path = file(name);
    fs::write(&path, value)
        .with_context(|| format!("failed to write {value:?} to {}", path.display()))
}

#[test]
fn a_line_of_the_tracer_is_read() {
    let line = "  kworker/u2:1-my-23      [000] .....   12.000301: cleanup_net <-process_one_work";
    assert_eq!(call(line), Some((23, "cleanup_net")));
    assert_eq!(call("#           TASK-PID     CPU#  |||||"), None);
}
