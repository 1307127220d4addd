//! Control groups with a memory limit, of either version.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::quota::{allow_limits_below, hierarchy, is_version_2, remove_leftover};

/// A group, removed when dropped: nobody may be left in it.
pub struct MemoryGroup {
    path: PathBuf,
}

impl MemoryGroup {
    /// Makes one below the root of the `memory` hierarchy that may have `limit_bytes`. One of that name
    /// that a killed test left is removed before: who makes one must have the turn alone.
    ///
    /// Documentation/admin-guide/cgroup-v1/memory.rst, Documentation/admin-guide/cgroup-v2.rst (v6.18).
    pub fn new(name: &str, limit_bytes: u64) -> Result<Self> {
        let root = hierarchy("memory");
        let file = if is_version_2(&root) {
            allow_limits_below(&root, "memory")?;
            "memory.max"
        } else {
            "memory.limit_in_bytes"
        };
        let path = root.join(name);
        remove_leftover(&path)?;
        fs::create_dir(&path).with_context(|| format!("failed to make {}", path.display()))?;
        let group = Self { path };
        let limit = group.path.join(file);
        fs::write(&limit, limit_bytes.to_string())
            .with_context(|| format!("failed to write {}", limit.display()))?;
        Ok(group)
    }

    /// Its folder.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for MemoryGroup {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir(&self.path) {
            eprintln!("failed to remove {}: {error}", self.path.display());
        }
    }
}
