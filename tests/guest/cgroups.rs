//! Where control groups come from and how they are entered, on a host of version 2 alone.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use ctrprof_tests::engine::{Scene, shell};
use ctrprof_tests::turn::alone;
use ctrprof_tests::{ctrprof, form, report};
use recording::Recording;
use setup::configuration::{CgroupAttach, CgroupSource};
use setup::runtime::RuntimeChoice;
use trace::rows::Tables;

use crate::limits::{LIMITS, READ_LIMITS};

/// Containers of each configuration, more than one for groups to be used again.
fn runs() -> u64 {
    form::choose(2, 5)
}

fn scene(runtime: &str, source: CgroupSource, attach: CgroupAttach) -> Result<Scene> {
    let mut scene = Scene::new()?;
    let configuration = &mut scene.spec.configuration;
    configuration.runtime = RuntimeChoice::named(runtime);
    configuration.cgroup_source = source;
    configuration.cgroup_attach = attach;
    Ok(scene)
}

/// Containers see their limits, nothing is left, and what each stage took is printed.
fn limits_are_set(runtime: &str, source: CgroupSource, attach: CgroupAttach) -> Result<()> {
    let _turn = alone();
    let mut scene = scene(runtime, source, attach)?;
    scene.spec.runs = runs();
    scene.spec.workload = shell(READ_LIMITS);
    scene.spec.workload.expected_stdout = Some(LIMITS.to_owned());
    scene.succeed()?;
    let mut times: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    for stage in scene.report()?.runs.iter().flat_map(|run| &run.stages) {
        let wall_ns = stage.ended_ns - stage.started_ns;
        times.entry(stage.stage.name()).or_default().push(wall_ns);
    }
    for (stage, times) in &mut times {
        times.sort_unstable();
        let ms = |index: usize| times[index] as f64 / 1e6;
        let (least, median) = (ms(0), ms(times.len() / 2));
        println!("{runtime} {source} {attach}: {stage} median {median:.1} ms, least {least:.1} ms");
    }
    Ok(())
}

#[test]
fn libcontainer_takes_groups_from_a_pool() -> Result<()> {
    limits_are_set("libcontainer", CgroupSource::Pool, CgroupAttach::Runtime)
}

#[test]
fn crun_takes_groups_from_a_pool_and_is_put_into_them() -> Result<()> {
    for &source in CgroupSource::ALL {
        for &attach in CgroupAttach::ALL {
            limits_are_set("crun", source, attach)?;
        }
    }
    Ok(())
}

#[test]
fn runc_takes_groups_from_a_pool() -> Result<()> {
    limits_are_set("runc", CgroupSource::Pool, CgroupAttach::Runtime)
}

/// The proof by the kernel's own function: nobody is moved into a group who was born there.
#[test]
fn nobody_is_moved_into_the_group_of_their_birth() -> Result<()> {
    let _turn = alone();
    let (written, born) = (moved(CgroupAttach::Procs)?, moved(CgroupAttach::CloneInto)?);
    println!("moves: {written} with procs, {born} with clone-into");
    assert_eq!((written, born), (2, 0), "create and exec enter the group");
    Ok(())
}

/// How often processes of a hello world were moved from one group to another.
fn moved(attach: CgroupAttach) -> Result<usize> {
    let scene = scene("crun", CgroupSource::Pool, attach)?;
    let recording = scene.folder.path().join("recording");
    let mut trace = ctrprof::command()?;
    trace.args(["trace", "-o"]).arg(&recording).arg("--");
    trace.arg(ctrprof::binary()?).args(scene.arguments()?);
    ctrprof::succeeded(&trace.output()?)?;
    let report = ctrprof::report(&recording)?;
    for stage in report::stages(&report) {
        let phases = stage["phases"].as_array().into_iter().flatten();
        for phase in phases.filter(|phase| phase["phase"] == "rcu") {
            println!(
                "{attach}: {}: rcu {} ns",
                stage["name"], phase["critical_path_ns"]
            );
        }
    }
    moves(&recording)
}

/// Runs of the kernel function that moves a process.
fn moves(recording: &Path) -> Result<usize> {
    let tables: Tables = Recording::open(recording)?.tables()?;
    let name = tables
        .strings
        .iter()
        .find(|string| string.text == "cgroup_attach_task");
    // A name that never occurred was never hooked: its hook is looked at elsewhere.
    let Some(name) = name else {
        return Ok(0);
    };
    let runs = tables.functions.iter();
    Ok(runs.filter(|run| run.function == name.id).count())
}
