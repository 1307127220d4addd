//! Control groups with a CPU quota, of either version.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

const ROOT: &str = "/sys/fs/cgroup";

/// A group with a quota, removed when dropped: nobody may be left in it.
pub struct QuotaGroup {
    path: PathBuf,
}

impl QuotaGroup {
    /// Makes one below the root of the `cpu` hierarchy, or below another, that may use `quota_us` of
    /// each `period_us`; without a quota there is no limit. One of that name that a killed test left is
    /// removed before: who makes one must have the turn alone.
    pub fn new(parent: Option<&Self>, name: &str, limit_us: Option<(u64, u64)>) -> Result<Self> {
        let root = hierarchy("cpu");
        let parent = parent.map_or(root.as_path(), |parent| &parent.path);
        if is_version_2(&root) {
            allow_limits_below(parent, "cpu")?;
        }
        let path = parent.join(name);
        remove_leftover(&path)?;
        fs::create_dir(&path).with_context(|| format!("failed to make {}", path.display()))?;
        let group = Self { path };
        if let Some((quota_us, period_us)) = limit_us {
            group.limit(is_version_2(&root), quota_us, period_us)?;
        }
        Ok(group)
    }

    /// Its folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// cgroups(7), "cpu"; Documentation/scheduler/sched-bwc.rst (v6.18).
    fn limit(&self, is_version_2: bool, quota_us: u64, period_us: u64) -> Result<()> {
        let write = |file: &str, text: String| -> Result<()> {
            let path = self.path.join(file);
            fs::write(&path, text).with_context(|| format!("failed to write {}", path.display()))
        };
        if is_version_2 {
            return write("cpu.max", format!("{quota_us} {period_us}"));
        }
        write("cpu.cfs_period_us", period_us.to_string())?;
        write("cpu.cfs_quota_us", quota_us.to_string())
    }
}

impl Drop for QuotaGroup {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir(&self.path) {
            eprintln!("failed to remove {}: {error}", self.path.display());
        }
    }
}

/// Removes a group that a killed test left.
pub(crate) fn remove_leftover(path: &Path) -> Result<()> {
    match fs::remove_dir(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("failed to remove {}", path.display()))
        }
        _ => Ok(()),
    }
}

/// How long a group was held back so far, in nanoseconds, by its `cpu.stat`.
pub fn throttled_ns(stat: &str) -> Result<u64> {
    let value = |name: &str| {
        let line = stat.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim().parse::<u64>().ok()
    };
    let version_1 = value("throttled_time ");
    version_1
        .or_else(|| Some(value("throttled_usec ")? * 1_000))
        .with_context(|| format!("no throttled time in {stat:?}"))
}

/// Where the groups of a controller are: version 1, or version 2 alone.
pub(crate) fn hierarchy(controller: &str) -> PathBuf {
    let version_1 = Path::new(ROOT).join(controller);
    if version_1.is_dir() {
        version_1
    } else {
        PathBuf::from(ROOT)
    }
}

/// Whether a hierarchy is of version 2.
pub(crate) fn is_version_2(root: &Path) -> bool {
    root.join("cgroup.controllers").exists()
}

/// Lets groups below this one have limits of a controller.
pub(crate) fn allow_limits_below(parent: &Path, controller: &str) -> Result<()> {
    let control = parent.join("cgroup.subtree_control");
    if fs::read_to_string(&control)?
        .split_whitespace()
        .any(|name| name == controller)
    {
        return Ok(());
    }
    fs::write(&control, format!("+{controller}"))
        .with_context(|| format!("failed to write {}", control.display()))
}
