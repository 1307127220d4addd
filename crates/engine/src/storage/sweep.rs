//! Removing what killed engines left in the kernel: devices and pools outlive their process, and
//! mounts that another namespace holds. Whatever lies in an engine's folder is not looked at here;
//! the folder is removed whole afterwards.

use std::path::Path;

use super::StorageError;
use super::device_mapper::control::{CONTROL, Control};
use super::error::failed;
use super::zfs::ZPOOL;
use crate::backing::loop_device;

/// Removes mapped devices, volume groups, ZFS pools and loop devices of the dead engine whose name
/// is `engine`, such as `ctrprof-123`, and returns what they were.
///
/// # Errors
/// When something cannot be removed.
pub fn sweep(engine: &str) -> Result<Vec<String>, StorageError> {
    let mut removed = remove_pools(engine)?;
    removed.extend(remove_devices(engine)?);
    // Last: pools and mapped devices hold them.
    removed.extend(clear_loop_devices(engine)?);
    Ok(removed)
}

/// ZFS pools.
fn remove_pools(engine: &str) -> Result<Vec<String>, StorageError> {
    // Where the module is loaded; asking the program would load it.
    if !Path::new("/sys/module/zfs").exists() || ZPOOL.path().is_none() {
        return Ok(Vec::new());
    }
    let mut removed = Vec::new();
    for pool in pools_of(engine)? {
        match ZPOOL.run(&["destroy", "-f", &pool]) {
            Ok(_) => removed.push(format!("zfs pool {pool}")),
            // Another engine that sweeps may have been faster.
            Err(error) if pools_of(engine)?.contains(&pool) => return Err(error.into()),
            Err(_) => {}
        }
    }
    Ok(removed)
}

fn pools_of(engine: &str) -> Result<Vec<String>, StorageError> {
    let listed = ZPOOL.run(&["list", "-H", "-o", "name"])?;
    let pools = listed.lines().filter(|name| belongs(name, engine));
    Ok(pools.map(str::to_owned).collect())
}

/// Mapped devices: thin ones, their pools, and those of volume groups, which are nothing else once
/// their loop device is gone.
fn remove_devices(engine: &str) -> Result<Vec<String>, StorageError> {
    if !Path::new(CONTROL).exists() || !Path::new("/sys/module/dm_mod").exists() {
        return Ok(Vec::new());
    }
    let control = Control::open()?;
    let mut left: Vec<String> = control
        .names()?
        .into_iter()
        .filter(|name| belongs(&unescape(name), engine))
        .collect();
    let mut removed = Vec::new();
    // Those in use by others go after these.
    while !left.is_empty() {
        let count = left.len();
        left.retain(|name| {
            let is_gone = control.remove_if_unused(name);
            if is_gone {
                removed.push(format!("mapped device {name}"));
            }
            !is_gone
        });
        if left.len() == count {
            // Waits, and says which.
            control.remove(&left[0])?;
        }
    }
    Ok(removed)
}

/// Loop devices whose file lies in the engine's folder.
fn clear_loop_devices(engine: &str) -> Result<Vec<String>, StorageError> {
    let devices = loop_device::attached_below(|folder| folder == engine)
        .map_err(failed("list", Path::new("/sys/block")))?;
    let mut removed = Vec::new();
    for (device, file) in devices {
        loop_device::clear(&device).map_err(failed("clear", &device))?;
        removed.push(format!("{} on {}", device.display(), file.display()));
    }
    Ok(removed)
}

/// Whether a name is the engine's, or goes on with a dash: the engine 12 is not the engine 123.
fn belongs(name: &str, engine: &str) -> bool {
    name.strip_prefix(engine)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

/// LVM writes a dash in the name of a group or volume as two (lvm(8), "device names").
fn unescape(name: &str) -> String {
    name.replace("--", "-")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    #[test]
    fn names_of_other_engines_are_left_alone() {
        for name in ["ctrprof-12", "ctrprof-12-pool", "ctrprof--12-run--1"] {
            assert!(belongs(&unescape(name), "ctrprof-12"), "{name}");
        }
        for name in [
            "ctrprof-123",
            "ctrprof-123-pool",
            "vg-ctrprof-12",
            "ctrprof",
        ] {
            assert!(!belongs(&unescape(name), "ctrprof-12"), "{name}");
        }
    }

    #[test]
    fn an_engine_that_never_was_left_nothing() {
        assert_eq!(sweep("ctrprof-4194305").unwrap(), Vec::<String>::new());
    }
}
