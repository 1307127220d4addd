//! The image `host-gnu`: a root file system assembled from the host's own programs.

use std::collections::HashSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use super::ImageError;
use super::elf::{self, Elf};
use super::libraries::Libraries;
use super::tree::Tree;
use crate::program;

/// Programs without which the workloads cannot run, and the package that Debian has each in.
const REQUIRED: [(&str, &str); 6] = [
    ("sh", "dash"),
    ("echo", "coreutils"),
    ("sleep", "coreutils"),
    ("cat", "coreutils"),
    ("true", "coreutils"),
    ("tar", "tar"),
];

/// Programs that are taken along where the host has them.
const OPTIONAL: [&str; 26] = [
    "chmod",
    "chown",
    "cp",
    "cut",
    "date",
    "dd",
    "env",
    "false",
    "grep",
    "gzip",
    "head",
    "id",
    "ln",
    "ls",
    "mkdir",
    "mv",
    "rm",
    "rmdir",
    "sha256sum",
    "sort",
    "stat",
    "sync",
    "tail",
    "touch",
    "tr",
    "wc",
];

/// Name-service libraries that a C library opens by name (nsswitch.conf(5)); glibc has had the
/// first of them built in since 2.34.
const NAME_SERVICES: [&str; 2] = ["libnss_files.so.2", "libnss_compat.so.2"];

/// Where programs are looked for before `PATH`, so that the image does not depend on who asks.
const PROGRAM_FOLDERS: [&str; 4] = ["/usr/bin", "/bin", "/usr/sbin", "/sbin"];

/// Lists the files of the image.
///
/// # Errors
/// When a required program or a library is missing, or a file cannot be read.
pub fn tree() -> Result<Tree, ImageError> {
    let mut builder = Builder::new(skeleton())?;
    for (name, package) in REQUIRED {
        builder.required(name, package)?;
    }
    for path in OPTIONAL.iter().filter_map(|name| find_program(name)) {
        builder.program(&path)?;
    }
    builder.loader_cache()?;
    Ok(builder.tree)
}

/// Lists these programs, by name and package, with what they are linked with.
///
/// # Errors
/// As [`tree`].
pub fn programs(
    names: impl IntoIterator<Item = (&'static str, &'static str)>,
) -> Result<Tree, ImageError> {
    let mut builder = Builder::new(Tree::default())?;
    for (name, package) in names {
        builder.required(name, package)?;
    }
    builder.loader_cache()?;
    Ok(builder.tree)
}

/// The folders that runtimes mount on, and the files that programs expect in `/etc`.
pub fn skeleton() -> Tree {
    let mut tree = Tree::default();
    for path in [
        "dev", "etc", "home", "mnt", "proc", "run", "sys", "usr/bin", "var",
    ] {
        tree.folder(path, 0o755);
    }
    tree.folder("root", 0o700);
    tree.folder("tmp", 0o1777);
    tree.folder("var/tmp", 0o1777);
    tree.text(
        "etc/passwd",
        "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n",
    );
    tree.text("etc/group", "root:x:0:\ntty:x:5:\nnogroup:x:65534:\n");
    tree.text(
        "etc/nsswitch.conf",
        "passwd: files\ngroup: files\nhosts: files\n",
    );
    tree.text("etc/hosts", "127.0.0.1 localhost\n::1 localhost\n");
    tree.text("etc/hostname", "ctrprof\n");
    tree
}

/// The program of that name, from the same folders whatever `PATH` is, and only then from that.
pub fn find_program(name: &str) -> Option<PathBuf> {
    let inherited = env::var_os("PATH").unwrap_or_default();
    let fixed = PROGRAM_FOLDERS.iter().map(PathBuf::from);
    program::find_in(name, fixed.chain(env::split_paths(&inherited)))
}

struct Builder {
    tree: Tree,
    libraries: Libraries,
    /// ELF files whose needs were met already, by path without links.
    done: HashSet<PathBuf>,
}

impl Builder {
    fn new(tree: Tree) -> Result<Self, ImageError> {
        let libraries = Libraries::of_host().map_err(|source| ImageError::Read {
            path: PathBuf::from("/etc/ld.so.conf"),
            source,
        })?;
        Ok(Self {
            tree,
            libraries,
            done: HashSet::new(),
        })
    }

    fn required(&mut self, name: &'static str, package: &'static str) -> Result<(), ImageError> {
        let path = find_program(name).ok_or(ImageError::MissingProgram { name, package })?;
        self.program(&path)
    }

    /// Adds a program with its loader and libraries.
    fn program(&mut self, path: &Path) -> Result<(), ImageError> {
        let resolved = self.add(path)?;
        self.name_in_bin(path)?;
        if self.done.contains(&resolved) {
            return Ok(());
        }
        let elf = self.read(&resolved)?;
        let Some(elf) = elf else {
            return Err(ImageError::NotElf {
                path: path.to_path_buf(),
            });
        };
        // A static program, as BusyBox often is, needs nothing more.
        let Some(interpreter) = elf.interpreter.clone() else {
            self.done.insert(resolved);
            return Ok(());
        };
        self.add(&interpreter)?;
        self.needs_of(resolved.clone(), elf.clone(), &interpreter)?;
        for name in NAME_SERVICES {
            if let Some(found) = self
                .libraries
                .find(name.as_ref(), &elf, &resolved, &interpreter)
            {
                self.library(&found, &interpreter)?;
            }
        }
        Ok(())
    }

    /// Workloads and scripts call programs by their path in `/bin`; hosts that keep them elsewhere
    /// get a link there.
    fn name_in_bin(&mut self, path: &Path) -> Result<(), ImageError> {
        let Some(name) = path.file_name() else {
            return Ok(());
        };
        let usual = Path::new("/bin").join(name);
        if usual.exists() {
            self.add(&usual)?;
        } else {
            let folder = self.add(Path::new("/bin"))?;
            self.tree.link(&folder.join(name), path);
        }
        Ok(())
    }

    /// Adds the libraries that the file needs, and those that they need.
    fn needs_of(&mut self, path: PathBuf, elf: Elf, interpreter: &Path) -> Result<(), ImageError> {
        if !self.done.insert(path.clone()) {
            return Ok(());
        }
        for name in &elf.needed {
            let found = self
                .libraries
                .find(name, &elf, &path, interpreter)
                .ok_or_else(|| ImageError::MissingLibrary {
                    name: name.to_string_lossy().into_owned(),
                    user: path.clone(),
                })?;
            self.library(&found, interpreter)?;
        }
        Ok(())
    }

    fn library(&mut self, path: &Path, interpreter: &Path) -> Result<(), ImageError> {
        let resolved = self.add(path)?;
        if self.done.contains(&resolved) {
            return Ok(());
        }
        match self.read(&resolved)? {
            Some(elf) => self.needs_of(resolved, elf, interpreter),
            None => Err(ImageError::NotElf { path: resolved }),
        }
    }

    /// The loader looks into its cache first (ld.so(8)); without one it tries dozens of folders for
    /// each library. The host's cache serves: it names absolute paths, which the image has too.
    fn loader_cache(&mut self) -> Result<(), ImageError> {
        let cache = Path::new("/etc/ld.so.cache");
        if cache.exists() {
            self.add(cache)?;
        }
        Ok(())
    }

    fn add(&mut self, path: &Path) -> Result<PathBuf, ImageError> {
        self.tree
            .host_path(path)
            .map_err(|source| ImageError::Read {
                path: path.to_path_buf(),
                source,
            })
    }

    fn read(&self, path: &Path) -> Result<Option<Elf>, ImageError> {
        let data = fs::read(path).map_err(|source| ImageError::Read {
            path: path.to_path_buf(),
            source,
        })?;
        elf::read(&data).map_err(|source| ImageError::BadElf {
            path: path.to_path_buf(),
            source,
        })
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;
    use crate::image::tree::Entry;

    #[test]
    fn the_image_of_this_host_can_start_a_shell_at_its_usual_path() {
        let tree = tree().unwrap();
        let root = tempfile::tempdir().unwrap();
        tree.write(root.path()).unwrap();
        for name in ["sh", "echo", "tar"] {
            let path = find_program(name).unwrap();
            let resolved = fs::canonicalize(&path).unwrap();
            let inside = root.path().join(resolved.strip_prefix("/").unwrap());
            assert_eq!(fs::read(inside).unwrap(), fs::read(resolved).unwrap());
        }
    }

    #[test]
    fn folders_that_the_host_merges_are_links_in_the_image_too() {
        let tree = tree().unwrap();
        for name in ["bin", "lib", "lib64"] {
            let host = Path::new("/").join(name);
            let (Ok(target), Some(entry)) = (fs::read_link(host), tree.get(Path::new(name))) else {
                continue;
            };
            assert_eq!(entry, &Entry::Link(target));
        }
    }

    #[test]
    fn a_program_is_found_in_the_fixed_folders_first() {
        assert!(
            find_program("sh")
                .is_some_and(|path| path.starts_with("/usr") || path.starts_with("/bin"))
        );
        assert_eq!(find_program("no-such-program-anywhere"), None);
    }
}
