//! Setting a sandbox up, by its first process.

use std::fs;
use std::io;
use std::path::Path;

use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::sched::{CloneFlags, unshare};

use super::host_network::{HostNetwork, Resolver};
use super::{SandboxError, SandboxPlan};
use crate::{cgroup, network};

/// Where programs keep notes about what runs: they must begin empty, since nothing runs yet, and
/// nobody else may read them.
const NOTES: &[&str] = &["/run", "/dev/shm"];

/// Makes the mount namespace and, if asked for, the one of the network, and mounts what belongs
/// there: its own /proc, /sys and control groups. Of a hybrid layout only version 1 is seen. What
/// is returned leads back to the host's network.
///
/// # Errors
/// When a mount or a namespace is refused.
pub fn set_up(plan: &SandboxPlan) -> Result<HostNetwork, SandboxError> {
    unshare(CloneFlags::CLONE_NEWNS).map_err(SandboxError::of("make a mount namespace"))?;
    set_propagation(MsFlags::MS_PRIVATE).map_err(SandboxError::of("make mounts private"))?;
    mount_new("proc", "/proc").map_err(SandboxError::of("mount /proc"))?;
    let cover = plan.scratch.join("cgroup");
    gather_cgroups(&cover).map_err(SandboxError::of("gather the control groups"))?;
    let host_network = if plan.network {
        let host_network =
            HostNetwork::left().map_err(SandboxError::of("keep the host's network"))?;
        make_network().map_err(SandboxError::of("make a network namespace"))?;
        // Its files show the network namespace in which it was mounted (sysfs(5)).
        mount_new("sysfs", "/sys").map_err(SandboxError::of("mount /sys"))?;
        host_network
    } else {
        HostNetwork::same()
    };
    cgroup::place(&cover).map_err(SandboxError::of("place the control groups"))?;
    if plan.empty_run {
        let resolver = Resolver::of_host();
        for folder in NOTES {
            mount_new("tmpfs", folder).map_err(SandboxError::of("mount an empty /run"))?;
        }
        if let Some(resolver) = resolver {
            resolver
                .restore()
                .map_err(SandboxError::of("keep how names are resolved"))?;
        }
    }
    // Managers and their shims expect mounts to reach each other, as under systemd.
    set_propagation(MsFlags::MS_SHARED).map_err(SandboxError::of("make mounts shared"))?;
    Ok(host_network)
}

fn set_propagation(kind: MsFlags) -> nix::Result<()> {
    mount(
        None::<&str>,
        "/",
        None::<&str>,
        MsFlags::MS_REC | kind,
        None::<&str>,
    )
}

fn mount_new(kind: &str, target: &str) -> nix::Result<()> {
    mount(
        Some(kind),
        target,
        Some(kind),
        MsFlags::MS_NOSUID | MsFlags::MS_NODEV,
        None::<&str>,
    )
}

fn gather_cgroups(cover: &Path) -> io::Result<()> {
    fs::create_dir(cover)?;
    cgroup::gather(cover).inspect_err(|_| {
        // Mounted or not, the folder is removed with the engine's.
        let _ = umount2(cover, MntFlags::MNT_DETACH);
    })
}

fn make_network() -> io::Result<()> {
    unshare(CloneFlags::CLONE_NEWNET)?;
    network::set_up_sandbox_network()
}
