//! Page faults in user mode are the kernel's work on memory, not the program's computing; their number is
//! the kernel's, and where a memory limit makes them dear, it is named.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use ctrprof_tests::ctrprof::{self, Level};
use ctrprof_tests::memory_group::MemoryGroup;
use ctrprof_tests::report;
use ctrprof_tests::scratch::Scratch;
use ctrprof_tests::turn::alone;

const FIRST_TOUCH: &str = env!("CARGO_BIN_EXE_first-touch");
const PAGE_FAULTS: &str = env!("CARGO_BIN_EXE_page-faults");
const MIB: usize = 1 << 20;

/// A traced run of `page-faults`.
struct Faulting {
    recording: PathBuf,
    report: serde_json::Value,
    /// Process, minor and major faults by getrusage(2).
    counted: [u64; 3],
}

/// Traces `page-faults` with new memory of so many pages, and a file of `file_bytes` that is read so
/// many times, below `folder`.
fn faulting(
    folder: &Path,
    (pages, file_bytes, passes): (usize, usize, usize),
    group: Option<&MemoryGroup>,
) -> Result<Faulting> {
    fs::create_dir(folder)?;
    let file = folder.join("file");
    fs::write(&file, vec![1; file_bytes])?;
    // Pages that are to be written stay in the page cache.
    fs::File::open(&file)?.sync_all()?;
    let (result, recording) = (folder.join("result"), folder.join("recording"));
    let text = |path: &Path| path.to_str().map(str::to_owned).context("not UTF-8");
    let mut traced = vec![PAGE_FAULTS.to_owned(), pages.to_string(), text(&file)?];
    traced.extend([passes.to_string(), text(&result)?]);
    if let Some(group) = group {
        traced.push(text(group.path())?);
    }
    let traced: Vec<&str> = traced.iter().map(String::as_str).collect();
    let report = ctrprof::traced_report(Level::Full, &recording, &traced)?;
    report::paths_are_whole(&report)?;
    let counted = fs::read_to_string(&result)?;
    let counted: Vec<u64> = counted
        .split_whitespace()
        .map(str::parse)
        .collect::<Result<_, _>>()?;
    Ok(Faulting {
        recording,
        report,
        counted: counted.try_into().ok().context("not three numbers")?,
    })
}

/// The page faults of a process in a report, over all stages.
fn reported(report: &serde_json::Value, pid: u64) -> [u64; 2] {
    let stages = report::stages(report).into_iter();
    let rows = stages.flat_map(|stage| stage["processes"].as_array().into_iter().flatten());
    let own = rows.filter(|row| row["pid"] == pid);
    own.fold([0, 0], |[minor, major], row| {
        let count = |name: &str| row[name].as_u64().unwrap_or_default();
        [minor + count("minor_faults"), major + count("major_faults")]
    })
}

/// The kernel adds up the faults of a process when it is waited for, all of which are over by the last
/// switch of its last thread: nothing may be missing.
#[test]
fn faults_are_counted_as_the_kernel_does() -> Result<()> {
    let _turn = alone();
    let scratch = Scratch::new()?;
    let run = faulting(&scratch.path().join("run"), (5_000, 4 * MIB, 2), None)?;
    let [pid, minor, major] = run.counted;
    assert_eq!(reported(&run.report, pid), [minor, major]);
    ensure!(minor >= 5_000, "{minor} minor faults");
    ensure!(major > 0, "the file was in the page cache");
    Ok(())
}

#[test]
fn a_memory_limit_is_the_first_difference() -> Result<()> {
    let _turn = alone();
    let scratch = Scratch::new()?;
    let work = (100, 24 * MIB, 4);
    let free = faulting(&scratch.path().join("free"), work, None)?;
    let group = MemoryGroup::new("ctrprof-memory", 8 * MIB as u64)?;
    let limited = faulting(&scratch.path().join("limited"), work, Some(&group))?;
    let name = "memory limit of group ctrprof-memory, 8 MiB";
    let found = ctrprof::diff(&free.recording, &limited.recording)?;
    // That a machine is busier during one of them is a difference of its own.
    let findings = found["findings"].as_array().context("no findings")?;
    let mut of_command = findings
        .iter()
        .filter(|finding| finding["rule"] != "cpu-wait");
    let first = of_command.next().context("no finding")?.to_string();
    ensure!(first.contains(name), "{first}");
    let limits = |run: &Faulting| -> Vec<serde_json::Value> {
        let stages = report::stages(&run.report).into_iter();
        let rows = stages.flat_map(|stage| stage["memory_limits"].as_array().cloned());
        rows.flatten().collect()
    };
    ensure!(limits(&free).is_empty(), "{:?}", limits(&free));
    let [row] = limits(&limited)
        .try_into()
        .map_err(|rows| anyhow::anyhow!("not one limit: {rows:?}"))?;
    assert_eq!(row["group"], "group ctrprof-memory");
    assert_eq!(row["limit_bytes"], 8 * MIB);
    ensure!(row["reached"].as_u64() > Some(100), "{row}");
    let [pid, minor, major] = limited.counted;
    assert_eq!(reported(&limited.report, pid), [minor, major]);
    Ok(())
}

#[test]
fn the_first_touch_of_memory_is_a_fault() -> Result<()> {
    let _turn = alone();
    let scratch = Scratch::new()?;
    let recording = scratch.path().join("recording");
    let report = ctrprof::traced_report(Level::Full, &recording, &[FIRST_TOUCH, "65000"])?;
    report::paths_are_whole(&report)?;
    let path_ns = |phase: &str| {
        let row = report::phase(&report, phase);
        row.and_then(|row| row["critical_path_ns"].as_u64())
    };
    let memory = report::phase(&report, "memory").context("no memory")?;
    let parts = memory["parts"].as_array().context("no parts")?;
    let faults = parts.iter().filter(|part| {
        let name = part["name"].as_str().unwrap_or_default();
        name.starts_with("fault")
    });
    let fault_ns: u64 = faults
        .filter_map(|part| part["critical_path_ns"].as_u64())
        .sum();
    // The program does nothing else in user mode.
    let user_ns = path_ns("user").unwrap_or_default();
    ensure!(fault_ns > 2 * user_ns, "{fault_ns} ns, user {user_ns} ns");
    ensure!(
        report["fault_samples"].as_u64() > Some(10),
        "{}",
        report["fault_samples"]
    );
    Ok(())
}
