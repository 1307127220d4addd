//! Where control groups come from and how they are entered, on the host as it is: limits hold, and
//! nothing is left.

use anyhow::{Context, Result, ensure};
use ctrprof_tests::engine::{Scene, groups_named, processes_in, shell, wait_until};
use ctrprof_tests::turn::{alone, beside_others};
use engine::workload::Workload;
use setup::configuration::{CgroupAttach, CgroupSource};
use setup::runtime::RuntimeChoice;

/// Prints the memory limit, under either version of control groups.
const READ_LIMIT: &str =
    "cd /sys/fs/cgroup; cat memory.max memory/memory.limit_in_bytes 2> /dev/null";

fn scene(runtime: &str, source: CgroupSource, attach: CgroupAttach) -> Result<Scene> {
    let mut scene = Scene::new()?;
    let configuration = &mut scene.spec.configuration;
    configuration.runtime = RuntimeChoice::named(runtime);
    configuration.cgroup_source = source;
    configuration.cgroup_attach = attach;
    Ok(scene)
}

fn limits_hold(runtime: &str, source: CgroupSource, attach: CgroupAttach) -> Result<()> {
    let mut scene = scene(runtime, source, attach)?;
    scene.spec.runs = 2;
    scene.spec.workload = shell(&format!("{READ_LIMIT}; true"));
    scene.spec.workload.expected_stdout = Some("1073741824\n".to_owned());
    scene
        .succeed()
        .with_context(|| format!("{runtime} {source} {attach}"))
}

#[test]
fn groups_of_a_pool_have_their_limits_with_every_runtime() -> Result<()> {
    let _turn = beside_others();
    ["libcontainer", "crun", "runc"]
        .into_iter()
        .try_for_each(|runtime| limits_hold(runtime, CgroupSource::Pool, CgroupAttach::Runtime))
}

#[test]
fn the_engine_puts_crun_and_what_it_starts_into_a_group() -> Result<()> {
    let _turn = beside_others();
    for &source in CgroupSource::ALL {
        limits_hold("crun", source, CgroupAttach::Procs)?;
    }
    Ok(())
}

#[test]
fn a_runtime_that_insists_on_its_own_groups_is_refused() -> Result<()> {
    let _turn = beside_others();
    let output = ctrprof_tests::ctrprof::command()?
        .args(["run", "hello-world", "--runtime", "runc"])
        .args(["--cgroup-attach", "procs"])
        .output()?;
    let stderr = String::from_utf8_lossy(&output.stderr);
    ensure!(!output.status.success(), "it ran");
    assert!(stderr.contains("crun alone"), "{stderr}");
    Ok(())
}

#[test]
fn a_pool_whose_engine_was_killed_is_removed_by_the_next() -> Result<()> {
    let _turn = alone();
    let mut scene = scene("crun", CgroupSource::Pool, CgroupAttach::Procs)?;
    let mut engine = scene.hanging()?;
    let name = format!("ctrprof-{}-", engine.id());
    ensure!(!groups_named(&name)?.is_empty(), "there is no pool");
    engine.kill()?;
    engine.wait()?;
    // Before its world has ended, it lives for whoever would sweep it.
    wait_until("the container ends", || Ok(processes_in(&name)?.is_empty()))?;
    scene.spec.workload = Workload::hello_world();
    scene.succeed()?;
    // An engine of another test may have come first, and be at it.
    wait_until(
        "the pool is removed",
        || Ok(groups_named(&name)?.is_empty()),
    )
}
