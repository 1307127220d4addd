//! podman, driven through a container's life under the profiler: with each runtime and storage, on
//! each network, with root and without.

use anyhow::{Result, ensure};
use ctrprof_tests::managed::{Managed, STAGES};

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
    for runtime in ["crun", "runc"] {
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
