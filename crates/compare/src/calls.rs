//! System calls of both sides: for each run, for each open, for each file, for each MiB.
//!
//! All calls of all processes that take part are counted, whether anybody waited for them or not:
//! these are the figures that `strace -c` gives.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::wall::{change, floats};
use crate::report::{CallDifference, CallSide, PathDifference, Presence, Work, WorkSide};
use analysis::apportion::{mean, mean_milli};
use analysis::profile::{CallKey, RunProfile, RunWork, StageProfile};
use analysis::syscall::CallStatistics;
use trace::syscall::{self, FileWork, Nature};

const MIB: u128 = 1 << 20;

/// A row for each system call and file system, those with the largest difference in CPU time
/// first: a thread that idles in a call is no reason for anything.
pub fn differences(a: &StageProfile, b: &StageProfile) -> Vec<CallDifference> {
    let (units_a, units_b) = (Units::new(a), Units::new(b));
    let keys: BTreeSet<&CallKey> = a.calls.keys().chain(b.calls.keys()).collect();
    let mut rows: Vec<CallDifference> = keys
        .into_iter()
        .map(|key| CallDifference {
            syscall: key.0.clone(),
            file_system: key.1.clone(),
            presence: Presence::of(a.calls.contains_key(key), b.calls.contains_key(key)),
            a: units_a.side(key, a.calls.get(key)),
            b: units_b.side(key, b.calls.get(key)),
        })
        .collect();
    sort(&mut rows);
    rows
}

/// Calls of one name stay together: what one side does on one file system, the other may do on
/// another.
fn sort(rows: &mut [CallDifference]) {
    let mut by_name: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for row in rows.iter() {
        let sum = by_name.entry(row.syscall.clone()).or_default();
        *sum = (sum.0 + row.a.cpu_ns, sum.1 + row.b.cpu_ns);
    }
    // Stable: equals stay in the order of names.
    rows.sort_by_cached_key(|row| {
        let (a_ns, b_ns) = by_name.get(&row.syscall).copied().unwrap_or_default();
        let own_ns = row.a.cpu_ns.abs_diff(row.b.cpu_ns);
        let name = row.syscall.clone();
        (Reverse(a_ns.abs_diff(b_ns)), name, Reverse(own_ns))
    });
}

/// The paths that are opened more than once, those with the largest difference first.
pub fn paths(a: &StageProfile, b: &StageProfile) -> Vec<PathDifference> {
    const PATHS: usize = 32;
    let runs = a.runs.iter().chain(&b.runs);
    let paths: BTreeSet<&String> = runs.flat_map(|run| run.reopened.keys()).collect();
    let sides = [a, b].map(|stage| (stage, stage.runs.len() as u64));
    let opens = |path: &String| {
        sides.map(|(stage, runs)| {
            let opens = stage.runs.iter().filter_map(|run| run.reopened.get(path));
            mean_milli(opens.map(|path| path.opens).sum(), runs)
        })
    };
    let mut rows: Vec<(&String, [u64; 2])> =
        paths.into_iter().map(|path| (path, opens(path))).collect();
    // Stable: equals stay in the order of paths.
    rows.sort_by_key(|(_, [a, b])| Reverse(a.abs_diff(*b)));
    rows.truncate(PATHS);
    let difference = |(path, [a_milli, b_milli]): (&String, [u64; 2])| {
        let times_ns = [a, b].map(|stage| times_ns(stage, path));
        let [a_ns, b_ns] = times_ns.each_ref().map(|times| {
            mean(
                times.iter().copied().map(u128::from).sum(),
                times.len() as u64,
            )
        });
        let value_ns = b_ns.cast_signed().saturating_sub(a_ns.cast_signed());
        PathDifference {
            path: path.clone(),
            a_milli,
            b_milli,
            a_ns,
            b_ns,
            difference: change(value_ns, &floats(&times_ns[0]), &floats(&times_ns[1])),
        }
    };
    rows.into_iter().map(difference).collect()
}

/// How long each run took to open a path.
fn times_ns(stage: &StageProfile, path: &String) -> Vec<u64> {
    let time_ns = |run: &RunProfile| run.reopened.get(path).map_or(0, |path| path.time_ns);
    stage.runs.iter().map(time_ns).collect()
}

/// The work of both sides on files.
pub fn work(a: &StageProfile, b: &StageProfile) -> Work {
    let side = |stage: &StageProfile| {
        let (sum, runs) = (sum_of_work(stage), stage.runs.len() as u64);
        WorkSide {
            opens_milli: mean_milli(sum.opens, runs),
            files_milli: sum.files.map(|files| mean_milli(files, runs)),
            bytes: sum.bytes.map(|bytes| mean(u128::from(bytes), runs)),
        }
    };
    Work {
        a: side(a),
        b: side(b),
    }
}

/// The work of all runs; what one of them does not know, the sum does not either.
fn sum_of_work(stage: &StageProfile) -> RunWork {
    let none = RunWork {
        opens: 0,
        files: Some(0),
        bytes: Some(0),
    };
    let add = |sum: Option<u64>, one: Option<u64>| Some(sum? + one?);
    stage.runs.iter().fold(none, |sum, run| RunWork {
        opens: sum.opens + run.work.opens,
        files: add(sum.files, run.work.files),
        bytes: add(sum.bytes, run.work.bytes),
    })
}

/// The units of work of one side, all runs together.
struct Units {
    runs: u64,
    work: RunWork,
    opens: BTreeMap<String, u64>,
}

impl Units {
    fn new(stage: &StageProfile) -> Self {
        let mut opens: BTreeMap<String, u64> = BTreeMap::new();
        for ((name, file_system), statistics) in &stage.calls {
            if syscall::nature_of(name) == Some(Nature::Files(FileWork::Open)) {
                let opened = statistics.count - statistics.errors;
                *opens.entry(file_system.clone()).or_default() += opened;
            }
        }
        Self {
            runs: stage.runs.len() as u64,
            work: sum_of_work(stage),
            opens,
        }
    }

    fn side(&self, key: &CallKey, statistics: Option<&CallStatistics>) -> CallSide {
        let Some(statistics) = statistics else {
            return CallSide::default();
        };
        let count = statistics.count;
        let per = |unit: u64| (unit > 0).then(|| mean_milli(count, unit));
        let opens = self.opens.get(&key.1).copied().unwrap_or(0);
        let cpu_ns = statistics.total_ns.saturating_sub(statistics.off_cpu_ns);
        let bytes = self.work.bytes.unwrap_or(0);
        let moves_much = u128::from(bytes) >= MIB * u128::from(self.runs.max(1));
        CallSide {
            count,
            errors: statistics.errors,
            per_run_milli: mean_milli(count, self.runs),
            per_open_milli: per(opens).filter(|_| !key.1.is_empty()),
            per_file_milli: per(self.work.files.unwrap_or(0)),
            per_mib_milli: moves_much.then(|| mean(u128::from(count) * 1_000 * MIB, bytes)),
            time_ns: mean(u128::from(statistics.total_ns), self.runs),
            cpu_ns: mean(u128::from(cpu_ns), self.runs),
            p50_ns: statistics.percentile_ns(50.0),
            p99_ns: statistics.percentile_ns(99.0),
        }
    }
}
