//! The axes of the matrix, as options.

use std::str::FromStr;

use clap::Args;

use setup::backing::Backing;
use setup::configuration::{
    CgroupAttach, CgroupSource, CgroupVersion, Configuration, ManagerKind, NetworkKind,
    SeccompChoice,
};
use setup::image::ImageSource;
use setup::runtime::RuntimeChoice;
use setup::storage::StorageChoice;

/// The axes of the matrix.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Configuration")]
pub struct ConfigurationArgs {
    /// embedded, podman, docker, containerd, lxc or lxd
    ///
    /// Who takes the container through its life: embedded (the default), podman, docker, containerd,
    /// lxc, lxd; or bare, for workloads without a container
    #[arg(long, default_value_t, hide_default_value = true, value_parser = ManagerKind::from_str)]
    manager: ManagerKind,
    /// An OCI runtime by name or path, or libcontainer
    ///
    /// An OCI runtime by name or path, or libcontainer (in process) [default: the manager's]
    #[arg(long)]
    runtime: Option<String>,
    /// auto, overlay, btrfs, zfs, vfs, bind and more
    ///
    /// How the container gets its root: auto (the default), overlay, fuse-overlayfs, aufs, btrfs, zfs,
    /// devicemapper, lvm, vfs, bind
    #[arg(long, default_value_t, hide_default_value = true, value_parser = StorageChoice::from_str)]
    storage: StorageChoice,
    /// The backing store: `host`, a folder, or a file system made for it on a loop device, such as
    /// loop:ext4:2G, loop:xfs:2G, loop:btrfs:2G [default: host, for btrfs loop:btrfs:2G]
    #[arg(long, value_parser = Backing::from_str)]
    backing: Option<Backing>,
    /// Version of the control groups: host, v1, v2
    #[arg(long, default_value_t, value_parser = CgroupVersion::from_str)]
    cgroup: CgroupVersion,
    /// Where the embedded engine has control groups from: fresh, pool
    #[arg(long, default_value_t, value_name = "SOURCE", value_parser = CgroupSource::from_str)]
    cgroup_source: CgroupSource,
    /// How processes come into their control group: runtime (as it does it), procs, clone-into
    #[arg(long, default_value_t, value_name = "HOW", value_parser = CgroupAttach::from_str)]
    cgroup_attach: CgroupAttach,
    /// none, host, bridge or pool
    ///
    /// Network of the container: none (the default), host, bridge, pool
    #[arg(long, default_value_t, hide_default_value = true, value_parser = NetworkKind::from_str)]
    network: NetworkKind,
    /// host-gnu, host-busybox, musl-busybox, oci:DIR, ...
    ///
    /// The image: host-gnu (the default), host-busybox, musl-busybox, oci:DIR, archive:FILE,
    /// debootstrap[:SUITE], or a reference that the manager pulls
    #[arg(long, default_value = "host-gnu", hide_default_value = true)]
    image: ImageSource,
    /// Everything is done by a user who is not root
    #[arg(long)]
    rootless: bool,
    /// Seccomp profile of the container: usual (the manager's own choice), none, default
    #[arg(long, default_value_t, value_name = "PROFILE", value_parser = SeccompChoice::from_str)]
    seccomp: SeccompChoice,
}

impl ConfigurationArgs {
    /// The configuration, with what the manager prefers where nothing was asked for.
    pub fn configuration(&self) -> Configuration {
        let preferred = self.manager.preferred_runtime();
        Configuration {
            manager: self.manager,
            runtime: RuntimeChoice::named(self.runtime.as_deref().unwrap_or(preferred)),
            storage: self.storage,
            backing: self.backing.clone(),
            cgroup: self.cgroup,
            cgroup_source: self.cgroup_source,
            cgroup_attach: self.cgroup_attach,
            image: self.image.clone(),
            network: self.network,
            rootless: self.rootless,
            seccomp: self.seccomp,
        }
    }
}
