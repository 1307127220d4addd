//! Kinds of work by the path that it is done on.

use super::folders::{GRAPH_ROOTS, GRAPH_ROOTS_IN_HOME, LAYERS_OF_RUN, STORES_OF_ENGINE};
use super::place::Place;
use setup::folders::{ENGINE_PREFIX, IMAGES};

/// Recognises the paths that decide a phase.
#[derive(Clone, Debug, Default)]
pub struct Places {
    graph_roots: Vec<String>,
}

impl Places {
    /// `graph_roots`: directories that managers were told to keep their layers in, besides the
    /// usual ones.
    pub fn new(graph_roots: Vec<String>) -> Self {
        Self { graph_roots }
    }

    /// The place that a path leads to, going by its text alone. For a relative path that is what
    /// its last component tells.
    pub fn of(&self, path: &str) -> Place {
        if path.starts_with("/proc/") || !path.starts_with('/') {
            let place = in_proc(path);
            if place != Place::Elsewhere {
                return place;
            }
        }
        match path {
            "/etc/mtab" => Place::MountTable,
            _ if is_below(path, "/sys/fs/cgroup") => Place::Cgroup,
            _ if is_below(path, "/sys/class/net") => Place::Network,
            _ if is_below(path, "/sys/devices/virtual/net") => Place::Network,
            _ if is_below(path, "/sys/kernel/security") => Place::Lsm,
            _ if is_below(path, "/sys/module/apparmor") => Place::Lsm,
            _ if is_below(path, "/sys") => Place::Sysfs,
            _ if self.is_in_graph_root(path) => Place::GraphRoot,
            _ => Place::Elsewhere,
        }
    }

    fn is_in_graph_root(&self, path: &str) -> bool {
        GRAPH_ROOTS.iter().any(|root| is_below(path, root))
            || self.graph_roots.iter().any(|root| is_below(path, root))
            || GRAPH_ROOTS_IN_HOME.iter().any(|root| path.contains(root))
            || behind_slash(path, IMAGES).is_some_and(|rest| rest.starts_with('/'))
            || is_layer_of_engine(path)
    }
}

/// Files of /proc (proc(5)), by absolute path or by what is left of it behind a descriptor.
fn in_proc(path: &str) -> Place {
    let relative = path.strip_prefix("/proc/").unwrap_or(path);
    let mut components = relative.rsplit('/');
    let last = components.next().unwrap_or_default();
    let parent = components.next().unwrap_or_default();
    match (parent, last) {
        (_, "mountinfo" | "mountstats") => Place::MountTable,
        ("" | "self" | "thread-self", "mounts") => Place::MountTable,
        (_, "uid_map" | "gid_map" | "projid_map") => Place::IdMap,
        (_, "setgroups") if path.starts_with("/proc/") => Place::IdMap,
        ("attr" | "apparmor" | "selinux", "current" | "exec" | "fscreate" | "keycreate") => {
            Place::Lsm
        }
        (_, "cgroup" | "cgroups") if path.starts_with("/proc/") => Place::Cgroup,
        _ if is_below(relative, "sys/net") => Place::Network,
        _ if is_below(relative, "net") && path.starts_with("/proc/") => Place::Network,
        ("net", _) if path.starts_with("/proc/") => Place::Network,
        _ if path.starts_with("/proc/") => Place::Proc,
        _ => Place::Elsewhere,
    }
}

/// Whether a path is that of a directory, or leads below it.
fn is_below(path: &str, directory: &str) -> bool {
    path.strip_prefix(directory)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The path behind the first `name` that follows a slash.
fn behind_slash<'p>(path: &'p str, name: &str) -> Option<&'p str> {
    let (at, _) = path
        .match_indices(name)
        .find(|&(at, _)| path[..at].ends_with('/'))?;
    Some(&path[at + name.len()..])
}

/// Whether a path is that of a store of the embedded engine, or of a layer of a run: not of its
/// bundle or of a runtime's state, which lie in the engine's folder too.
fn is_layer_of_engine(path: &str) -> bool {
    let Some(rest) = behind_slash(path, ENGINE_PREFIX) else {
        return false;
    };
    let is_number = |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit());
    let mut names = rest.split('/');
    let (engine, first) = (
        names.next().unwrap_or_default(),
        names.next().unwrap_or_default(),
    );
    is_number(engine)
        && (STORES_OF_ENGINE.contains(&first)
            || is_number(first)
                && names
                    .next()
                    .is_some_and(|name| LAYERS_OF_RUN.contains(&name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_to_their_places() {
        let places = Places::new(vec!["/srv/layers".to_owned()]);
        for (path, place) in [
            ("/proc/self/mountinfo", Place::MountTable),
            ("/proc/4711/task/4712/mountinfo", Place::MountTable),
            ("/proc/mounts", Place::MountTable),
            ("/etc/mtab", Place::MountTable),
            ("/proc/4711/uid_map", Place::IdMap),
            ("uid_map", Place::IdMap),
            ("/proc/self/attr/exec", Place::Lsm),
            ("/proc/thread-self/attr/apparmor/exec", Place::Lsm),
            ("/proc/self/cgroup", Place::Cgroup),
            ("/proc/sys/net/ipv4/ip_forward", Place::Network),
            ("sys/net/core/somaxconn", Place::Network),
            ("/proc/net/route", Place::Network),
            ("/proc/self/net/dev", Place::Network),
            ("/proc/sys/kernel/cap_last_cap", Place::Proc),
            ("/sys/fs/cgroup/memory/x", Place::Cgroup),
            ("/sys/class/net/eth0/mtu", Place::Network),
            ("/sys/block/loop0", Place::Sysfs),
            ("/var/lib/docker/overlay2/x", Place::GraphRoot),
            (
                "/var/cache/ctrprof/images/host-gnu-1/bin/sh",
                Place::GraphRoot,
            ),
            ("/tmp/ctrprof-12/3/rootfs/bin/sh", Place::GraphRoot),
            ("/tmp/ctrprof-12/store/3/snapshot", Place::GraphRoot),
            ("/tmp/ctrprof-12/3/config.json", Place::Elsewhere),
            ("/tmp/ctrprof-12/state/x", Place::Elsewhere),
            ("/tmp/ctrprof-x/store", Place::Elsewhere),
            (
                "/home/u/.local/share/containers/storage/x",
                Place::GraphRoot,
            ),
            ("/srv/layers/x", Place::GraphRoot),
            ("/srv/layers-of-another", Place::Elsewhere),
            ("/usr/lib/libc.so.6", Place::Elsewhere),
            ("mounts", Place::MountTable),
            ("etc/passwd", Place::Elsewhere),
            ("", Place::Elsewhere),
        ] {
            assert_eq!(places.of(path), place, "{path}");
        }
    }
}
