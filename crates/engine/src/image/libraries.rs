//! Where the dynamic loader would look for a shared library.
//!
//! The order is that of ld.so(8) without its environment and without its cache: the folders named
//! by the file that needs the library, those of /etc/ld.so.conf, the loader's own folder, and the
//! default folders. Folders of optimised variants (`glibc-hwcaps`) only hold copies of libraries
//! that are also found here.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::elf::{self, Elf, Machine};

/// The loader's default folders, 64-bit ones first.
const DEFAULT_FOLDERS: [&str; 4] = ["/lib64", "/usr/lib64", "/lib", "/usr/lib"];

/// The folders to search on this host.
#[derive(Clone, Debug)]
pub struct Libraries {
    configured: Vec<PathBuf>,
}

impl Libraries {
    /// Reads /etc/ld.so.conf and what it includes; a host without it has default folders alone.
    ///
    /// # Errors
    /// When a file that is there cannot be read.
    pub fn of_host() -> io::Result<Self> {
        let mut configured = Vec::new();
        read_configuration(Path::new("/etc/ld.so.conf"), &mut configured, 0)?;
        Ok(Self { configured })
    }

    /// Finds `name` as needed by `user`, a file at `user_path` that runs under `interpreter`, and
    /// returns its path as the loader would open it.
    pub fn find(
        &self,
        name: &OsStr,
        user: &Elf,
        user_path: &Path,
        interpreter: &Path,
    ) -> Option<PathBuf> {
        let named = Path::new(name);
        if named.is_absolute() {
            return fits(named, user.machine).then(|| named.to_path_buf());
        }
        let own = user
            .search_path
            .iter()
            .map(|folder| expand_origin(folder, user_path));
        own.chain(self.configured.iter().cloned())
            .chain(loader_folders(interpreter))
            .map(|folder| folder.join(name))
            .find(|path| fits(path, user.machine))
    }
}

/// The loader's own folder (where Debian and musl keep the C library) and the default folders.
fn loader_folders(interpreter: &Path) -> Vec<PathBuf> {
    let resolved = fs::canonicalize(interpreter).unwrap_or_else(|_| interpreter.to_path_buf());
    resolved
        .parent()
        .map(Path::to_path_buf)
        .into_iter()
        .chain(DEFAULT_FOLDERS.iter().map(PathBuf::from))
        .collect()
}

/// Whether the file at `path` is an ELF file for `machine`.
fn fits(path: &Path, machine: Machine) -> bool {
    fs::read(path)
        .ok()
        .and_then(|data| elf::read(&data).ok().flatten())
        .is_some_and(|elf| elf.machine == machine)
}

/// Replaces `$ORIGIN` by the folder of the file that names it.
fn expand_origin(folder: &OsStr, user_path: &Path) -> PathBuf {
    let origin = user_path.parent().unwrap_or(Path::new("/"));
    let text = folder.to_string_lossy();
    PathBuf::from(
        text.replace("${ORIGIN}", &origin.to_string_lossy())
            .replace("$ORIGIN", &origin.to_string_lossy()),
    )
}

/// Reads one file of folders, following `include` up to a depth that no real host reaches.
fn read_configuration(path: &Path, folders: &mut Vec<PathBuf>, depth: u32) -> io::Result<()> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    for line in text.lines() {
        let line = line.split('#').next().unwrap_or_default().trim();
        if let Some(pattern) = line.strip_prefix("include ") {
            if depth < 8 {
                for included in matching(Path::new(pattern.trim()), path)? {
                    read_configuration(&included, folders, depth + 1)?;
                }
            }
        } else if line.starts_with('/') {
            folders.push(PathBuf::from(line));
        }
    }
    Ok(())
}

/// The files that an `include` pattern names, sorted; only the last part may hold one `*`.
fn matching(pattern: &Path, including: &Path) -> io::Result<Vec<PathBuf>> {
    let base = including.parent().unwrap_or(Path::new("/"));
    let pattern = base.join(pattern);
    let (Some(folder), Some(name)) = (pattern.parent(), pattern.file_name()) else {
        return Ok(Vec::new());
    };
    let name = name.to_string_lossy();
    let Some((prefix, suffix)) = name.split_once('*') else {
        return Ok(vec![pattern]);
    };
    let Ok(entries) = fs::read_dir(folder) else {
        return Ok(Vec::new());
    };
    let mut names: Vec<OsString> = entries
        .map(|entry| Ok(entry?.file_name()))
        .collect::<io::Result<_>>()?;
    names.retain(|name| {
        let name = name.to_string_lossy();
        name.len() >= prefix.len() + suffix.len()
            && name.starts_with(prefix)
            && name.ends_with(suffix)
    });
    names.sort();
    Ok(names.into_iter().map(|name| folder.join(name)).collect())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    #[test]
    fn includes_are_followed_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("conf.d")).unwrap();
        fs::write(
            at("ld.so.conf"),
            "/first # why\ninclude conf.d/*.conf\n/last\n",
        )
        .unwrap();
        fs::write(at("conf.d/b.conf"), "/b\n").unwrap();
        fs::write(at("conf.d/a.conf"), "# none\n/a\n").unwrap();
        fs::write(at("conf.d/a.bak"), "/never\n").unwrap();
        let mut folders = Vec::new();
        read_configuration(&at("ld.so.conf"), &mut folders, 0).unwrap();
        let expected: Vec<PathBuf> = ["/first", "/a", "/b", "/last"].map(PathBuf::from).into();
        assert_eq!(folders, expected);
    }

    #[test]
    fn a_file_that_includes_itself_ends() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ld.so.conf");
        fs::write(&path, "include ld.so.conf\n/x\n").unwrap();
        let mut folders = Vec::new();
        read_configuration(&path, &mut folders, 0).unwrap();
        assert!(folders.iter().all(|folder| folder == Path::new("/x")));
    }

    #[test]
    fn origin_is_the_folder_of_the_file_that_names_it() {
        let path = expand_origin(OsStr::new("$ORIGIN/../lib"), Path::new("/opt/x/bin/tool"));
        assert_eq!(path, Path::new("/opt/x/bin/../lib"));
    }

    #[test]
    fn the_c_library_of_this_program_is_found() {
        let path = std::env::current_exe().unwrap();
        let elf = elf::read(&fs::read(&path).unwrap()).unwrap().unwrap();
        let interpreter = elf.interpreter.clone().unwrap();
        let libraries = Libraries::of_host().unwrap();
        for name in &elf.needed {
            let found = libraries.find(name, &elf, &path, &interpreter);
            assert!(found.is_some(), "{} was not found", name.display());
        }
    }
}
