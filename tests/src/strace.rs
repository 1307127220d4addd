//! Counting system calls independently of ctrprof.

use std::collections::BTreeMap;
use std::process::Command;

use anyhow::{Context, Result};

use crate::report::Calls;
use crate::scratch::Scratch;

/// Counts of `strace -f -c` on a command that must succeed, by name of the system call.
pub fn counts(traced: &[&str]) -> Result<BTreeMap<String, Calls>> {
    let scratch = Scratch::new()?;
    let summary = scratch.path().join("summary");
    let mut strace = Command::new("strace");
    let output = strace
        .args(["--follow-forks", "--summary-only", "--output"])
        .arg(&summary)
        .args(traced)
        .output()
        .context("failed to start strace")?;
    crate::ctrprof::succeeded(&output)?;
    Ok(parse(&std::fs::read_to_string(summary)?))
}

/// Reads the table: time share, seconds, microseconds a call, calls, errors or nothing, name.
fn parse(summary: &str) -> BTreeMap<String, Calls> {
    let row = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let (name, fields) = fields.split_last()?;
        let count = fields.get(3)?.parse().ok()?;
        let errors = fields
            .get(4)
            .map_or(Some(0), |errors| errors.parse().ok())?;
        Some((name.to_string(), Calls { count, errors }))
    };
    let mut counts: BTreeMap<String, Calls> = summary.lines().filter_map(row).collect();
    counts.remove("total");
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUMMARY: &str = "\
% time     seconds  usecs/call     calls    errors syscall
------ ----------- ----------- --------- --------- ----------------
 50.00    0.000060           2        23         3 openat
  0.00    0.000000           0         1           execve
------ ----------- ----------- --------- --------- ----------------
100.00    0.000060           2        24         3 total
";

    #[test]
    fn rows_with_and_without_errors_are_read() {
        let counts = parse(SUMMARY);
        assert_eq!(counts.len(), 2);
        assert_eq!(
            counts.get("openat"),
            Some(&Calls {
                count: 23,
                errors: 3
            })
        );
        assert_eq!(
            counts.get("execve"),
            Some(&Calls {
                count: 1,
                errors: 0
            })
        );
    }
}
