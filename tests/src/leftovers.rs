//! What ctrprof could have left on the host: listings to hold against one another.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::engine::{groups_named, processes_in};

/// Where engines are registered while they live.
const REGISTRY: &str = "/run/ctrprof";

/// Mounts, loop devices, control groups, network devices, processes and folders, each as one line.
/// Namespaces are held by processes or mounts, so that they are in it too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing(BTreeSet<String>);

impl Listing {
    /// What there is now.
    pub fn take() -> Result<Self> {
        let mut lines = BTreeSet::new();
        let mounts = fs::read_to_string("/proc/self/mountinfo")?;
        lines.extend(mounts.lines().map(|line| format!("mount {line}")));
        for device in entries("/sys/block") {
            if let Ok(file) = fs::read_to_string(device.join("loop/backing_file")) {
                lines.insert(format!("loop device on {}", file.trim()));
            }
        }
        let groups = groups_named("ctrprof-")?;
        lines.extend(
            groups
                .iter()
                .map(|path| format!("cgroup {}", path.display())),
        );
        let devices = entries("/sys/class/net");
        lines.extend(
            devices
                .iter()
                .map(|path| format!("network device {}", path.display())),
        );
        let processes = processes_in("ctrprof-")?;
        lines.extend(processes.iter().map(|name| format!("process {name}")));
        for folder in [REGISTRY, "/tmp", "/var/tmp"] {
            let named = entries(folder)
                .into_iter()
                .filter(|path| is_ours_by_name(path));
            lines.extend(named.map(|path| format!("folder {}", path.display())));
        }
        Ok(Self(lines))
    }

    /// What is here and was not there, but for what belongs to engines of others that live now:
    /// those that make their folders elsewhere than below `base`.
    pub fn since(&self, before: &Self, base: &Path) -> Vec<String> {
        let others: Vec<String> = entries(REGISTRY)
            .into_iter()
            .filter(|link| fs::read_link(link).is_ok_and(|folder| !folder.starts_with(base)))
            .filter_map(|link| Some(link.file_name()?.to_string_lossy().into_owned()))
            .collect();
        let is_others = |line: &&String| others.iter().any(|name| line.contains(name.as_str()));
        let new = self.0.difference(&before.0);
        new.filter(|line| !is_others(line)).cloned().collect()
    }
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
