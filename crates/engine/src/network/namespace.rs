//! A network namespace that is kept by a file, as ip-netns(8) keeps them.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::{Path, PathBuf};

use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::sched::{CloneFlags, setns, unshare};

/// This thread's own.
const OWN: &str = "/proc/thread-self/ns/net";

/// A network namespace, gone when it is removed and its last process has ended.
#[derive(Debug)]
pub struct NetworkNamespace {
    path: PathBuf,
    file: File,
}

impl NetworkNamespace {
    /// Makes one and keeps it at `path`, which is made.
    ///
    /// # Errors
    /// When the kernel refuses; nothing is left then.
    pub fn new(path: &Path) -> io::Result<Self> {
        File::create_new(path)?;
        let kept = and_back(|| {
            unshare(CloneFlags::CLONE_NEWNET)?;
            keep(path)
        });
        match kept {
            Ok(file) => Ok(Self {
                path: path.to_path_buf(),
                file,
            }),
            Err(error) => {
                // The mount failed, so the file is a plain one.
                let _ = std::fs::remove_file(path);
                Err(error)
            }
        }
    }

    /// Does something in it: sockets that are opened there stay there.
    ///
    /// # Errors
    /// As `work`, or when the kernel refuses to go there or back.
    pub fn inside<T>(&self, work: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        within(&self.file, work)
    }

    /// The file that keeps it.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Lets it go.
    ///
    /// # Errors
    /// When the file cannot be removed.
    pub fn remove(self) -> io::Result<()> {
        umount2(&self.path, MntFlags::MNT_DETACH)?;
        std::fs::remove_file(&self.path)
    }
}

impl AsFd for NetworkNamespace {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

/// The network namespace that this thread is in (namespaces(7)).
///
/// # Errors
/// When /proc is not mounted.
pub fn current() -> io::Result<File> {
    File::open(OWN)
}

/// Does something in a network namespace: sockets that are opened and processes that are started
/// there stay there. Concerns this thread alone.
///
/// # Errors
/// As `work`, or when the kernel refuses to go there or back.
pub fn within<T>(namespace: &impl AsFd, work: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    and_back(|| {
        setns(namespace, CloneFlags::CLONE_NEWNET)?;
        work()
    })
}

/// Does something that changes the network namespace of this thread, and changes it back.
///
/// # Errors
/// As `work`, or when the kernel refuses the way back.
pub fn and_back<T>(work: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    let home = current()?;
    let done = work();
    setns(&home, CloneFlags::CLONE_NEWNET)?;
    done
}

fn keep(path: &Path) -> io::Result<File> {
    mount(
        Some(OWN),
        path,
        None::<&str>,
        MsFlags::MS_BIND,
        None::<&str>,
    )?;
    File::open(path)
}
