//! Hooks on kernel functions: exact times, where the kernel allows them.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use ctrprof_tests::ctrprof::{self, Level};
use ctrprof_tests::scratch::Scratch;
use ctrprof_tests::turn::alone;
use recording::Recording;
use trace::rows::{FunctionRun, Span, Tables};

use crate::ftrace::Ftrace;

/// Takes namespaces of each kind with a function of its own, and a control group.
const NAMESPACES: &[&str] = &[
    "bash",
    "-c",
    "for i in 1 2 3 4 5; do unshare -n true; unshare -m -i true; unshare -p -f true; done; \
     mkdir /sys/fs/cgroup/functions; echo $$ > /sys/fs/cgroup/functions/cgroup.procs; \
     echo $$ > /sys/fs/cgroup/cgroup.procs; rmdir /sys/fs/cgroup/functions",
];
/// Functions that the above runs, by number in each round of a thread of its own.
const COUNTED: &[&str] = &[
    "copy_net_ns",
    "copy_mnt_ns",
    "copy_ipcs",
    "copy_pid_ns",
    "setup_net",
    "cgroup_mkdir",
    "cgroup_attach_task",
    "cgroup_migrate",
];

#[test]
fn every_run_of_a_hooked_function_is_recorded() -> Result<()> {
    let _turn = alone();
    let scratch = Scratch::new()?;
    let directory = scratch.path().join("recording");
    let ftrace = Ftrace::of(COUNTED)?;
    let report = ctrprof::traced_report(Level::Full, &directory, NAMESPACES)?;
    let expected = ftrace.counts()?;
    drop(ftrace);
    let attached = report["probes"].as_array().context("no probes")?;
    for name in COUNTED {
        let is_hooked = attached.iter().any(|probe| {
            probe["name"] == *name && probe["kind"] == "fentry" && probe["state"] == "attached"
        });
        ensure!(is_hooked, "{name} is not hooked: {attached:?}");
    }
    let counts = counts(&directory, COUNTED)?;
    for name in COUNTED {
        ensure!(
            counts.keys().any(|(_, function)| function == name),
            "{name} never ran: {counts:?}"
        );
    }
    let threads: Vec<u32> = counts.keys().map(|(tid, _)| *tid).collect();
    let expected: BTreeMap<_, _> = expected
        .into_iter()
        .filter(|((tid, _), _)| threads.contains(tid))
        .collect();
    println!("{counts:?}");
    assert_eq!(counts, expected);
    Ok(())
}

/// Runs of these functions, by thread.
fn counts(recording: &Path, functions: &[&str]) -> Result<BTreeMap<(u32, String), u64>> {
    let tables = Recording::open(recording)?.tables()?;
    let mut counts = BTreeMap::new();
    for run in &tables.functions {
        let name = name_of(&tables, run)?;
        if functions.contains(&name) {
            *counts.entry((run.tid, name.to_owned())).or_default() += 1;
        }
    }
    Ok(counts)
}

fn name_of<'a>(tables: &'a Tables, run: &FunctionRun) -> Result<&'a str> {
    let string = tables
        .strings
        .iter()
        .find(|string| string.id == run.function);
    Ok(&string.context("a function without a name")?.text)
}

/// Functions of a module that is loaded: their types are not in the kernel's own BTF.
#[test]
fn functions_of_overlayfs_are_hooked_when_its_module_is_loaded() -> Result<()> {
    const OVERLAY: &[&str] = &[
        "ovl_open",
        "ovl_read_iter",
        "ovl_write_iter",
        "ovl_copy_up_flags",
    ];
    let _turn = alone();
    let scratch = Scratch::new()?;
    let folder = scratch.path().display();
    let script = format!(
        "cd {folder} && mkdir lower upper work merged && echo old > lower/file && \
         mount -t overlay overlay -o lowerdir=lower,upperdir=upper,workdir=work merged && \
         for i in 1 2 3 4 5 6 7; do cat merged/file; done > /dev/null && \
         echo new >> merged/file && umount merged"
    );
    ctrprof::succeeded(&Command::new("modprobe").arg("overlay").output()?)?;
    let ftrace = Ftrace::of(OVERLAY)?;
    let directory = scratch.path().join("recording");
    let mut trace = ctrprof::command()?;
    trace
        .args(["trace", "--hook-file-calls", "-o"])
        .arg(&directory);
    trace.args(["--", "bash", "-c", &script]);
    ctrprof::succeeded(&trace.output()?)?;
    let expected = ftrace.counts()?;
    drop(ftrace);
    let counts = counts(&directory, OVERLAY)?;
    let total = |name: &str| -> u64 {
        let of_name = counts.iter().filter(|((_, function), _)| function == name);
        of_name.map(|(_, count)| count).sum()
    };
    println!("{counts:?}");
    ensure!(total("ovl_open") >= 8, "{counts:?}");
    ensure!(total("ovl_read_iter") >= 14, "{counts:?}");
    ensure!(total("ovl_copy_up_flags") >= 1, "{counts:?}");
    assert_eq!(counts, expected);
    Ok(())
}

#[test]
fn a_function_takes_no_longer_than_the_call_that_runs_it() -> Result<()> {
    let _turn = alone();
    let scratch = Scratch::new()?;
    let directory = scratch.path().join("recording");
    ctrprof::traced_report(Level::Full, &directory, NAMESPACES)?;
    let tables = Recording::open(&directory)?.tables()?;
    let mut checked = 0;
    for run in &tables.functions {
        if name_of(&tables, run)? != "copy_net_ns" {
            continue;
        }
        let end_ns = run.start_ns + run.duration_ns;
        let is_inside = |span: &&Span| {
            span.tid == run.tid
                && span.start_ns <= run.start_ns
                && end_ns <= span.start_ns + span.duration_ns
        };
        ensure!(tables.spans.iter().any(|span| is_inside(&span)), "{run:?}");
        checked += 1;
    }
    // Each round takes three sets of namespaces, and copies or keeps the network's.
    ensure!(checked >= 15, "{checked} runs of copy_net_ns");
    Ok(())
}
