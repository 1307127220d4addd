//! The folder of one engine process: everything that its runs need on disk.
//!
//! A lock on it (flock(2)) says that the engine lives, across pid namespaces and whatever became
//! of its process number. A link in [`REGISTRY`] says where it is. A folder without a lock belonged
//! to an engine that was killed; the next one removes it, and the control groups named after it.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, symlink};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};
use nix::unistd::geteuid;

use super::backing::removal::remove_tree;
use super::backing::store;
use super::{cgroup, storage};
use setup::folders::ENGINE_PREFIX;

/// Holds a link to the folder of every engine; /run is empty after a reboot, as all but the folders
/// is then gone.
pub const REGISTRY: &str = "/run/ctrprof";

/// The folder of this process, removed when it is dropped.
#[derive(Debug)]
pub struct EngineDirectory {
    path: PathBuf,
    name: String,
    link: PathBuf,
    _lock: Flock<File>,
}

impl EngineDirectory {
    /// Removes what killed engines left, then makes a folder under `base`.
    ///
    /// # Errors
    /// When `base` cannot be written, or something of a killed engine cannot be removed.
    pub fn new(base: &Path) -> io::Result<Self> {
        let registry = Path::new(REGISTRY);
        sweep(registry)?;
        sweep_unlinked(base, registry)?;
        Self::registered(base, registry)
    }

    fn registered(base: &Path, registry: &Path) -> io::Result<Self> {
        fs::create_dir_all(base)?;
        fs::create_dir_all(registry)?;
        // Runtimes change their working directory, so every path must be absolute.
        let base = fs::canonicalize(base)?;
        let name = format!("{ENGINE_PREFIX}{}", std::process::id());
        let path = base.join(&name);
        let link = registry.join(&name);
        let lock = make_locked(&path)?;
        symlink(&path, &link)?;
        Ok(Self {
            path,
            name,
            link,
            _lock: lock,
        })
    }

    /// Its path, without links.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The prefix of the names of everything that this engine makes.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name of the container, and of its control groups, with this number.
    pub fn container_id(&self, number: u64) -> String {
        format!("{}-{number}", self.name)
    }

    /// Name of a control group for containers that their manager names, to be made by it.
    pub fn cgroup_parent(&self) -> String {
        format!("{}-containers", self.name)
    }

    /// Removes everything that bears its name, and itself.
    ///
    /// # Errors
    /// When something cannot be removed.
    pub fn remove(self) -> io::Result<()> {
        remove_all(&self.name, &self.path, &self.link)
    }
}

impl Drop for EngineDirectory {
    fn drop(&mut self) {
        // Nobody is left to be told; the next engine tries again.
        let _ = remove_all(&self.name, &self.path, &self.link);
    }
}

/// Removes what dead engines left, and gives their names.
///
/// # Errors
/// When something cannot be removed.
pub fn sweep(registry: &Path) -> io::Result<Vec<String>> {
    let mut swept = Vec::new();
    let entries = match fs::read_dir(registry) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(swept),
        entries => entries?,
    };
    for entry in entries {
        let link = entry?.path();
        let name = link.file_name().unwrap_or_default().to_string_lossy();
        let Ok(folder) = fs::read_link(&link) else {
            continue;
        };
        // The registry is root's, but what a link leads to is looked at before it is removed.
        if !is_engine_name(&name) || folder.file_name() != link.file_name() {
            continue;
        }
        let Some(_abandoned) = abandoned(&folder)? else {
            continue;
        };
        match remove_all(&name, &folder, &link) {
            // Its engine was just ending, and is removing it too; what it leaves the next finds.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            outcome => {
                outcome?;
                swept.push(name.into_owned());
            }
        }
    }
    Ok(swept)
}

/// Removes folders below `base` that no link leads to: their engines were killed before they had made it.
fn sweep_unlinked(base: &Path, registry: &Path) -> io::Result<()> {
    let entries = match fs::read_dir(base) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let folder = entry?.path();
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        let link = registry.join(&*name);
        if !is_engine_name(&name) || fs::symlink_metadata(&link).is_ok() {
            continue;
        }
        if let Some(_abandoned) = abandoned(&folder)? {
            gone(remove_all(&name, &folder, &link))?;
        }
    }
    Ok(())
}

/// Makes a folder whose lock says that its process lives.
///
/// # Errors
/// When there is one already, or none can be made.
pub fn make_locked(path: &Path) -> io::Result<Flock<File>> {
    loop {
        fs::DirBuilder::new().mode(0o700).create(path)?;
        // A sweeper may hold the lock of a folder that is so new, and is then removing it.
        if let Some(lock) = lock(path, FlockArg::LockExclusive)?
            && path.exists()
        {
            return Ok(lock);
        }
    }
}

/// The folder of a dead process, which no other sweeper takes as long as this lives.
#[derive(Debug)]
pub struct Abandoned {
    _lock: Option<Flock<File>>,
}

/// The folder, if it is gone, or ours and without a living process.
///
/// # Errors
/// When it cannot be looked at.
pub fn abandoned(folder: &Path) -> io::Result<Option<Abandoned>> {
    match fs::symlink_metadata(folder) {
        Ok(metadata) if metadata.is_dir() && metadata.uid() == geteuid().as_raw() => {
            let lock = lock(folder, FlockArg::LockExclusiveNonblock)?;
            let is_abandoned = lock.is_some() || !folder.exists();
            Ok(is_abandoned.then_some(Abandoned { _lock: lock }))
        }
        Ok(_) => Ok(None),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Ok(Some(Abandoned { _lock: None }))
        }
        Err(error) => Err(error),
    }
}

/// Removes the control groups and devices that an engine of this name made, its folders, and the
/// link to it,
/// which must go last: without it nothing is found again.
fn remove_all(name: &str, folder: &Path, link: &Path) -> io::Result<()> {
    cgroup::remove_groups(&format!("{name}-"))?;
    storage::sweep(name).map_err(io::Error::other)?;
    store::remove_elsewhere(name, folder)?;
    gone(remove_tree(folder))?;
    gone(fs::remove_file(link))
}

/// A folder that is not there need not be removed.
fn gone(outcome: io::Result<()>) -> io::Result<()> {
    match outcome {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        outcome => outcome,
    }
}

/// Locks a folder; none if another holds the lock and it should not be waited for, or if the
/// folder is gone.
fn lock(path: &Path, how: FlockArg) -> io::Result<Option<Flock<File>>> {
    let folder = match File::open(path) {
        Ok(folder) => folder,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    match Flock::lock(folder, how) {
        Ok(lock) => Ok(Some(lock)),
        Err((_, Errno::EWOULDBLOCK)) => Ok(None),
        Err((_, errno)) => Err(errno.into()),
    }
}

/// Whether a name is the prefix and a process number.
fn is_engine_name(name: &str) -> bool {
    name.strip_prefix(ENGINE_PREFIX)
        .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    #[test]
    fn only_names_that_engines_give_are_swept() {
        assert!(is_engine_name("ctrprof-123"));
        for name in ["ctrprof-", "ctrprof-1a", "ctrprof-1-2", "other-1"] {
            assert!(!is_engine_name(name), "{name}");
        }
    }

    #[test]
    fn a_folder_without_a_lock_is_swept_and_one_with_a_lock_is_not() {
        let base = tempfile::tempdir().unwrap();
        let registry = base.path().join("registry");
        fs::create_dir(&registry).unwrap();
        let [dead, alive, gone] =
            ["ctrprof-4194305", "ctrprof-4194306", "ctrprof-4194307"].map(|name| {
                symlink(base.path().join(name), registry.join(name)).unwrap();
                base.path().join(name)
            });
        fs::create_dir_all(dead.join("1/rootfs")).unwrap();
        fs::create_dir(&alive).unwrap();
        // Not what an engine would have made.
        symlink("/etc", registry.join("ctrprof-4194308")).unwrap();
        let _alive = lock(&alive, FlockArg::LockExclusive).unwrap().unwrap();
        let mut swept = sweep(&registry).unwrap();
        swept.sort();
        assert_eq!(swept, ["ctrprof-4194305", "ctrprof-4194307"]);
        assert!(!dead.exists() && alive.exists() && !gone.exists());
        assert_eq!(fs::read_dir(&registry).unwrap().count(), 2);
    }

    #[test]
    fn a_folder_without_a_link_is_removed_unless_it_is_locked_or_not_an_engines() {
        let base = tempfile::tempdir().unwrap();
        let registry = base.path().join("registry");
        fs::create_dir(&registry).unwrap();
        let [dead, alive, other] =
            ["ctrprof-4194305", "ctrprof-4194306", "ctrprof-x"].map(|name| base.path().join(name));
        fs::create_dir_all(dead.join("1/rootfs")).unwrap();
        for folder in [&alive, &other] {
            fs::create_dir(folder).unwrap();
        }
        let _alive = lock(&alive, FlockArg::LockExclusive).unwrap().unwrap();
        sweep_unlinked(base.path(), &registry).unwrap();
        assert!(!dead.exists() && alive.exists() && other.exists());
        sweep_unlinked(&base.path().join("none"), &registry).unwrap();
    }

    #[test]
    fn an_engine_takes_its_folder_with_it() {
        let base = tempfile::tempdir().unwrap();
        let registry = base.path().join("registry");
        let engine = EngineDirectory::registered(base.path(), &registry).unwrap();
        let path = engine.path().to_path_buf();
        assert!(path.is_dir());
        assert!(sweep(&registry).unwrap().is_empty());
        drop(engine);
        assert!(!path.exists());
        assert_eq!(fs::read_dir(&registry).unwrap().count(), 0);
    }
}
