//! An LXD daemon of the engine's own, driven through a container's life under the profiler: with
//! each storage pool, with and without its bridge.

use anyhow::{Result, ensure};
use ctrprof::harness::configuration::ManagerKind;
use ctrprof::harness::runtime::RuntimeChoice;
use ctrprof::harness::storage::{StorageChoice, StorageKind};
use ctrprof::harness::workload::Workload;
use ctrprof_tests::engine::Scene;
use ctrprof_tests::managed::{Managed, STAGES};

/// A hello world under lxd with these options. The engine has seen one container before it.
fn hello_world(options: &[&str]) -> Result<Managed> {
    let options = [&["--manager", "lxd", "--warmups", "0"], options].concat();
    let run = Managed::run("hello-world", &options)?;
    assert_eq!(run.stages()?, STAGES);
    // Limits that were not applied would be told.
    ensure!(run.said.is_empty(), "{}", run.said);
    for (name, role) in [
        ("lxc", "client"),
        ("lxd", "manager"),
        ("lxd", "runtime"),
        ("callhook", "helper"),
        ("sleep", "container"),
        ("echo", "container"),
    ] {
        run.has_process(name, role)?;
    }
    for role in ["client", "manager", "runtime", "helper", "container"] {
        run.waited_for(role)?;
    }
    assert_eq!(run.property("runtime")?, "liblxc");
    assert!(!run.property("runtime_version")?.is_empty());
    Ok(run)
}

#[test]
fn a_pool_of_folders() -> Result<()> {
    let run = hello_world(&["--storage", "vfs"])?;
    assert_eq!(run.property("storage_driver")?, "dir");
    Ok(())
}

#[test]
fn a_pool_of_snapshots_on_a_store_of_its_own() -> Result<()> {
    let run = hello_world(&["--storage", "btrfs"])?;
    assert_eq!(run.property("storage_backing")?, "btrfs");
    assert_eq!(run.property("storage_file_system")?, "btrfs");
    Ok(())
}

#[test]
fn a_bridge() -> Result<()> {
    let run = hello_world(&["--network", "bridge"])?;
    assert_eq!(run.property("network_bridge")?, "lxdbr0 10.0.4.1");
    Ok(())
}

#[test]
fn an_engine_that_is_killed_leaves_an_image_that_the_next_one_uses() -> Result<()> {
    let mut scene = Scene::new()?;
    scene.spec.configuration.manager = ManagerKind::Lxd;
    scene.spec.configuration.runtime = RuntimeChoice::Liblxc;
    scene.spec.configuration.storage = StorageChoice::Kind(StorageKind::Vfs);
    let state = scene.folder.path().join("state");
    scene.spec.state = Some(state.clone());
    let mut engine = scene.hanging()?;
    let killed = engine.id();
    engine.kill()?;
    engine.wait()?;
    scene.spec.workload = Workload::hello_world();
    scene.succeed()?;
    scene.check_nothing_is_left(killed)?;
    let images = std::fs::read_dir(state.join("lxd-dir/daemon/images"))?.count();
    // An archive of files, and one of what describes them.
    assert_eq!(images, 2);
    Ok(())
}
