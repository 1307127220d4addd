//! Containers that were there before the recording: their first processes, by the control groups
//! that they are in, and what their shims were called with.

use std::fs;
use std::path::Path;

use super::arguments::Served;
use super::bundle;
use crate::procfs;
use trace::manifest::KnownContainer;

/// All of them.
pub(super) fn containers() -> Vec<KnownContainer> {
    let tasks = procfs::tasks();
    let first = tasks
        .iter()
        .filter(|task| task.tid == task.tgid && task.inner_pid == 1 && task.pid_level > 0);
    first
        .filter_map(|task| container(task.tgid, task.parent_tid))
        .collect()
}

fn container(init: u32, shim: u32) -> Option<KnownContainer> {
    let groups = fs::read_to_string(format!("/proc/{init}/cgroup")).unwrap_or_default();
    let argv = fs::read(format!("/proc/{shim}/cmdline")).unwrap_or_default();
    let argv = String::from_utf8_lossy(&argv);
    let served = Served::of(&argv).filter(|_| is_shim(&argv));
    let in_group = id_in_groups(&groups).filter(|id| is_id(id) || is_of_runtime(id));
    let id = served.as_ref().map(|served| served.id).or(in_group)?;
    // A shim lives in the folder of the bundle (containerd, runtime/v2/shim).
    let folder = fs::read_link(format!("/proc/{shim}/cwd")).unwrap_or_default();
    let folder = folder.to_string_lossy();
    let bundle = served.as_ref().and_then(|served| served.bundle);
    let mut container = bundle::read(shim, bundle.unwrap_or(&folder), id);
    id.clone_into(&mut container.id);
    if let Some(name) = served.as_ref().and_then(|served| served.name) {
        name.clone_into(&mut container.name);
    }
    container.first_process = Some(init);
    Some(container)
}

fn is_shim(argv: &str) -> bool {
    let program = argv.split('\0').next().unwrap_or_default();
    let name = program.rsplit('/').next().unwrap_or_default();
    name == "conmon" || name.starts_with("containerd-shim")
}

/// Whether a text is an id as engines make them.
fn is_id(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Whether a runtime keeps the state of a container of this name.
fn is_of_runtime(name: &str) -> bool {
    ["crun", "runc", "youki", "runsc", "lxc"]
        .iter()
        .any(|runtime| Path::new("/run").join(runtime).join(name).exists())
}

/// The id or name in the paths of a process's control groups (`/proc/PID/cgroup`, cgroups(7)): the
/// innermost part that is an id, else the last part of the longest path.
fn id_in_groups(groups: &str) -> Option<&str> {
    let paths = groups.lines().filter_map(|line| line.splitn(3, ':').nth(2));
    let paths: Vec<&str> = paths.filter(|path| *path != "/").collect();
    let parts = paths.iter().flat_map(|path| path.rsplit('/'));
    let bare = parts.filter(|part| !part.is_empty()).map(without_engine);
    let by_id = bare.clone().find(|part| is_id(part));
    by_id.or_else(|| {
        let longest = paths.iter().max_by_key(|path| path.len())?;
        longest.rsplit('/').next().map(without_engine)
    })
}

fn without_engine(part: &str) -> &str {
    let bare = part.strip_suffix(".scope").unwrap_or(part);
    let bare = bare.strip_prefix("lxc.payload.").unwrap_or(bare);
    // An engine's name before an id: libpod-ID, docker-ID, cri-containerd-ID.
    match bare.rsplit_once('-') {
        Some((_, id)) if is_id(id) => id,
        Some(_) | None => bare,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_innermost_id_of_a_control_group_is_the_containers() {
        let id = "e8b99e53556d03bdd2a01cf49ba6813e8a6fc238531cffe6fb789da48b110f35";
        let podman = format!("12:cpu:/libpod_parent/libpod-{id}\n0::/\n");
        assert_eq!(id_in_groups(&podman), Some(id));
        let inner = format!("0::/machine.slice/libpod-{id}.scope/container\n");
        assert_eq!(id_in_groups(&inner), Some(id));
        assert_eq!(id_in_groups("0::/lxc.payload.l1\n"), Some("l1"));
        assert_eq!(id_in_groups("0::/\n"), None);
    }
}
