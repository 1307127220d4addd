//! The programs of LXC, driven through a container's life under the profiler: with each backing
//! store, on each network.

use anyhow::{Result, ensure};
use ctrprof_tests::engine::Scene;
use ctrprof_tests::managed::{Managed, STAGES};
use ctrprof_tests::turn::{alone, beside_others};
use engine::workload::Workload;
use setup::configuration::ManagerKind;
use setup::runtime::RuntimeChoice;

/// A hello world under lxc with these options.
fn hello_world(options: &[&str]) -> Result<Managed> {
    let options = [&["--manager", "lxc"], options].concat();
    let run = Managed::hello_world_waited_for(&options)?;
    assert_eq!(run.stages()?, STAGES);
    // Limits that were not applied would be told.
    ensure!(run.said.is_empty(), "{}", run.said);
    for (name, role) in [
        ("lxc-copy", "manager"),
        ("lxc-start", "runtime"),
        ("lxc-attach", "runtime"),
        ("lxc-stop", "runtime"),
        ("lxc-destroy", "manager"),
        ("sleep", "container"),
        ("echo", "container"),
    ] {
        run.has_process(name, role)?;
    }
    for role in ["client", "manager", "runtime"] {
        run.waited_for(role)?;
    }
    assert_eq!(run.property("runtime")?, "liblxc");
    assert!(!run.property("manager_version")?.is_empty());
    Ok(run)
}

#[test]
fn an_overlay() -> Result<()> {
    let run = hello_world(&["--storage", "overlay"])?;
    assert_eq!(run.property("storage_file_system")?, "overlay");
    Ok(())
}

#[test]
fn a_copy_by_rsync() -> Result<()> {
    let run = hello_world(&["--storage", "vfs"])?;
    assert_eq!(run.property("storage_driver")?, "dir");
    run.has_process("rsync", "helper")?;
    run.waited_for("helper")
}

#[test]
fn a_snapshot_on_a_store_of_its_own() -> Result<()> {
    let run = hello_world(&["--storage", "btrfs"])?;
    assert_eq!(run.property("storage_backing")?, "btrfs");
    assert_eq!(run.property("storage_file_system")?, "btrfs");
    Ok(())
}

#[test]
fn a_bridge() -> Result<()> {
    let run = hello_world(&["--network", "bridge"])?;
    assert_eq!(run.property("network_bridge")?, "lxcbr0 10.0.3.1");
    Ok(())
}

#[test]
fn the_network_of_the_host() -> Result<()> {
    hello_world(&["--network", "host"]).map(drop)
}

#[test]
fn a_container_begins_with_nothing_of_the_engines_environment() -> Result<()> {
    let _turn = beside_others();
    let mut scene = Scene::new()?;
    scene.spec.configuration.manager = ManagerKind::Lxc;
    scene.spec.configuration.runtime = RuntimeChoice::Liblxc;
    scene.expect("echo $HOME $container; pwd", "/root lxc\n/\n")
}

#[test]
fn an_engine_that_is_killed_leaves_an_image_that_the_next_one_uses() -> Result<()> {
    let _turn = alone();
    let mut scene = Scene::new()?;
    scene.spec.configuration.manager = ManagerKind::Lxc;
    scene.spec.configuration.runtime = RuntimeChoice::Liblxc;
    let state = scene.folder.path().join("state");
    scene.spec.state = Some(state.clone());
    let mut engine = scene.hanging()?;
    let killed = engine.id();
    engine.kill()?;
    engine.wait()?;
    scene.spec.workload = Workload::hello_world();
    scene.succeed()?;
    scene.check_nothing_is_left(killed)?;
    let left: Vec<_> = std::fs::read_dir(state.join("lxc-overlay"))?
        .map(|entry| Ok(entry?.file_name()))
        .collect::<Result<_>>()?;
    assert_eq!(left, ["image"]);
    Ok(())
}

#[test]
fn an_engine_whose_state_has_a_comma_in_its_path_mounts_overlays_all_the_same() -> Result<()> {
    let _turn = beside_others();
    let mut scene = Scene::new()?;
    scene.spec.configuration.manager = ManagerKind::Lxc;
    scene.spec.configuration.runtime = RuntimeChoice::Liblxc;
    scene.spec.state = Some(scene.folder.path().join("lxc,overlay:1"));
    scene.succeed()
}
