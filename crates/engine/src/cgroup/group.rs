//! A control group that the engine makes itself, with its limits set, in every hierarchy.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use nix::sys::statfs::{CGROUP_SUPER_MAGIC, statfs};

use super::{CgroupLayout, ROOT, remove_group};
use crate::limits::{CPU_PERIOD_US, CPU_QUOTA_US, MEMORY_LIMIT_BYTES};

/// A group could not be made, removed or entered.
#[derive(Debug, thiserror::Error)]
#[error("failed to {action} {}: {source}; {remedy}", path.display())]
pub struct GroupError {
    action: &'static str,
    path: PathBuf,
    source: io::Error,
    remedy: &'static str,
}

/// Completes an error of the file system.
fn failed(
    action: &'static str,
    path: &Path,
    remedy: &'static str,
) -> impl FnOnce(io::Error) -> GroupError {
    let path = path.to_path_buf();
    move |source| GroupError {
        action,
        path,
        source,
        remedy,
    }
}

const DELEGATE: &str = "see that the controllers cpu and memory are enabled there (cgroups(7))";
const SWEEP: &str = "try again with ctrprof clean";

/// A group with the limits of a container.
#[derive(Debug)]
pub struct Group {
    name: String,
    /// Its folder in each hierarchy; one for version 2.
    folders: Vec<PathBuf>,
}

impl Group {
    /// Makes the group right below the root of each hierarchy and sets its limits.
    ///
    /// # Errors
    /// When a folder or a limit cannot be written; what was made is removed.
    pub fn make(layout: CgroupLayout, name: &str) -> Result<Self, GroupError> {
        let roots = hierarchies(layout).map_err(failed("look at", Path::new(ROOT), DELEGATE))?;
        Self::make_below(&roots, layout, name)
    }

    fn make_below(roots: &[PathBuf], layout: CgroupLayout, name: &str) -> Result<Self, GroupError> {
        let mut group = Self {
            name: name.to_owned(),
            folders: Vec::new(),
        };
        let made = roots.iter().try_for_each(|root| {
            let folder = root.join(name);
            fs::create_dir(&folder).map_err(failed("make", &folder, SWEEP))?;
            group.folders.push(folder.clone());
            match layout {
                CgroupLayout::V2 => limit_v2(&folder),
                CgroupLayout::V1 | CgroupLayout::Hybrid => limit_v1(root, &folder),
            }
        });
        match made {
            Ok(()) => Ok(group),
            Err(error) => {
                // The first error says more; what stays is swept.
                let _ = group.remove();
                Err(error)
            }
        }
    }

    /// Its name, which is its path below the root of each hierarchy.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its folder in each hierarchy; one for version 2.
    pub fn folders(&self) -> &[PathBuf] {
        &self.folders
    }

    /// Removes the group where its runtime has not done so already.
    ///
    /// # Errors
    /// When it is in use.
    pub fn remove(&mut self) -> Result<(), GroupError> {
        for folder in &self.folders {
            remove_group(folder).map_err(failed("remove", folder, SWEEP))?;
        }
        self.folders.clear();
        Ok(())
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // Swept by name where it is in use still.
        let _ = self.remove();
    }
}

/// The root of each hierarchy that containers are put into.
fn hierarchies(layout: CgroupLayout) -> io::Result<Vec<PathBuf>> {
    if layout == CgroupLayout::V2 {
        return Ok(vec![PathBuf::from(ROOT)]);
    }
    let mut roots = Vec::new();
    for entry in fs::read_dir(ROOT)? {
        let entry = entry?;
        // Links such as cpu lead to hierarchies of several controllers, which are here as well.
        if entry.file_type()?.is_dir()
            && statfs(&entry.path())?.filesystem_type() == CGROUP_SUPER_MAGIC
        {
            roots.push(entry.path());
        }
    }
    roots.sort();
    Ok(roots)
}

fn limit_v2(folder: &Path) -> Result<(), GroupError> {
    write(folder, "memory.max", &MEMORY_LIMIT_BYTES.to_string())?;
    write(
        folder,
        "cpu.max",
        &format!("{CPU_QUOTA_US} {CPU_PERIOD_US}"),
    )
}

/// Sets what the hierarchy has. A group of cpuset takes no process before it has CPUs and memory
/// nodes (cpuset(7)).
fn limit_v1(root: &Path, folder: &Path) -> Result<(), GroupError> {
    for name in ["cpuset.cpus", "cpuset.mems"] {
        if let Ok(value) = fs::read_to_string(root.join(name)) {
            write(folder, name, value.trim())?;
        }
    }
    let limits = [
        ("memory.limit_in_bytes", MEMORY_LIMIT_BYTES.to_string()),
        ("cpu.cfs_period_us", CPU_PERIOD_US.to_string()),
        ("cpu.cfs_quota_us", CPU_QUOTA_US.to_string()),
    ];
    limits
        .iter()
        .filter(|(name, _)| folder.join(name).exists())
        .try_for_each(|(name, value)| write(folder, name, value))
}

fn write(folder: &Path, name: &str, value: &str) -> Result<(), GroupError> {
    let path = folder.join(name);
    fs::OpenOptions::new()
        .write(true)
        .open(&path)
        .and_then(|mut file| io::Write::write_all(&mut file, value.as_bytes()))
        .map_err(failed("write", &path, DELEGATE))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    #[test]
    fn a_group_that_cannot_have_its_limits_is_removed() {
        let root = tempfile::tempdir().unwrap();
        let roots = [root.path().to_path_buf()];
        let error = Group::make_below(&roots, CgroupLayout::V2, "x").unwrap_err();
        assert!(error.to_string().contains("memory.max"), "{error}");
        assert!(!root.path().join("x").exists());
    }

    #[test]
    fn a_group_has_its_limits_before_anybody_is_in_it() {
        let layout = CgroupLayout::of_host().unwrap();
        let name = format!("ctrprof-test-{}", std::process::id());
        let mut group = Group::make(layout, &name).unwrap();
        let read = |file: &str| {
            let files = group.folders.iter().map(|folder| folder.join(file));
            files
                .filter_map(|file| fs::read_to_string(file).ok())
                .next()
        };
        let (memory, cpu) = match layout {
            CgroupLayout::V2 => ("memory.max", "cpu.max"),
            CgroupLayout::V1 | CgroupLayout::Hybrid => {
                ("memory.limit_in_bytes", "cpu.cfs_quota_us")
            }
        };
        assert_eq!(read(memory).unwrap().trim(), "1073741824");
        assert!(read(cpu).unwrap().starts_with("100000"));
        let folders = group.folders.clone();
        group.remove().unwrap();
        assert!(folders.iter().all(|folder| !folder.exists()));
    }
}
