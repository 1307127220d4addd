//! Looking at a container's files from inside its user namespace.
//!
//! A FUSE file system lets nobody in from outside the user namespace that it was mounted in, not
//! even with `allow_other` (fuse_allow_current_process in fs/fuse/dir.c, v6.18): root cannot look
//! into the one that a rootless manager mounted.

use std::fs::{self, File};
use std::io::{self, PipeWriter, Read};
use std::os::unix::fs::MetadataExt;

use nix::errno::Errno;
use nix::sched::{CloneFlags, setns};
use nix::unistd::{ForkResult, Pid, fork};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::child::reap;

/// Does `work` in the user namespace of `process`: in a child, for only a process without threads
/// may change its own, and none may come back (user_namespaces(7)). Where it is this process's own,
/// `work` is done here.
///
/// # Errors
/// When the namespace cannot be entered, or the child does not tell its result.
pub fn within<T>(process: Pid, work: impl FnOnce() -> T) -> io::Result<T>
where
    T: Serialize + DeserializeOwned,
{
    let namespace = File::open(format!("/proc/{process}/ns/user"))?;
    if namespace.metadata()?.ino() == fs::metadata("/proc/self/ns/user")?.ino() {
        return Ok(work());
    }
    let (mut told, tell) = io::pipe()?;
    // SAFETY: the engine has no other thread whose locks the child could find held.
    match unsafe { fork() }? {
        ForkResult::Child => {
            let result = enter(&namespace).map(|()| work());
            let _ = report(&tell, result.map_err(|error| error.to_string()));
            // SAFETY: ends the child without running what the parent has registered.
            unsafe { libc::_exit(0) }
        }
        ForkResult::Parent { child } => {
            drop(tell);
            let mut result = Vec::new();
            let read = told.read_to_end(&mut result);
            reap(child)?;
            read?;
            let result: Result<T, String> = serde_json::from_slice(&result)?;
            result.map_err(io::Error::other)
        }
    }
}

/// Enters a user namespace as its root, whose files the container's are.
fn enter(namespace: &File) -> io::Result<()> {
    setns(namespace, CloneFlags::CLONE_NEWUSER)?;
    // SAFETY: the calls take numbers. Those of the C library would change other threads, too, and
    // there are none.
    Errno::result(unsafe { libc::setresgid(0, 0, 0) })?;
    // SAFETY: as above.
    Errno::result(unsafe { libc::setresuid(0, 0, 0) })?;
    Ok(())
}

fn report<T: Serialize>(tell: &PipeWriter, result: Result<T, String>) -> io::Result<()> {
    Ok(serde_json::to_writer(tell, &result)?)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use std::path::PathBuf;
    use std::process::{Command, Stdio};

    use super::*;

    fn namespace() -> (PathBuf, u32) {
        let name = fs::read_link("/proc/thread-self/ns/user").unwrap();
        // SAFETY: the call takes nothing and cannot fail.
        (name, unsafe { libc::geteuid() })
    }

    #[test]
    fn what_is_in_the_same_namespace_is_done_here() {
        let here = std::process::id();
        let done_by = within(Pid::this(), std::process::id).unwrap();
        assert_eq!(done_by, here);
        assert!(within(Pid::from_raw(i32::MAX), || ()).is_err());
    }

    #[test]
    fn others_are_entered_as_their_root() {
        // It says so when it is in its namespace.
        let mut child = Command::new("unshare")
            .args(["--user", "--map-root-user", "sh", "-c"])
            .arg("readlink /proc/self/ns/user; exec sleep 1000")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut theirs = [0; 64];
        let read = child.stdout.as_mut().unwrap().read(&mut theirs).unwrap();
        let theirs = std::str::from_utf8(&theirs[..read]).unwrap().trim();
        let seen = within(Pid::from_raw(child.id() as i32), namespace);
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(seen.unwrap(), (PathBuf::from(theirs), 0));
        assert_ne!(namespace().0, PathBuf::from(theirs));
    }
}
