//! podman, driven through a container's life under the profiler: with each runtime and storage, on
//! each network, with root and without.

use std::fs;

use anyhow::{Context, Result, ensure};
use ctrprof_tests::engine::Scene;
use ctrprof_tests::form;
use ctrprof_tests::managed::{Managed, STAGES};
use ctrprof_tests::scratch::Scratch;
use ctrprof_tests::turn::{alone, beside_others};
use engine::image;
use engine::workload::Workload;
use engine::workload::catalogue::Kind;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use setup::configuration::{Configuration, ManagerKind, NetworkKind};
use setup::image::ImageSource;
use setup::runtime::RuntimeChoice;
use setup::size::Size;

/// A hello world under podman with these options.
fn hello_world(options: &[&str]) -> Result<Managed> {
    let options = [&["--manager", "podman"], options].concat();
    let run = Managed::run("hello-world", &options)?;
    assert_eq!(run.stages()?, STAGES);
    for (name, role) in [
        ("podman", "manager"),
        ("conmon", "shim"),
        ("echo", "container"),
    ] {
        run.has_process(name, role)?;
    }
    for role in ["client", "manager", "runtime"] {
        run.waited_for(role)?;
    }
    Ok(run)
}

/// With root the container has its limits, so nothing is said.
fn with_root(options: &[&str]) -> Result<Managed> {
    let run = hello_world(options)?;
    ensure!(run.said.is_empty(), "{}", run.said);
    Ok(run)
}

/// Without root it has them on no host whose controllers are in hierarchies of version 1.
fn without_root(options: &[&str]) -> Result<Managed> {
    let run = hello_world(&[&["--rootless"], options].concat())?;
    assert_eq!(run.property("rootless")?, "yes");
    if run.property("cgroup")? == "v1" {
        ensure!(run.said.contains("memory is not limited"), "{}", run.said);
    }
    Ok(run)
}

#[test]
fn crun_on_overlay() -> Result<()> {
    let run = with_root(&["--runtime", "crun", "--storage", "overlay"])?;
    run.has_process("crun", "runtime")?;
    assert_eq!(run.property("storage_file_system")?, "overlay");
    assert!(run.property("runtime_version")?.starts_with("crun version"));
    Ok(())
}

#[test]
fn runc_on_overlay() -> Result<()> {
    let run = with_root(&["--runtime", "runc", "--storage", "overlay"])?;
    run.has_process("runc", "runtime")?;
    assert!(run.property("runtime_version")?.starts_with("runc version"));
    Ok(())
}

#[test]
fn vfs() -> Result<()> {
    let run = with_root(&["--storage", "vfs"])?;
    assert_eq!(run.property("storage_driver")?, "vfs");
    Ok(())
}

#[test]
fn btrfs_on_a_store_of_its_own() -> Result<()> {
    let run = with_root(&["--storage", "btrfs"])?;
    assert_eq!(run.property("storage_backing")?, "btrfs");
    assert_eq!(run.property("storage_file_system")?, "btrfs");
    Ok(())
}

#[test]
fn fuse_overlayfs() -> Result<()> {
    let run = with_root(&["--storage", "fuse-overlayfs", "--runtime", "runc"])?;
    assert_eq!(run.property("storage")?, "fuse-overlayfs");
    assert_eq!(run.property("storage_file_system")?, "fuse.fuse-overlayfs");
    run.has_process("fuse-overlayfs", "helper")
}

#[test]
fn a_bridge() -> Result<()> {
    let run = with_root(&["--network", "bridge"])?;
    run.waited_for("helper")
}

#[test]
fn the_network_of_the_host() -> Result<()> {
    with_root(&["--network", "host"])?;
    Ok(())
}

#[test]
fn without_root_on_overlay_with_each_runtime() -> Result<()> {
    for runtime in form::choose(vec!["runc"], vec!["crun", "runc"]) {
        let run = without_root(&["--runtime", runtime])?;
        run.has_process(runtime, "runtime")?;
        assert_eq!(run.property("storage_file_system")?, "overlay");
    }
    Ok(())
}

#[test]
fn without_root_on_vfs() -> Result<()> {
    let run = without_root(&["--storage", "vfs"])?;
    assert_eq!(run.property("storage_driver")?, "vfs");
    Ok(())
}

#[test]
fn without_root_on_fuse_overlayfs_and_slirp4netns() -> Result<()> {
    let run = without_root(&["--storage", "fuse-overlayfs", "--network", "bridge"])?;
    run.has_process("slirp4netns", "helper")?;
    assert_eq!(run.property("storage_file_system")?, "fuse.fuse-overlayfs");
    Ok(())
}

/// An engine that is driven without a profiler.
fn scene(change: impl FnOnce(&mut Configuration)) -> Result<Scene> {
    let mut scene = Scene::new()?;
    let configuration = &mut scene.spec.configuration;
    configuration.manager = ManagerKind::Podman;
    configuration.runtime = RuntimeChoice::named("crun");
    change(configuration);
    Ok(scene)
}

/// Workloads at their smallest, checked for the right result.
fn succeed_with(kinds: &[Kind], change: fn(&mut Configuration)) -> Result<()> {
    for kind in kinds {
        let mut scene = scene(|configuration| {
            configuration.network = NetworkKind::Bridge;
            change(configuration);
        })?;
        let size = kind.has_sizes().then_some(Size::Xs);
        scene.spec.workload = Workload::named(kind.name(), size)?;
        scene.spec.image = image::prepare(&ImageSource::HostGnu, &scene.spec.workload)?;
        scene.succeed().with_context(|| kind.name())?;
    }
    Ok(())
}

#[test]
fn every_workload_succeeds() -> Result<()> {
    let _turn = beside_others();
    // Those that are files and programs alone are alike to podman.
    let different = vec![Kind::HelloWorld, Kind::DbWrite, Kind::HttpServer];
    succeed_with(&form::choose(different, Kind::ALL.to_vec()), |_| {})
}

#[test]
fn files_a_server_and_pings_succeed_without_root() -> Result<()> {
    let _turn = beside_others();
    let kinds = [Kind::IoWrite, Kind::HttpServer, Kind::Ping];
    succeed_with(&kinds, |configuration| configuration.rootless = true)
}

/// Root may not look into a FUSE file system of another user, where the data is.
#[test]
fn the_cache_is_seen_without_root_on_fuse_overlayfs() -> Result<()> {
    // 10 files of a page each: in the container, in podman's layer, and in the image.
    for (cache, resident) in [("warm", "30 of 30"), ("cold", "0 of 30")] {
        let data = ["--size", "xs", "--cache", cache];
        let storage = ["--storage", "fuse-overlayfs"];
        let podman = ["--manager", "podman", "--rootless"];
        let run = Managed::run("io-read", &[&podman[..], &storage, &data].concat())?;
        assert_eq!(run.property("cache_resident_pages")?, resident);
    }
    Ok(())
}

#[test]
fn the_container_has_one_cpu_and_one_gibibyte() -> Result<()> {
    let _turn = beside_others();
    let script = "cd /sys/fs/cgroup; if [ -e memory.max ]; then cat memory.max cpu.max; else \
        cat memory/memory.limit_in_bytes; echo $(cat cpu/cpu.cfs_quota_us cpu/cpu.cfs_period_us); fi";
    scene(|_| {})?.expect(script, "1073741824\n100000 100000\n")
}

/// Runs a hello world whose image must be in the state already.
fn succeed_with_the_image_in(scene: &mut Scene, state: &Scratch) -> Result<()> {
    scene.spec.workload = Workload::hello_world();
    // From this one no container could be started.
    let empty = state.path().join("empty/root");
    fs::create_dir_all(&empty)?;
    scene.spec.image.root = empty;
    scene.succeed()
}

#[test]
fn images_outlive_an_engine_that_was_killed() -> Result<()> {
    let _turn = alone();
    let mut scene = scene(|_| {})?;
    let state = Scratch::new()?;
    scene.spec.state = Some(state.path().to_path_buf());
    let mut engine = scene.hanging()?;
    let killed = engine.id();
    engine.kill()?;
    engine.wait()?;
    succeed_with_the_image_in(&mut scene, &state)?;
    scene.check_nothing_is_left(killed)
}

#[test]
fn images_outlive_an_engine_without_root() -> Result<()> {
    let _turn = beside_others();
    let mut scene = scene(|configuration| configuration.rootless = true)?;
    let state = Scratch::new()?;
    scene.spec.state = Some(state.path().to_path_buf());
    scene.succeed()?;
    succeed_with_the_image_in(&mut scene, &state)
}

#[test]
fn a_reference_that_nobody_has_is_refused_with_the_reason() -> Result<()> {
    let _turn = beside_others();
    let mut scene = scene(|_| {})?;
    let reference = "127.0.0.1:9/no/such:image".to_owned();
    scene.spec.image = image::prepare(
        &ImageSource::Reference(reference.clone()),
        &scene.spec.workload,
    )?;
    let message = scene.fail()?;
    ensure!(
        message.contains("podman pull failed") && message.contains(&reference),
        "{message}"
    );
    Ok(())
}

#[test]
fn an_interrupted_exec_leaves_nothing() -> Result<()> {
    let _turn = beside_others();
    let mut scene = scene(|configuration| configuration.network = NetworkKind::Bridge)?;
    let engine = scene.hanging()?;
    let pid = engine.id();
    kill(Pid::from_raw(pid.cast_signed()), Signal::SIGTERM)?;
    assert_eq!(engine.wait_with_output()?.status.code(), Some(143));
    scene.check_nothing_is_left(pid)
}
