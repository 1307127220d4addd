//! An LXD daemon of the engine's own, driven through a container's life under the profiler: with
//! each storage pool, with and without its bridge.

use std::process::Command;

use anyhow::{Result, ensure};
use ctrprof_tests::ctrprof as program;
use ctrprof_tests::engine::Scene;
use ctrprof_tests::managed::{Managed, STAGES};
use ctrprof_tests::scratch::Scratch;
use ctrprof_tests::turn::{alone, beside_others};
use engine::workload::Workload;
use setup::configuration::ManagerKind;
use setup::runtime::RuntimeChoice;
use setup::storage::{StorageChoice, StorageKind};

/// A hello world under lxd with these options. The engine has seen one container before it.
fn hello_world(options: &[&str]) -> Result<Managed> {
    let options = [&["--manager", "lxd", "--warmups", "0"], options].concat();
    let run = Managed::hello_world_waited_for(&options)?;
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
    for role in ["client", "manager", "runtime", "helper"] {
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

/// The user's file system, in a mount namespace of its own: `sh -euc SCRIPT sh FOLDER CTRPROF`.
const ON_A_STORE_OF_THE_USERS: &str = r#"
cd "$1"
truncate -s 512M disk
mkfs.btrfs -q disk > /dev/null
mkdir store base
mount -o loop disk store
"$2" run hello-world --manager lxd --storage btrfs --backing "$1/store" --warmups 0 \
    --run-dir "$1/base" > report
ls -A store base
"#;

#[test]
fn nothing_is_left_of_read_only_subvolumes_on_a_store_of_the_users() -> Result<()> {
    let _turn = beside_others();
    let scratch = Scratch::new()?;
    let output = Command::new("unshare")
        .args(["--mount", "--propagation", "private", "sh", "-euc"])
        .args([ON_A_STORE_OF_THE_USERS, "sh"])
        .arg(scratch.path())
        .arg(program::binary()?)
        .output()?;
    program::succeeded(&output)?;
    let left = String::from_utf8(output.stdout)?;
    let [base, store] = ["base", "store"].map(|name| format!("{name}:"));
    let names: Vec<&str> = left.lines().filter(|line| !line.is_empty()).collect();
    assert_eq!(names, [base.as_str(), store.as_str()]);
    Ok(())
}

#[test]
fn an_engine_that_is_killed_leaves_an_image_that_the_next_one_uses() -> Result<()> {
    let _turn = alone();
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
