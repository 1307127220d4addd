//! The files that podman reads its settings from, instead of the host's.

use std::fmt::Write;

use super::directories::Directories;
use super::driver::Driver;
use crate::limits::ResourceLimit;

/// Who sets up networks for podman with root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NetworkBackend {
    /// netavark(1), podman's own.
    Netavark,
    /// The plug-ins of the container network interface.
    Cni,
}

impl NetworkBackend {
    /// Value of `network_backend` (containers.conf(5)).
    pub const fn name(self) -> &'static str {
        match self {
            Self::Netavark => "netavark",
            Self::Cni => "cni",
        }
    }
}

/// The text of `containers.conf`. No systemd is asked for anything: it would be the host's.
/// The limits are those of this process, because podman's own could not be set without
/// CAP_SYS_RESOURCE.
pub fn containers(
    directories: &Directories,
    backend: NetworkBackend,
    limits: &[ResourceLimit],
) -> String {
    let mut text = String::from("[containers]\n");
    let limits: Vec<String> = limits
        .iter()
        .map(|limit| format!("\"{}={}:{}\"", limit.name, limit.hard, limit.hard))
        .collect();
    if !limits.is_empty() {
        // Writing to a String does not fail.
        let _ = writeln!(text, "default_ulimits = [{}]", limits.join(", "));
    }
    let _ = write!(
        text,
        "log_driver = \"k8s-file\"\n\
        [engine]\n\
        cgroup_manager = \"cgroupfs\"\n\
        events_logger = \"none\"\n\
        image_copy_tmp_dir = \"{}\"\n\
        [network]\n\
        network_backend = \"{}\"\n\
        network_config_dir = \"{}\"\n",
        directories.temporary().display(),
        backend.name(),
        directories.home().join("networks").display(),
    );
    text
}

/// The text of `storage.conf`: podman wants the folders there too, though its options name them.
pub fn storage(directories: &Directories, driver: Driver) -> String {
    format!(
        "[storage]\ndriver = \"{}\"\ngraphroot = \"{}\"\nrunroot = \"{}\"\n",
        driver.name,
        directories.graph_root().display(),
        directories.run_root().display(),
    )
}
