//! The host's network and name resolution, kept for what must reach it from a sandbox.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::network::namespace;

/// Where programs look up how names are resolved (resolv.conf(5)).
const RESOLVER: &str = "/etc/resolv.conf";

/// The host's network, for what must reach it: a sandbox with a network of its own has no way out.
#[derive(Debug)]
pub struct HostNetwork {
    /// None where the sandbox has no network of its own.
    network: Option<File>,
}

impl HostNetwork {
    /// Keeps the network that this thread is in, which is about to be left.
    pub(super) fn left() -> io::Result<Self> {
        Ok(Self {
            network: Some(namespace::current()?),
        })
    }

    /// The network stays.
    pub(super) const fn same() -> Self {
        Self { network: None }
    }

    /// Does some work, and has children begin, in the host's network. Only for a process without
    /// other threads.
    ///
    /// # Errors
    /// When the namespaces cannot be entered (setns(2)).
    pub fn with_network<T>(&self, work: impl FnOnce() -> T) -> io::Result<T> {
        let Some(outer) = &self.network else {
            return Ok(work());
        };
        namespace::within(outer, || Ok(work()))
    }
}

/// How names are resolved, where that is a link into /run, which a sandbox may hide.
#[derive(Debug)]
pub(super) struct Resolver {
    path: PathBuf,
    text: Vec<u8>,
}

impl Resolver {
    /// Notes it, if it would be hidden.
    pub(super) fn of_host() -> Option<Self> {
        let path = fs::canonicalize(RESOLVER).ok()?;
        if !path.starts_with("/run") {
            return None;
        }
        let text = fs::read(&path).ok()?;
        Some(Self { path, text })
    }

    /// Writes it again to where the link leads.
    pub(super) fn restore(&self) -> io::Result<()> {
        fs::create_dir_all(self.path.parent().unwrap_or(Path::new("/")))?;
        fs::write(&self.path, &self.text)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    #[test]
    fn where_the_network_stays_work_is_done_in_it() {
        let before = fs::read_link("/proc/thread-self/ns/net").unwrap();
        let network = || fs::read_link("/proc/thread-self/ns/net").unwrap();
        assert_eq!(HostNetwork::same().with_network(network).unwrap(), before);
    }

    #[test]
    fn a_resolver_is_written_again_with_its_folders() {
        let folder = tempfile::tempdir().unwrap();
        let resolver = Resolver {
            path: folder.path().join("systemd/resolve/stub.conf"),
            text: b"nameserver 127.0.0.53\n".to_vec(),
        };
        resolver.restore().unwrap();
        assert_eq!(fs::read(&resolver.path).unwrap(), resolver.text);
    }
}
