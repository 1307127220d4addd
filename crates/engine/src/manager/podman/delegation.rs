//! Control groups for podman without root, on hosts with version 2: a group that is its user's.
//!
//! Whoever may write to a group's files may divide it (cgroup v2, "Delegation",
//! Documentation/admin-guide/cgroup-v2.rst, v6.18); systemd would give such a group to each user's
//! session. Processes may be moved within it alone, so the commands must begin in there: they are
//! children of the engine, which enters it first.

use std::fs;
use std::io;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};

use super::user::User;

/// Where the hierarchy is mounted.
const ROOT: &str = "/sys/fs/cgroup";
/// Files that whoever divides a group writes to.
const FILES: &[&str] = &["cgroup.procs", "cgroup.subtree_control", "cgroup.threads"];
/// The controllers that containers' limits take.
const CONTROLLERS: &str = "+cpu +memory +pids";
/// The group of the engine and the commands: groups that are divided hold no processes themselves.
const COMMANDS: &str = "commands";

/// Makes a group that is the user's, and has this process and its children enter it. Returns its
/// path in the hierarchy; it is removed with the engine, whose name it bears.
///
/// # Errors
/// When the group cannot be made, or a controller is not to be had.
pub fn delegate(name: &str, user: User) -> io::Result<String> {
    let group = Path::new(ROOT).join(name);
    fs::create_dir(&group)?;
    control(Path::new(ROOT))?;
    control(&group)?;
    give(&group, user)?;
    let commands = group.join(COMMANDS);
    fs::create_dir(&commands)?;
    give(&commands, user)?;
    // 0 is who writes it (cgroups(7)).
    write(commands.join("cgroup.procs"), "0")?;
    Ok(format!("/{name}"))
}

/// Has a group's children be controlled.
fn control(group: &Path) -> io::Result<()> {
    write(group.join("cgroup.subtree_control"), CONTROLLERS)
}

fn give(group: &Path, user: User) -> io::Result<()> {
    let (owner, owners) = (Some(user.id()), Some(user.id()));
    chown(group, owner, owners)?;
    FILES
        .iter()
        .try_for_each(|file| chown(group.join(file), owner, owners))
}

fn write(path: PathBuf, text: &str) -> io::Result<()> {
    fs::write(&path, text)
        .map_err(|source| io::Error::new(source.kind(), format!("{}: {source}", path.display())))
}
