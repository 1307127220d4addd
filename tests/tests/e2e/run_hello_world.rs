//! The main job: a container's life on the embedded engine, explained, with nothing left behind.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use ctrprof_tests::engine::Scene;
use ctrprof_tests::scratch::Scratch;
use ctrprof_tests::turn::alone;
use ctrprof_tests::{ctrprof, form, report};
use engine::results::RunReport;
use serde_json::Value;
use setup::runtime::RuntimeChoice;

const STAGES: [&str; 5] = ["create", "start", "exec", "stop", "remove"];

/// Profiles one container and returns what it and the report printed.
fn hello_world() -> Result<(String, Value)> {
    let scratch = Scratch::new()?;
    let recording = scratch.path().join("recording");
    let output = ctrprof::command()?
        .args(["run", "hello-world", "-o"])
        .arg(&recording)
        .output()?;
    ctrprof::succeeded(&output)?;
    Ok((
        String::from_utf8(output.stdout)?,
        ctrprof::report(&recording)?,
    ))
}

#[test]
fn every_stage_is_explained() -> Result<()> {
    let _turn = alone();
    let (text, report) = hello_world()?;
    let stages = report::stages(&report);
    let names: Vec<&str> = stages
        .iter()
        .filter_map(|stage| stage["name"].as_str())
        .collect();
    assert_eq!(names, STAGES);
    for stage in stages {
        assert!(stage["wall_ns"].as_u64() > Some(0), "{}", stage["name"]);
        assert!(
            text.contains(stage["name"].as_str().context("a stage without a name")?),
            "{text}"
        );
        let phases = stage["phases"]
            .as_array()
            .context("a stage without phases")?;
        let time_ns = |phase: &Value| phase["thread_ns"].as_u64().unwrap_or_default();
        let all_ns: u64 = phases.iter().map(time_ns).sum();
        let unknown = phases.iter().filter(|phase| phase["phase"] == "unknown");
        let unknown_ns: u64 = unknown.map(time_ns).sum();
        assert!(
            unknown_ns * 50 < all_ns,
            "{}: {unknown_ns} ns of {all_ns} ns unknown",
            stage["name"]
        );
    }
    let (sent, received, lost) = report::records(&report)?;
    assert_eq!((sent, lost), (received, 0));
    Ok(())
}

#[test]
fn no_mount_or_cgroup_is_left_behind() -> Result<()> {
    let _turn = alone();
    let before = (mount_points()?, cgroups()?);
    hello_world()?;
    assert_eq!((mount_points()?, cgroups()?), before);
    Ok(())
}

/// The mount points of this process's mount namespace: proc_pid_mountinfo(5).
fn mount_points() -> Result<Vec<String>> {
    let mounts = fs::read_to_string("/proc/self/mountinfo")?;
    Ok(mounts
        .lines()
        .filter_map(|line| line.split(' ').nth(4))
        .map(str::to_owned)
        .collect())
}

/// The cgroups of ours right below the root of each hierarchy.
fn cgroups() -> Result<Vec<String>> {
    let mut names = Vec::new();
    for hierarchy in fs::read_dir("/sys/fs/cgroup")? {
        let hierarchy = hierarchy?.path();
        if hierarchy.is_dir() {
            for entry in fs::read_dir(&hierarchy)? {
                let entry = entry?.path();
                names.extend(
                    (entry.is_dir() && is_ours(&entry)).then(|| entry.display().to_string()),
                );
            }
        }
    }
    names.sort();
    Ok(names)
}

fn is_ours(cgroup: &Path) -> bool {
    cgroup
        .file_name()
        .is_some_and(|name| name.to_string_lossy().contains("ctrprof"))
}

/// Whole lifecycles of one engine, in nanoseconds.
fn lifecycles_ns(scene: &Scene) -> Result<Vec<u64>> {
    scene.succeed()?;
    let runs = scene.report()?.runs;
    let stages = |run: &RunReport| {
        let timings = run.stages.iter();
        timings
            .map(|timing| timing.ended_ns - timing.started_ns)
            .sum()
    };
    Ok(runs.iter().map(stages).collect())
}

#[test]
fn the_library_runtime_is_faster_than_crun_on_its_command_line() -> Result<()> {
    let _turn = alone();
    let (mut library, mut crun) = (Vec::new(), Vec::new());
    for _ in 0..form::choose(3, 10) {
        for (runtime, times) in [("libcontainer", &mut library), ("crun", &mut crun)] {
            let mut scene = Scene::new()?;
            scene.spec.configuration.runtime = RuntimeChoice::named(runtime);
            scene.spec.warmups = 1;
            scene.spec.runs = 4;
            times.extend(lifecycles_ns(&scene)?);
        }
    }
    // The delay on a loaded machine hits all runs, but not the fastest of them.
    let quartile = |mut times: Vec<u64>| {
        times.sort_unstable();
        times[times.len() / 4]
    };
    let (library_ns, crun_ns) = (quartile(library), quartile(crun));
    assert!(library_ns < crun_ns, "{library_ns} ns against {crun_ns} ns");
    println!("libcontainer {library_ns} ns, crun {crun_ns} ns");
    Ok(())
}
