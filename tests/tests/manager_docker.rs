//! docker, with a dockerd of the engine's own, driven through a container's life under the
//! profiler: with each runtime and storage, on each network.

use anyhow::{Result, ensure};
use ctrprof_tests::managed::{Managed, STAGES};

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
    for runtime in ["runc", "crun"] {
        let run = hello_world(&["--storage", "vfs", "--runtime", runtime])?;
        run.has_process(runtime, "runtime")?;
        assert_eq!(run.property("storage_driver")?, "vfs");
    }
    Ok(())
}

#[test]
fn btrfs_on_a_store_of_its_own_with_each_runtime() -> Result<()> {
    for runtime in ["runc", "crun"] {
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
fn a_bridge() -> Result<()> {
    let run = hello_world(&["--network", "bridge"])?;
    assert!(run.property("network_program")?.starts_with("iptables"));
    Ok(())
}

#[test]
fn the_network_of_the_host() -> Result<()> {
    hello_world(&["--network", "host"])?;
    Ok(())
}
