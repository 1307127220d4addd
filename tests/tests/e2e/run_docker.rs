//! docker, with a dockerd of the engine's own, driven through a container's life under the
//! profiler: with each runtime and storage, on each network.

use std::fs;

use anyhow::{Result, ensure};
use ctrprof_tests::engine::{Scene, processes_in, wait_until};
use ctrprof_tests::form;
use ctrprof_tests::managed::{Managed, STAGES};
use ctrprof_tests::turn::alone;
use engine::workload::Workload;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use setup::configuration::ManagerKind;
use setup::runtime::RuntimeChoice;

/// A hello world under docker with these options. The container has its limits, so nothing is said.
fn hello_world(options: &[&str]) -> Result<Managed> {
    let options = [&["--manager", "docker", "--warmups", "0"], options].concat();
    let run = Managed::run("hello-world", &options)?;
    ensure!(run.said.is_empty(), "{}", run.said);
    assert_eq!(run.stages()?, STAGES);
    for (name, role) in [
        ("docker", "client"),
        ("dockerd", "manager"),
        ("containerd", "manager"),
        ("containerd-shim", "shim"),
        ("echo", "container"),
    ] {
        run.has_process(name, role)?;
    }
    for role in ["client", "manager", "shim", "runtime"] {
        run.waited_for(role)?;
    }
    Ok(run)
}

#[test]
fn runc_on_overlay() -> Result<()> {
    let run = hello_world(&["--storage", "overlay"])?;
    run.has_process("runc", "runtime")?;
    assert_eq!(run.property("storage_driver")?, "overlay2");
    assert_eq!(run.property("storage_file_system")?, "overlay");
    assert!(run.property("runtime_version")?.starts_with("runc version"));
    Ok(())
}

#[test]
fn crun_on_overlay() -> Result<()> {
    let run = hello_world(&["--runtime", "crun", "--storage", "overlay"])?;
    run.has_process("crun", "runtime")?;
    assert!(run.property("runtime_version")?.starts_with("crun version"));
    Ok(())
}

#[test]
fn vfs_with_each_runtime() -> Result<()> {
    for runtime in form::choose(vec!["crun"], vec!["runc", "crun"]) {
        let run = hello_world(&["--storage", "vfs", "--runtime", runtime])?;
        run.has_process(runtime, "runtime")?;
        assert_eq!(run.property("storage_driver")?, "vfs");
    }
    Ok(())
}

#[test]
fn btrfs_on_a_store_of_its_own_with_each_runtime() -> Result<()> {
    for runtime in form::choose(vec!["runc"], vec!["runc", "crun"]) {
        let run = hello_world(&["--storage", "btrfs", "--runtime", runtime])?;
        run.has_process(runtime, "runtime")?;
        assert_eq!(run.property("storage_driver")?, "btrfs");
        assert_eq!(run.property("storage_file_system")?, "btrfs");
    }
    Ok(())
}

#[test]
fn fuse_overlayfs() -> Result<()> {
    let run = hello_world(&["--storage", "fuse-overlayfs"])?;
    assert_eq!(run.property("storage_driver")?, "fuse-overlayfs");
    assert_eq!(run.property("storage_file_system")?, "fuse.fuse-overlayfs");
    run.has_process("fuse-overlayfs", "helper")
}

#[test]
fn a_server_behind_a_mapped_port_of_a_bridge() -> Result<()> {
    let options = [
        "--manager",
        "docker",
        "--warmups",
        "0",
        "--network",
        "bridge",
    ];
    let run = Managed::run("http-server", &options)?;
    assert_eq!(
        run.stages()?,
        ["create", "start", "exec", "response", "stop", "remove"]
    );
    assert!(run.property("network_program")?.starts_with("iptables"));
    run.has_process("docker-proxy", "helper")
}

#[test]
fn the_network_of_the_host() -> Result<()> {
    hello_world(&["--network", "host"])?;
    Ok(())
}

/// An engine of this manager, told nothing yet.
fn scene() -> Result<Scene> {
    let mut scene = Scene::new()?;
    scene.spec.configuration.manager = ManagerKind::Docker;
    scene.spec.configuration.runtime = RuntimeChoice::named("runc");
    Ok(scene)
}

#[test]
fn a_signal_in_the_middle_of_an_exec_ends_it_cleanly() -> Result<()> {
    let _turn = alone();
    let mut scene = scene()?;
    let engine = scene.hanging()?;
    let pid = engine.id();
    kill(Pid::from_raw(pid.cast_signed()), Signal::SIGTERM)?;
    let output = engine.wait_with_output()?;
    assert_eq!(output.status.code(), Some(128 + Signal::SIGTERM as i32));
    scene.check_nothing_is_left(pid)
}

#[test]
fn images_outlive_an_engine_that_was_killed_and_its_containers_do_not() -> Result<()> {
    let _turn = alone();
    let mut scene = scene()?;
    let state = scene.folder.path().join("state");
    scene.spec.state = Some(state.clone());
    let mut engine = scene.hanging()?;
    let killed = engine.id();
    engine.kill()?;
    engine.wait()?;
    let name = format!("ctrprof-{killed}-");
    wait_until("the container ends", || Ok(processes_in(&name)?.is_empty()))?;
    let images = || fs::read_dir(state.join("docker/image/overlay2/imagedb/content/sha256"));
    let containers = || fs::read_dir(state.join("docker/containers"));
    assert_eq!((images()?.count(), containers()?.count()), (1, 1));
    scene.spec.workload = Workload::hello_world();
    scene.succeed()?;
    assert_eq!((images()?.count(), containers()?.count()), (1, 0));
    scene.check_nothing_is_left(killed)
}
