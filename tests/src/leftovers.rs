//! Leftovers of ctrprof on the host: listings to compare with one another.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use engine::cgroup::SHARED_PARENT;
use engine::directory::REGISTRY;

use crate::engine::{groups_named, processes_in};

/// Mounts, loop devices, control groups, network devices, processes and folders, each as one line.
/// Namespaces are held by processes or mounts, so that they are in it too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    lines: BTreeSet<String>,
    /// The engines that were registered while it was taken.
    engines: BTreeSet<Engine>,
}

/// A registered engine, which may have been killed: its name, and where its folder is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Engine {
    name: String,
    folder: PathBuf,
}

impl Listing {
    /// Lists the present state of the host.
    pub fn take() -> Result<Self> {
        // An engine is registered before it makes anything, and until all of that is gone. One that
        // begins or ends while the rest is listed is in one of two looks at the registry.
        let mut engines = registered();
        let lines = lines()?;
        engines.extend(registered());
        Ok(Self { lines, engines })
    }

    /// Lists the lines that are new since `before`, but for those with the name of an engine of
    /// others that was here too: of those that make their folders elsewhere than below `base`.
    pub fn since(&self, before: &Self, base: &Path) -> Vec<String> {
        let others: Vec<&Engine> = self
            .engines
            .iter()
            .filter(|engine| !engine.folder.starts_with(base))
            .collect();
        let is_others = |line: &str| others.iter().any(|engine| is_named(line, &engine.name));
        let new = self.lines.difference(&before.lines);
        new.filter(|line| !is_others(line)).cloned().collect()
    }
}

fn lines() -> Result<BTreeSet<String>> {
    let mut lines = BTreeSet::new();
    let mounts = fs::read_to_string("/proc/self/mountinfo")?;
    lines.extend(mounts.lines().map(|line| format!("mount {line}")));
    for device in entries("/sys/block") {
        if let Ok(file) = fs::read_to_string(device.join("loop/backing_file")) {
            lines.insert(format!("loop device on {}", file.trim()));
        }
    }
    let groups = groups_named("ctrprof-")?;
    let groups = groups.iter().filter(|path| !is_shared_and_used(path));
    lines.extend(groups.map(|path| format!("cgroup {}", path.display())));
    let devices = entries("/sys/class/net");
    lines.extend(
        devices
            .iter()
            .map(|path| format!("network device {}", path.display())),
    );
    let processes = processes_in("ctrprof-")?;
    lines.extend(processes.iter().map(|member| format!("process {member}")));
    for folder in [REGISTRY, "/tmp", "/var/tmp"] {
        let named = entries(folder)
            .into_iter()
            .filter(|path| is_ours_by_name(path));
        lines.extend(named.map(|path| format!("folder {}", path.display())));
    }
    Ok(lines)
}

fn registered() -> BTreeSet<Engine> {
    let links = entries(REGISTRY).into_iter();
    links
        .filter_map(|link| {
            Some(Engine {
                name: link.file_name()?.to_string_lossy().into_owned(),
                folder: fs::read_link(&link).ok()?,
            })
        })
        .collect()
}

/// Whether a line has this name in it, and not only a longer one: numbers of processes differ in
/// length.
fn is_named(line: &str, name: &str) -> bool {
    let mut behind = line
        .match_indices(name)
        .map(|(at, _)| &line[at + name.len()..]);
    behind.any(|rest| !rest.starts_with(|next: char| next.is_ascii_digit()))
}

/// Whether this is the group that engines share, and one of them has a group in it, which is listed
/// too. The last of them removes both.
fn is_shared_and_used(group: &Path) -> bool {
    let is_used = || {
        let entries = fs::read_dir(group).into_iter().flatten().flatten();
        entries
            .filter_map(|entry| entry.file_type().ok())
            .any(|kind| kind.is_dir())
    };
    group.ends_with(SHARED_PARENT) && is_used()
}

fn entries(folder: &str) -> Vec<PathBuf> {
    // One that is not there holds nothing.
    let entries = fs::read_dir(folder).into_iter().flatten();
    entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect()
}

/// Names end with the number of the process that the folder goes away with.
fn is_ours_by_name(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let owner = name.rsplit('-').next().unwrap_or_default();
    let is_alive = Path::new("/proc").join(owner).exists();
    // The tests' own folders go with the tests.
    name.starts_with("ctrprof-") && !name.starts_with("ctrprof-test-") && !is_alive
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing(lines: &[&str], engines: &[(&str, &str)]) -> Listing {
        Listing {
            lines: lines.iter().map(|&line| line.to_owned()).collect(),
            engines: engines
                .iter()
                .map(|&(name, base)| Engine {
                    name: name.to_owned(),
                    folder: Path::new(base).join(name),
                })
                .collect(),
        }
    }

    #[test]
    fn what_an_engine_of_others_has_is_not_left_and_what_any_other_has_is() {
        let before = listing(&["mount /"], &[]);
        let others = [
            "mount /",
            "process 90 (crun) in /ctrprof-12-3",
            "cgroup /sys/fs/cgroup/cpu/ctrprof-12-containers",
            "mount /tmp/elsewhere/ctrprof-12/cgroup",
        ];
        let left = [
            // A killed engine of ours, one that nobody knows, and one with a longer name.
            "process 91 (crun) in /ctrprof-34-1",
            "process 92 (crun) in /ctrprof-56-1",
            "process 93 (crun) in /ctrprof-123-1",
        ];
        let now = listing(
            &[&others[..], &left].concat(),
            &[("ctrprof-12", "/tmp/elsewhere"), ("ctrprof-34", "/base")],
        );
        assert_eq!(now.since(&before, Path::new("/base")), left);
    }
}
