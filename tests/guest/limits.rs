//! Containers on a host that has control groups of version 2 alone, with each runtime.

use anyhow::{Context, Result, ensure};
use ctrprof_tests::engine::{Scene, shell};
use ctrprof_tests::scratch::Scratch;
use ctrprof_tests::turn::alone;
use ctrprof_tests::{ctrprof, report};
use setup::runtime::RuntimeChoice;

const STAGES: [&str; 5] = ["create", "start", "exec", "stop", "remove"];
/// Reads the files in which the kernel keeps the limits (cgroups(7)), as the container sees them.
pub const READ_LIMITS: &str = "cd /sys/fs/cgroup && cat memory.max cpu.max";
/// The content of those files.
pub const LIMITS: &str = "1073741824\n100000 100000\n";

#[test]
fn libcontainer_sets_limits_and_every_stage_is_explained() -> Result<()> {
    runtime("libcontainer")
}

#[test]
fn crun_sets_limits_and_every_stage_is_explained() -> Result<()> {
    runtime("crun")
}

#[test]
fn runc_sets_limits_and_every_stage_is_explained() -> Result<()> {
    runtime("runc")
}

fn runtime(name: &str) -> Result<()> {
    let _turn = alone();
    limits_are_set(name)?;
    stages_are_explained(name)
}

fn limits_are_set(runtime: &str) -> Result<()> {
    let mut scene = Scene::new()?;
    scene.spec.configuration.runtime = RuntimeChoice::named(runtime);
    scene.spec.workload = shell(READ_LIMITS);
    scene.spec.workload.expected_stdout = Some(LIMITS.to_owned());
    scene.succeed()?;
    let description = scene.report()?.description;
    ensure!(description["cgroup"] == "v2", "{description:?}");
    Ok(())
}

fn stages_are_explained(runtime: &str) -> Result<()> {
    let scratch = Scratch::new()?;
    let recording = scratch.path().join("recording");
    let output = ctrprof::command()?
        .args(["run", "hello-world", "--runtime", runtime, "-o"])
        .arg(&recording)
        .output()?;
    ctrprof::succeeded(&output)?;
    let text = String::from_utf8(output.stdout)?;
    ensure!(text.contains("cgroup v2"), "{text}");
    let report = ctrprof::report(&recording)?;
    let stages = report::stages(&report);
    let names: Vec<&str> = stages
        .iter()
        .filter_map(|stage| stage["name"].as_str())
        .collect();
    assert_eq!(names, STAGES);
    report::paths_are_whole(&report)?;
    for stage in stages {
        let phases = stage["phases"].as_array().context("no phases")?;
        let unknown = phases.iter().find(|phase| phase["phase"] == "unknown");
        ensure!(unknown.is_none(), "{}: {unknown:?}", stage["name"]);
    }
    let (sent, received, lost) = report::records(&report)?;
    assert_eq!((sent, lost), (received, 0));
    Ok(())
}
