//! Common to lxc and lxd: both make containers with liblxc.
//!
//! liblxc puts control groups below those of process 1 and names them after the container alone,
//! and its packages run hooks of lxcfs in every container, whether it runs or not. Here process 1 is
//! the engine, containers are named after it, and no lxcfs runs.

mod bind_mount;

use std::path::Path;

pub use bind_mount::BindMount;
use nix::mount::{MsFlags, mount};

use super::ManagerError;
use crate::cgroup;

/// Where packages keep settings for all containers, in files of other packages such as lxcfs
/// (lxc.container.conf(5), "lxc.include").
const DROP_INS: &str = "/usr/share/lxc/config/common.conf.d";

/// Makes the engine's sandbox one that liblxc sets containers up in as on a machine of its own.
///
/// # Errors
/// When a mount or a control group is refused.
pub fn prepare_sandbox() -> Result<(), ManagerError> {
    cgroup::enter_root().map_err(ManagerError::system("enter the root control groups"))?;
    if Path::new(DROP_INS).is_dir() {
        cover(DROP_INS).map_err(ManagerError::system(format!("cover {DROP_INS}")))?;
    }
    Ok(())
}

/// Hides a folder under an empty one.
fn cover(folder: &str) -> std::io::Result<()> {
    Ok(mount(
        Some("ctrprof"),
        folder,
        Some("tmpfs"),
        MsFlags::MS_RDONLY | MsFlags::MS_NOSUID | MsFlags::MS_NODEV,
        Some("mode=755,size=4k"),
    )?)
}

/// Where liblxc keeps a container's processes, its own monitor of it, and that monitor on its way
/// out (lxc.container.conf(5), "lxc.cgroup.dir.*"): in groups that are known to be the engine's by
/// their names.
pub fn groups(engine: &str, id: &str) -> [(&'static str, String); 3] {
    [
        ("lxc.cgroup.dir.container", id.to_owned()),
        ("lxc.cgroup.dir.monitor", format!("{id}-monitor")),
        ("lxc.cgroup.dir.monitor.pivot", format!("{engine}-pivot")),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_group_is_found_by_the_engines_name_and_none_is_in_another() {
        let groups = groups("ctrprof-7", "ctrprof-7-1").map(|(_, group)| group);
        for (place, group) in groups.iter().enumerate() {
            assert!(group.starts_with("ctrprof-7-"));
            assert!(!groups[..place].contains(group) && !group.contains('/'));
        }
    }
}
