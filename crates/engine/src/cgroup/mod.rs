//! The host's control groups, as far as the embedded engine deals with them itself.
//!
//! Unless told otherwise the runtimes create and remove the containers' groups ([`source`]). What is
//! left for us: to know which hierarchy they use, to hide the unified one from runtimes that refuse
//! hybrid hosts, and to remove groups whose engine was killed.

pub mod birth;
pub mod group;
pub mod source;

use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::mount::{MsFlags, mount};
use nix::sys::signal::{Signal, kill};
use nix::sys::statfs::{CGROUP2_SUPER_MAGIC, statfs};
use nix::unistd::Pid;

/// Where control groups are mounted (cgroups(7)).
const ROOT: &str = "/sys/fs/cgroup";
/// How long a group may stay busy when its members were killed.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Between two attempts to remove one.
const LONGEST_PAUSE: Duration = Duration::from_millis(200);
/// Group that the containers' groups of several engines may be in, where a manager cannot be told
/// to use another for each.
pub const SHARED_PARENT: &str = "ctrprof-containers";

/// How the host mounts its control groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CgroupLayout {
    /// One hierarchy for each controller.
    V1,
    /// One hierarchy for all.
    V2,
    /// Controllers on version 1, and an additional unified hierarchy.
    Hybrid,
}

impl CgroupLayout {
    /// Value of the axis `cgroup`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::V1 => "v1",
            Self::V2 => "v2",
            Self::Hybrid => "hybrid",
        }
    }

    /// The layout of this host.
    ///
    /// # Errors
    /// When nothing is mounted where control groups belong.
    pub fn of_host() -> io::Result<Self> {
        let is_unified = |path: &Path| -> io::Result<bool> {
            Ok(statfs(path)?.filesystem_type() == CGROUP2_SUPER_MAGIC)
        };
        let unified = Path::new(ROOT).join("unified");
        if is_unified(Path::new(ROOT))? {
            Ok(Self::V2)
        } else if unified.is_dir() && is_unified(&unified)? {
            Ok(Self::Hybrid)
        } else {
            Ok(Self::V1)
        }
    }
}

/// Gathers the hierarchies at `cover`, an empty folder: all but the unified one of a hybrid layout,
/// which runtimes such as crun refuse. Only for a process in a mount namespace of its own.
///
/// # Errors
/// When a mount is refused.
pub fn gather(cover: &Path) -> io::Result<()> {
    if CgroupLayout::of_host()? == CgroupLayout::V2 {
        return bind(Path::new(ROOT), cover);
    }
    mount(
        Some("ctrprof"),
        cover,
        Some("tmpfs"),
        MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC,
        // Runtimes may leave empty folders here.
        Some("mode=755,size=1m"),
    )?;
    for entry in fs::read_dir(ROOT)? {
        let entry = entry?;
        let (source, target) = (entry.path(), cover.join(entry.file_name()));
        if entry.file_name() == "unified" {
            continue;
        }
        if entry.file_type()?.is_symlink() {
            symlink(fs::read_link(&source)?, &target)?;
        } else {
            fs::create_dir(&target)?;
            bind(&source, &target)?;
        }
    }
    Ok(())
}

/// Moves what was gathered at `cover` to where control groups belong.
///
/// # Errors
/// When a mount is refused.
pub fn place(cover: &Path) -> io::Result<()> {
    bind(cover, Path::new(ROOT))?;
    // The one below it is out of reach at its first place.
    nix::mount::umount2(cover, nix::mount::MntFlags::MNT_DETACH)?;
    fs::remove_dir(cover)
}

/// Moves this process into the root group of every hierarchy, where a machine's first process is.
///
/// # Errors
/// When a hierarchy refuses.
pub fn enter_root() -> io::Result<()> {
    for root in hierarchies()? {
        let members = root.join("cgroup.procs");
        if members.exists() {
            // Zero is whoever writes (cgroups(7)).
            fs::write(members, "0")?;
        }
    }
    Ok(())
}

/// Where each hierarchy is mounted.
fn hierarchies() -> io::Result<Vec<PathBuf>> {
    let mut hierarchies = vec![PathBuf::from(ROOT)];
    if CgroupLayout::of_host()? != CgroupLayout::V2 {
        for entry in fs::read_dir(ROOT)? {
            hierarchies.push(entry?.path());
        }
    }
    Ok(hierarchies)
}

fn bind(source: &Path, target: &Path) -> io::Result<()> {
    Ok(mount(
        Some(source),
        target,
        None::<&str>,
        MsFlags::MS_BIND | MsFlags::MS_REC,
        None::<&str>,
    )?)
}

/// Kills what is left in the groups whose name begins with `prefix` and removes them, in every
/// hierarchy.
///
/// # Errors
/// When a group cannot be removed.
pub fn remove_groups(prefix: &str) -> io::Result<()> {
    for group in groups_named(prefix)? {
        remove_tree(&group)?;
    }
    for hierarchy in hierarchies()? {
        // Another engine may have groups in it, and removes it after those.
        let _ = fs::remove_dir(hierarchy.join(SHARED_PARENT));
    }
    Ok(())
}

/// Removes a group after those below it.
fn remove_tree(group: &Path) -> io::Result<()> {
    let entries = match fs::read_dir(group) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            remove_tree(&entry.path())?;
        }
    }
    // Anew each time: whoever is killed may have forked just before.
    remove_as_soon_as_empty(group, || kill_members(group))
}

fn groups_named(prefix: &str) -> io::Result<Vec<PathBuf>> {
    let mut groups = Vec::new();
    let parents = hierarchies()?
        .into_iter()
        .flat_map(|hierarchy| [hierarchy.join(SHARED_PARENT), hierarchy]);
    for parent in parents {
        let Ok(entries) = fs::read_dir(&parent) else {
            continue;
        };
        for entry in entries {
            let entry = entry?;
            let is_ours = entry.file_name().to_string_lossy().starts_with(prefix);
            if is_ours && entry.file_type()?.is_dir() {
                groups.push(entry.path());
            }
        }
    }
    Ok(groups)
}

fn kill_members(group: &Path) {
    let members = fs::read_to_string(group.join("cgroup.procs")).unwrap_or_default();
    let pids = members.lines().filter_map(|line| line.parse().ok());
    // A process of a namespace that cannot be seen from here is shown as 0 (cgroups(7)), which
    // kill(2) takes for the caller's own group.
    for pid in pids.filter(|&pid| pid > 0) {
        // One that ended meanwhile is what is wanted.
        let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
    }
}

/// Removes a group. Members that were just killed keep it busy for a moment.
fn remove_group(group: &Path) -> io::Result<()> {
    remove_as_soon_as_empty(group, || ())
}

/// Does `empty` and removes the group, again and again as long as somebody is in it: killed members
/// have to be given a CPU before they are gone.
fn remove_as_soon_as_empty(group: &Path, empty: impl Fn()) -> io::Result<()> {
    let begun = Instant::now();
    let mut pause = Duration::from_millis(1);
    loop {
        empty();
        match fs::remove_dir(group) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error)
                if error.raw_os_error() == Some(Errno::EBUSY as i32)
                    && begun.elapsed() < TIMEOUT =>
            {
                std::thread::sleep(pause);
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
            outcome => return outcome,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_host_has_a_layout_with_a_name() -> io::Result<()> {
        let layout = CgroupLayout::of_host()?;
        assert_eq!(
            layout == CgroupLayout::V2,
            Path::new(ROOT).join("cgroup.procs").exists()
        );
        assert!(["v1", "v2", "hybrid"].contains(&layout.name()));
        Ok(())
    }

    #[test]
    fn no_group_has_a_name_that_nobody_gives() -> io::Result<()> {
        assert!(groups_named("ctrprof-no-such-engine-")?.is_empty());
        Ok(())
    }
}
