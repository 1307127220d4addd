//! containerd, one of the engine's own, driven with ctr through a container's life under the
//! profiler: with each runtime and snapshotter.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use anyhow::{Result, ensure};
use ctrprof_tests::engine::{Scene, processes_in, wait_until};
use ctrprof_tests::managed::{Managed, STAGES};
use ctrprof_tests::turn::alone;
use engine::workload::Workload;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use setup::configuration::ManagerKind;
use setup::runtime::RuntimeChoice;

/// A hello world under containerd with these options. The container has its limits, so nothing is
/// said.
fn hello_world(options: &[&str]) -> Result<Managed> {
    let options = [&["--manager", "containerd", "--warmups", "0"], options].concat();
    let run = Managed::run("hello-world", &options)?;
    ensure!(run.said.is_empty(), "{}", run.said);
    assert_eq!(run.stages()?, STAGES);
    for (name, role) in [
        ("ctr", "client"),
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
fn runc_on_overlayfs() -> Result<()> {
    let run = hello_world(&["--storage", "overlay"])?;
    run.has_process("runc", "runtime")?;
    assert_eq!(run.property("storage_driver")?, "overlayfs");
    assert_eq!(run.property("storage_file_system")?, "overlay");
    Ok(())
}

#[test]
fn crun_on_btrfs() -> Result<()> {
    let run = hello_world(&["--runtime", "crun", "--storage", "btrfs"])?;
    run.has_process("crun", "runtime")?;
    assert!(run.property("runtime_version")?.starts_with("crun version"));
    assert_eq!(run.property("storage_file_system")?, "btrfs");
    Ok(())
}

#[test]
fn the_native_snapshotter_on_the_network_of_the_host() -> Result<()> {
    let run = hello_world(&["--storage", "vfs", "--network", "host"])?;
    assert_eq!(run.property("storage_driver")?, "native");
    Ok(())
}

/// An engine of this manager, told nothing yet.
fn scene() -> Result<Scene> {
    let mut scene = Scene::new()?;
    scene.spec.configuration.manager = ManagerKind::Containerd;
    scene.spec.configuration.runtime = RuntimeChoice::named("runc");
    Ok(scene)
}

#[test]
fn a_signal_in_the_middle_of_an_exec_ends_it_cleanly() -> Result<()> {
    let _turn = alone();
    ends_cleanly(&mut scene()?)
}

fn ends_cleanly(scene: &mut Scene) -> Result<()> {
    let engine = scene.hanging()?;
    let pid = engine.id();
    kill(Pid::from_raw(pid.cast_signed()), Signal::SIGTERM)?;
    let output = engine.wait_with_output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    let expected = Some(128 + Signal::SIGTERM as i32);
    assert_eq!(output.status.code(), expected, "{said}");
    scene.check_nothing_is_left(pid)
}

#[test]
fn a_signal_before_the_output_of_an_exec_is_read_ends_it_cleanly() -> Result<()> {
    let _turn = alone();
    let mut scene = scene()?;
    // The shim opens the output of a process when the runtime that started it has ended. Meanwhile
    // the process runs already. The shim finds the script, in the first folder, by the name of runc.
    let runtime = scene.folder.path().join("runc-that-lingers");
    let script = r#"#!/bin/sh
        PATH=${PATH#*:}
        runc "$@" || exit
        case " $* " in *" exec "*) sleep 2; esac"#;
    fs::write(&runtime, script)?;
    fs::set_permissions(&runtime, fs::Permissions::from_mode(0o755))?;
    scene.spec.configuration.runtime = RuntimeChoice::Program(runtime);
    ends_cleanly(&mut scene)
}

#[test]
fn images_outlive_an_engine_that_was_killed_and_its_containers_do_not() -> Result<()> {
    let _turn = alone();
    let mut scene = scene()?;
    let state = scene.folder.path().join("state");
    scene.spec.state = Some(state);
    let mut engine = scene.hanging()?;
    let killed = engine.id();
    engine.kill()?;
    engine.wait()?;
    let name = format!("ctrprof-{killed}-");
    wait_until("the container ends", || Ok(processes_in(&name)?.is_empty()))?;
    // If it were imported again there would be nothing in it.
    let nothing = scene.folder.path().join("image/root");
    fs::create_dir_all(&nothing)?;
    scene.spec.image.root = nothing;
    scene.spec.workload = Workload::hello_world();
    scene.succeed()?;
    scene.check_nothing_is_left(killed)
}
