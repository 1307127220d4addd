//! containerd, one of the engine's own, driven with ctr through a container's life under the
//! profiler: with each runtime and snapshotter.

use anyhow::{Result, ensure};
use ctrprof_tests::managed::{Managed, STAGES};

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
