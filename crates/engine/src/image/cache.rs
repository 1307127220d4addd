//! The folder that images are kept in.
//!
//! An image is a folder `NAME-DIGEST` with the root file system in `root`, what is known of it in
//! `image.json`, and, once somebody asked for it, the archive `image.tar`. It is built under a
//! temporary name and renamed when whole: two builders cannot disturb each other, and an
//! interrupted one leaves nothing that would be used. Its folder is locked (flock(2)) while it is
//! built, so a folder under a temporary name without a lock is rubbish.

use std::env;
use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};

use super::{Image, ImageError};

/// Digits of the digest in a folder's name: collisions are out of the question, paths stay short.
pub const NAME_DIGITS: usize = 16;
/// Changes with the form of what is kept, so that versions of ctrprof do not meet.
const LAYOUT: &str = "2";
/// The root file system in the folder of an image.
const ROOT: &str = "root";
/// File name of an image's description.
const DESCRIPTION: &str = "image.json";
/// Prefix of temporary names.
const PARTIAL: &str = ".partial-";

/// A folder of images.
#[derive(Clone, Debug)]
pub struct Cache {
    folder: PathBuf,
}

/// The images that [`Cache::prune`] removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Images.
    pub images: u64,
    /// Bytes on disk, files with several names counted once for each image.
    pub bytes: u64,
}

impl Cache {
    /// The user's: `$XDG_CACHE_HOME/ctrprof` if that is set, else `/var/cache/ctrprof` for root
    /// and `~/.cache/ctrprof` for others.
    pub fn of_user() -> Self {
        let base = env::var_os("XDG_CACHE_HOME")
            .map(PathBuf::from)
            .filter(|path| path.is_absolute());
        let home = env::var_os("HOME").filter(|_| !nix::unistd::geteuid().is_root());
        let folder = base
            .or_else(|| home.map(|home| PathBuf::from(home).join(".cache")))
            .unwrap_or_else(|| PathBuf::from("/var/cache"))
            .join(setup::folders::IMAGES)
            .join(LAYOUT);
        Self { folder }
    }

    /// The one in `folder`, which need not exist.
    pub fn in_folder(folder: &Path) -> Self {
        Self {
            folder: folder.to_path_buf(),
        }
    }

    /// The image `name` with this digest, if it was built before.
    pub fn get(&self, name: &str, digest: &str) -> Option<Image> {
        let folder = self.folder_of(name, digest);
        let text = fs::read(folder.join(DESCRIPTION)).ok()?;
        let image: Image = serde_json::from_slice(&text).ok()?;
        // The cache may have been moved since.
        let root = folder.join(ROOT);
        (image.digest == digest && root.is_dir()).then_some(Image { root, ..image })
    }

    /// The same; `build` fills an empty folder with its root file system if there is none yet.
    ///
    /// # Errors
    /// Those of `build`, and when the cache cannot be written.
    pub fn get_or_build(
        &self,
        name: &str,
        digest: &str,
        build: impl FnOnce(&Path) -> Result<(), ImageError>,
    ) -> Result<Image, ImageError> {
        if let Some(image) = self.get(name, digest) {
            return Ok(image);
        }
        let workshop = self.workshop()?;
        let inside = workshop.path.join(ROOT);
        fs::create_dir(&inside).map_err(write_error(&inside))?;
        build(&inside)?;
        self.store(workshop, name, digest)
    }

    /// Gives what a workshop holds in its `root` the name of an image.
    ///
    /// # Errors
    /// When the cache cannot be written.
    fn store(&self, workshop: Workshop, name: &str, digest: &str) -> Result<Image, ImageError> {
        let target = self.folder_of(name, digest);
        let failed = || write_error(&target);
        let (files, bytes) = count(&workshop.path.join(ROOT)).map_err(failed())?;
        let image = Image {
            name: name.to_owned(),
            root: target.join(ROOT),
            digest: digest.to_owned(),
            files,
            bytes,
            writable: Vec::new(),
        };
        let description = serde_json::to_vec(&image)
            .map_err(io::Error::from)
            .map_err(failed())?;
        fs::write(workshop.path.join(DESCRIPTION), description).map_err(failed())?;
        // Pages that are not written yet cannot be evicted from the page cache.
        nix::unistd::syncfs(&*workshop.lock).map_err(|errno| failed()(errno.into()))?;
        match fs::rename(&workshop.path, &target) {
            Ok(()) => {
                workshop.keep();
                Ok(image)
            }
            // Another builder was faster; its image has the same digest.
            Err(error) => self.get(name, digest).ok_or_else(|| failed()(error)),
        }
    }

    /// A new folder to build something in, removed when it is dropped.
    ///
    /// # Errors
    /// When the cache cannot be written.
    pub fn workshop(&self) -> Result<Workshop, ImageError> {
        let make = || {
            fs::create_dir_all(&self.folder)?;
            self.sweep()?;
            let path = tempfile::Builder::new()
                .prefix(PARTIAL)
                .tempdir_in(&self.folder)?
                .keep();
            // Rootless managers read images too.
            fs::set_permissions(&path, Permissions::from_mode(0o755))?;
            let lock = lock(&path)?.ok_or_else(|| io::Error::from(Errno::EWOULDBLOCK))?;
            Ok(Workshop {
                path,
                lock,
                kept: false,
            })
        };
        make().map_err(write_error(&self.folder))
    }

    /// Removes what killed builders left.
    fn sweep(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            let is_partial = path
                .file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with(PARTIAL));
            // A new one has no lock for a moment.
            if is_partial && age_s(&path) > 60 && lock(&path).is_ok_and(|lock| lock.is_some()) {
                fs::remove_dir_all(&path)?;
            }
        }
        Ok(())
    }

    /// Removes every image that nobody holds ([`Image::hold`]).
    ///
    /// # Errors
    /// When something cannot be removed.
    pub fn prune(&self) -> io::Result<Pruned> {
        let mut pruned = Pruned::default();
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(pruned),
            Err(error) => return Err(error),
        };
        for entry in entries {
            let path = entry?.path();
            let Some(_lock) = lock(&path)? else {
                continue;
            };
            let (_, bytes) = count(&path)?;
            fs::remove_dir_all(&path)?;
            pruned.images += 1;
            pruned.bytes += bytes;
        }
        Ok(pruned)
    }

    fn folder_of(&self, name: &str, digest: &str) -> PathBuf {
        let digits = digest.get(..NAME_DIGITS).unwrap_or(digest);
        self.folder.join(format!("{}-{digits}", file_name(name)))
    }
}

/// A name that is safe as a file's and as an image's.
pub fn file_name(name: &str) -> String {
    name.chars()
        .map(|letter| match letter.to_ascii_lowercase() {
            safe @ ('a'..='z' | '0'..='9' | '.' | '-') => safe,
            _ => '-',
        })
        .collect()
}

/// A folder in which something is being built.
#[derive(Debug)]
pub struct Workshop {
    /// Its path.
    pub path: PathBuf,
    lock: Flock<File>,
    kept: bool,
}

impl Workshop {
    fn keep(mut self) {
        self.kept = true;
    }
}

impl Drop for Workshop {
    fn drop(&mut self) {
        if !self.kept {
            // Nobody is left to be told; the next builder tries again.
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

impl Image {
    /// Keeps the image from being pruned as long as the value lives.
    ///
    /// # Errors
    /// When it is being pruned now, or gone.
    pub fn hold(&self) -> io::Result<Flock<File>> {
        let folder = File::open(self.folder())?;
        Flock::lock(folder, FlockArg::LockSharedNonblock).map_err(|(_, errno)| errno.into())
    }

    /// The folder of the cache that it is in.
    pub(super) fn folder(&self) -> &Path {
        self.root.parent().unwrap_or(&self.root)
    }
}

/// A lock that nobody else has; none if somebody does.
fn lock(path: &Path) -> io::Result<Option<Flock<File>>> {
    match Flock::lock(File::open(path)?, FlockArg::LockExclusiveNonblock) {
        Ok(lock) => Ok(Some(lock)),
        Err((_, Errno::EWOULDBLOCK)) => Ok(None),
        Err((_, errno)) => Err(errno.into()),
    }
}

fn age_s(path: &Path) -> u64 {
    fs::metadata(path)
        .and_then(|metadata| metadata.modified())
        .ok()
        .and_then(|modified| modified.elapsed().ok())
        .map_or(0, |age| age.as_secs())
}

/// Regular files below a folder and their bytes.
fn count(folder: &Path) -> io::Result<(u64, u64)> {
    let (mut files, mut bytes) = (0, 0);
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let metadata = entry.metadata()?;
            if metadata.is_dir() {
                folders.push(entry.path());
            } else if metadata.is_file() {
                files += 1;
                bytes += metadata.size();
            }
        }
    }
    Ok((files, bytes))
}

/// An error of the cache.
pub fn write_error(path: &Path) -> impl FnOnce(io::Error) -> ImageError {
    move |source| ImageError::Write {
        path: path.to_path_buf(),
        source,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    const DIGEST: &str = "0123456789abcdef0123";

    fn build(root: &Path) -> Result<(), ImageError> {
        fs::create_dir(root.join("etc")).map_err(write_error(root))?;
        fs::write(root.join("etc/hostname"), "x\n").map_err(write_error(root))
    }

    fn entries(folder: &Path) -> usize {
        fs::read_dir(folder).unwrap().count()
    }

    #[test]
    fn an_image_is_built_once_and_counted() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::in_folder(folder.path());
        assert_eq!(cache.get("test", DIGEST), None);
        let first = cache.get_or_build("test", DIGEST, build).unwrap();
        assert_eq!((first.files, first.bytes), (1, 2));
        assert!(first.root.join("etc/hostname").exists());
        // Others than its maker may read it.
        let mode = fs::metadata(first.folder()).unwrap().mode();
        assert_eq!(mode & 0o777, 0o755);
        let second = cache
            .get_or_build("test", DIGEST, |_| panic!("it is there"))
            .unwrap();
        assert_eq!(first, second);
        assert_eq!(entries(folder.path()), 1);
    }

    #[test]
    fn builders_at_the_same_time_agree() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::in_folder(folder.path());
        std::thread::scope(|scope| {
            let builders: Vec<_> = (0..8)
                .map(|_| scope.spawn(|| cache.get_or_build("test", DIGEST, build).unwrap()))
                .collect();
            for builder in builders {
                assert!(builder.join().unwrap().root.join("etc/hostname").exists());
            }
        });
        assert_eq!(entries(folder.path()), 1);
    }

    #[test]
    fn a_failed_build_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::in_folder(folder.path());
        let broken = |root: &Path| {
            build(root)?;
            fs::write(root.join("no/folder"), "x").map_err(write_error(root))
        };
        let error = cache.get_or_build("test", DIGEST, broken);
        assert!(matches!(error, Err(ImageError::Write { .. })));
        assert_eq!(entries(folder.path()), 0);
    }

    #[test]
    fn what_killed_builders_left_is_swept() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::in_folder(folder.path());
        let alive = cache.workshop().unwrap();
        let dead = folder.path().join(".partial-dead");
        fs::create_dir(&dead).unwrap();
        let hour_ago = std::time::SystemTime::now() - std::time::Duration::from_secs(3_600);
        for path in [&dead, &alive.path] {
            File::open(path).unwrap().set_modified(hour_ago).unwrap();
        }
        cache.get_or_build("test", DIGEST, build).unwrap();
        assert!(!dead.exists());
        assert!(alive.path.exists());
    }

    #[test]
    fn images_are_pruned_unless_somebody_holds_them() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::in_folder(folder.path());
        let held = cache.get_or_build("held", DIGEST, build).unwrap();
        cache.get_or_build("idle", DIGEST, build).unwrap();
        let hold = held.hold().unwrap();
        assert_eq!(cache.prune().unwrap().images, 1);
        assert!(held.root.exists());
        drop(hold);
        assert_eq!(cache.prune().unwrap().images, 1);
        assert_eq!(entries(folder.path()), 0);
        assert_eq!(cache.prune().unwrap(), Pruned::default());
    }

    #[test]
    fn names_are_made_safe() {
        assert_eq!(file_name("Debian:12/x"), "debian-12-x");
    }
}
