//! From a choice to a storage that has its image.

use std::path::Path;

use super::aufs::Aufs;
use super::bind::Bind;
use super::btrfs::Btrfs;
use super::device_mapper::DeviceMapper;
use super::folder::{make_folder, remove_folder};
use super::fuse_overlayfs::FuseOverlayfs;
use super::lvm::Lvm;
use super::overlay::Overlay;
use super::vfs::Vfs;
use super::zfs::Zfs;
use super::{Storage, StorageError, StoredImage};
use setup::folders;
use setup::storage::{StorageChoice, StorageKind};

/// A storage, and the sentence that says why it is not the one asked for.
pub struct Chosen {
    /// The storage, with the image on its store.
    pub storage: Box<dyn Storage>,
    /// The reason for which it stands in for another.
    pub warning: Option<String>,
}

/// A storage of this kind, still without an image. What it names on the host (devices, volume
/// groups, pools) begins with `engine`, the engine's name, such as `ctrprof-123`.
pub fn open(kind: StorageKind, engine: &str) -> Box<dyn Storage> {
    match kind {
        StorageKind::Overlay => Box::<Overlay>::default(),
        StorageKind::FuseOverlayfs => Box::<FuseOverlayfs>::default(),
        StorageKind::Aufs => Box::<Aufs>::default(),
        StorageKind::Btrfs => Box::<Btrfs>::default(),
        StorageKind::Zfs => Box::new(Zfs::new(engine)),
        StorageKind::Devicemapper => Box::new(DeviceMapper::new(engine)),
        StorageKind::Lvm => Box::new(Lvm::new(engine)),
        StorageKind::Vfs => Box::<Vfs>::default(),
        StorageKind::Bind => Box::<Bind>::default(),
    }
}

/// Makes the storage for a choice and imports the image into `store`, a folder. For
/// [`StorageChoice::Auto`] an overlay is tried once in there, which leaves nothing.
///
/// # Errors
/// When the image cannot be imported, or the trial leaves something that cannot be removed.
pub fn choose(
    choice: StorageChoice,
    engine: &str,
    image: &StoredImage<'_>,
    store: &Path,
) -> Result<Chosen, StorageError> {
    match choice {
        StorageChoice::Kind(kind) => Ok(Chosen {
            storage: imported(kind, engine, image, store)?,
            warning: None,
        }),
        StorageChoice::Auto => {
            let mut overlay = imported(StorageKind::Overlay, engine, image, store)?;
            let Err(error) = try_out(overlay.as_mut(), &store.join(folders::TRIAL))? else {
                return Ok(Chosen {
                    storage: overlay,
                    warning: None,
                });
            };
            overlay.dispose()?;
            Ok(Chosen {
                storage: imported(StorageKind::Vfs, engine, image, store)?,
                warning: Some(format!("storage vfs stands in for overlay: {error}")),
            })
        }
    }
}

fn imported(
    kind: StorageKind,
    engine: &str,
    image: &StoredImage<'_>,
    store: &Path,
) -> Result<Box<dyn Storage>, StorageError> {
    let mut storage = open(kind, engine);
    if let Err(error) = storage.import(image, store) {
        // The first failure is the one to tell.
        let _ = storage.dispose();
        return Err(error);
    }
    Ok(storage)
}

/// Whether a root can be prepared; the outer error says that something is left of it.
fn try_out(
    storage: &mut dyn Storage,
    directory: &Path,
) -> Result<Result<(), StorageError>, StorageError> {
    make_folder(directory)?;
    let trial = storage.prepare(directory).map(drop);
    storage.release()?;
    remove_folder(directory)?;
    Ok(trial)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use std::path::PathBuf;

    use super::*;

    #[test]
    fn every_kind_has_a_storage_with_its_name_that_has_nothing_to_remove() {
        for &kind in StorageKind::ALL {
            let mut storage = open(kind, "ctrprof-0");
            assert_eq!(storage.name(), kind.name());
            storage.release().unwrap();
            storage.dispose().unwrap();
        }
    }

    #[test]
    fn no_kind_prepares_a_root_before_it_has_an_image() {
        let folder = tempfile::tempdir().unwrap();
        for &kind in StorageKind::ALL {
            let mut storage = open(kind, "ctrprof-0");
            let error = storage.prepare(folder.path()).unwrap_err();
            assert!(matches!(error, StorageError::NoImage(name) if name == kind.name()));
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    /// Notes its calls; fails where it is told to.
    struct Mock {
        calls: Vec<&'static str>,
        fails_at: &'static str,
    }

    impl Mock {
        fn note(&mut self, call: &'static str) -> Result<(), StorageError> {
            self.calls.push(call);
            if call == self.fails_at {
                return Err(StorageError::NoImage(call));
            }
            Ok(())
        }
    }

    impl Storage for Mock {
        fn name(&self) -> &'static str {
            "mock"
        }
        fn options(&self) -> String {
            String::new()
        }
        fn import(&mut self, _: &StoredImage<'_>, _: &Path) -> Result<(), StorageError> {
            self.note("import")
        }
        fn prepare(&mut self, directory: &Path) -> Result<PathBuf, StorageError> {
            std::fs::create_dir(directory.join("half")).unwrap();
            self.note("prepare")?;
            Ok(directory.join("half"))
        }
        fn release(&mut self) -> Result<(), StorageError> {
            self.note("release")
        }
        fn dispose(&mut self) -> Result<(), StorageError> {
            self.note("dispose")
        }
    }

    fn trial(
        fails_at: &'static str,
    ) -> (Mock, bool, Result<Result<(), StorageError>, StorageError>) {
        let folder = tempfile::tempdir().unwrap();
        let directory = folder.path().join("trial");
        let mut mock = Mock {
            calls: Vec::new(),
            fails_at,
        };
        let outcome = try_out(&mut mock, &directory);
        (mock, directory.exists(), outcome)
    }

    #[test]
    fn a_trial_leaves_nothing_whether_it_works_or_not() {
        for fails_at in ["", "prepare"] {
            let (mock, is_left, outcome) = trial(fails_at);
            assert_eq!(mock.calls, ["prepare", "release"]);
            assert_eq!(outcome.unwrap().is_err(), fails_at == "prepare");
            assert!(!is_left);
        }
    }

    #[test]
    fn a_trial_that_cannot_be_undone_is_an_error_of_its_own() {
        let (_, is_left, outcome) = trial("release");
        assert!(matches!(outcome, Err(StorageError::NoImage("release"))));
        assert!(is_left);
    }
}
