//! The data that a workload finds in its image.

use std::fs::{self, File, Permissions};
use std::io::{self, BufWriter};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::database::load::{LoadError, load};
use super::database::scale::Scale;
use super::database::{self};
use super::files;
use super::website;
use setup::size::Size;

/// Raised when what is generated changes, so that images made before are not taken for the same.
const VERSION: u32 = 1;

/// The data that is written into an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Data {
    /// Nothing.
    None,
    /// The TPC-C tables in a file of SQLite.
    Database(Size),
    /// Files to be read, and their reader.
    Files(Size),
    /// An archive to be extracted, an empty folder for it, and the reader that verifies.
    Archive(Size),
    /// A page and the configuration of its server.
    Website,
}

/// The reasons for which data could not be written.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// The database.
    #[error(transparent)]
    Database(#[from] LoadError),
    /// A file.
    #[error("failed to write {}: {source}; check the free space there", path.display())]
    Write {
        /// The folder below which it is.
        path: PathBuf,
        source: io::Error,
    },
}

impl Data {
    /// A name that is different for different data.
    pub fn identity(self) -> String {
        let (kind, size) = match self {
            Self::None => return String::new(),
            Self::Database(size) => ("database", Some(size)),
            Self::Files(size) => ("files", Some(size)),
            Self::Archive(size) => ("archive", Some(size)),
            Self::Website => ("website", None),
        };
        format!("{kind} {} {VERSION}", size.map_or("", Size::name))
    }

    /// Writes the data below `root`, the root file system of an image. `sqlite3` is the host's
    /// program of that name.
    ///
    /// # Errors
    /// When a file cannot be written or the database cannot be made.
    pub fn write(self, root: &Path, sqlite3: &Path) -> Result<(), DataError> {
        let inside = |path: &str| root.join(path.trim_start_matches('/'));
        let failed = |source| DataError::Write {
            path: root.to_path_buf(),
            source,
        };
        match self {
            Self::None => Ok(()),
            Self::Database(size) => {
                fs::create_dir_all(inside(database::FOLDER)).map_err(failed)?;
                Ok(load(sqlite3, &inside(database::PATH), Scale::of(size))?)
            }
            Self::Files(size) => {
                let folder = inside(files::READ_FOLDER);
                fs::create_dir_all(&folder)
                    .and_then(|()| files::write_folder(&folder, size.files()))
                    .and_then(|()| write_reader(&inside(files::READER_PATH)))
                    .map_err(failed)
            }
            Self::Archive(size) => {
                let (archive, target) = (inside(files::ARCHIVE_PATH), inside(files::WRITE_FOLDER));
                fs::create_dir_all(&target)
                    .and_then(|()| make_parent(&archive))
                    .and_then(|()| File::create(&archive))
                    .and_then(|file| files::write_archive(BufWriter::new(file), size.files()))
                    .and_then(|()| write_reader(&inside(files::READER_PATH)))
                    .map_err(failed)
            }
            Self::Website => website::write(root).map_err(failed),
        }
    }
}

fn make_parent(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)
}

fn write_reader(path: &Path) -> io::Result<()> {
    make_parent(path)?;
    fs::write(path, files::READER)?;
    fs::set_permissions(path, Permissions::from_mode(0o755))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn different_data_has_different_names() {
        let mut all = vec![Data::None, Data::Website];
        for size in Size::ALL {
            all.extend([Data::Database(size), Data::Files(size), Data::Archive(size)]);
        }
        let names: BTreeSet<String> = all.iter().map(|data| data.identity()).collect();
        assert_eq!(names.len(), all.len());
    }

    #[test]
    fn data_is_where_the_workloads_look_for_it() {
        let root = tempfile::tempdir().unwrap();
        for data in [
            Data::Database(Size::Xs),
            Data::Files(Size::Xs),
            Data::Archive(Size::Xs),
            Data::Website,
        ] {
            data.write(root.path(), Path::new("sqlite3")).unwrap();
        }
        for path in [
            "data/db/tpcc.db",
            "data/in/000009",
            "data/in/files.tar",
            "data/out",
            "data/www/index.html",
            "usr/lib/ctrprof/io-read",
        ] {
            assert!(root.path().join(path).exists(), "{path}");
        }
    }
}
