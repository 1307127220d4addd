//! No manager: the engine itself makes network namespaces, many at once, and deletes them.
//!
//! The kernel's work alone is to be measured. So the threads that make the namespaces are started
//! before the stage `create` and wait to be let go by one call; the namespaces are then held by
//! descriptors alone, and letting them go is closing those. Each run begins when no deletion is
//! under way, but for those that it began itself.

mod deletion;
mod makers;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::net::SocketAddr;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use nix::unistd::Pid;

use super::{Manager, ManagerError, Request, Site};
use crate::interrupt::Interrupt;
use crate::network::namespace;
use crate::workload::{Namespaces, Output};
use deletion::Deletions;
use makers::Makers;

/// The engine without a manager.
pub struct Bare {
    namespaces: Namespaces,
    deletions: Deletions,
    /// Ready before the stage `create`, gone after it.
    makers: Option<Makers>,
    /// The namespaces that the stage `create` made.
    held: Vec<File>,
    /// A file that proves that a deletion is over, while there is something to be deleted.
    witness: Option<File>,
}

impl Bare {
    /// The engine for a workload of namespaces.
    ///
    /// # Errors
    /// When the workload is another, or there is no descriptor left.
    pub fn open(site: &Site<'_>) -> Result<Self, ManagerError> {
        let workload = &site.spec.workload;
        let namespaces = workload
            .namespaces
            .ok_or_else(|| no_container(&workload.name))?;
        Ok(Self {
            namespaces,
            deletions: Deletions::open().map_err(ManagerError::system("open a netlink socket"))?,
            makers: None,
            held: Vec::new(),
            witness: None,
        })
    }

    /// Has the makers make as many namespaces as are asked for.
    fn make(&self) -> Result<Vec<File>, ManagerError> {
        let mut makers = self.makers()?;
        makers.make();
        makers.collect().map_err(making())
    }

    fn makers(&self) -> Result<Makers, ManagerError> {
        Makers::new(self.namespaces.count).map_err(ManagerError::system("start threads"))
    }
}

impl Manager for Bare {
    /// The facts that describe configurations of containers do not apply.
    fn description(&self) -> BTreeMap<String, String> {
        let empty = [
            "storage",
            "cgroup",
            "cgroup_source",
            "cgroup_attach",
            "network",
            "limit_cpu_quota_us",
            "limit_cpu_period_us",
            "limit_memory_bytes",
        ];
        let mut description: BTreeMap<String, String> =
            empty.map(|name| (name.to_owned(), String::new())).into();
        let count = self.namespaces.count.to_string();
        description.insert("namespaces".to_owned(), count);
        description
    }

    /// Here, outside of all stages, everything is made that the stages only let go.
    fn refill(&mut self, _: &Path) -> Result<(), ManagerError> {
        let old = match self.namespaces.beside_deletion {
            true => self.make()?,
            false => Vec::new(),
        };
        self.makers = Some(self.makers()?);
        self.witness = Some(makers::fresh().map_err(making())?);
        self.deletions.settle().map_err(deleting())?;
        if let Some(first) = old.first() {
            self.deletions.watch(first).map_err(deleting())?;
        }
        drop(old);
        // It has begun, and takes longer than making others.
        self.deletions.await_next().map_err(deleting())
    }

    fn create(&mut self, _: &Request<'_>) -> Result<(), ManagerError> {
        if let Some(makers) = &mut self.makers {
            makers.make();
        }
        Ok(())
    }

    fn check(&mut self) -> Result<(), ManagerError> {
        let Some(makers) = self.makers.take() else {
            return Ok(());
        };
        self.held = makers.collect().map_err(making())?;
        are_different(&self.held, &namespace::current().map_err(making())?)?;
        // The last that is let go, and what is let go after it.
        for watched in self.held.last().iter().chain(&self.witness.as_ref()) {
            self.deletions.watch(watched).map_err(deleting())?;
        }
        Ok(())
    }

    /// Lets all of them go, and returns when the kernel has deleted them.
    fn remove(&mut self) -> Result<(), ManagerError> {
        self.held.clear();
        self.deletions.await_next().map_err(deleting())?;
        self.witness = None;
        self.deletions.await_next().map_err(deleting())
    }

    fn discard(&mut self) -> Result<(), ManagerError> {
        self.makers = None;
        self.held.clear();
        self.witness = None;
        self.deletions.forget();
        Ok(())
    }

    fn start(&mut self) -> Result<(), ManagerError> {
        Err(no_container("start"))
    }

    fn exec(&mut self, _: &[String], _: &Interrupt) -> Result<Output, ManagerError> {
        Err(no_container("exec"))
    }

    fn first_process(&mut self) -> Result<Pid, ManagerError> {
        Err(no_container("looking at the first process"))
    }

    fn address(&mut self) -> Result<SocketAddr, ManagerError> {
        Err(no_container("reaching a port"))
    }

    fn stop(&mut self) -> Result<(), ManagerError> {
        Err(no_container("stop"))
    }
}

/// Fails unless namespaces are different from one another and from the engine's own, by their inodes
/// (namespaces(7)).
fn are_different(made: &[File], own: &File) -> Result<(), ManagerError> {
    let all = made.iter().chain([own]).map(inode);
    let different = all.collect::<Result<BTreeSet<u64>, ManagerError>>()?.len();
    if different == made.len() + 1 {
        return Ok(());
    }
    Err(ManagerError::Result(format!(
        "{} network namespaces were made beside the engine's, but of all these only {different} are different",
        made.len()
    )))
}

fn inode(namespace: &File) -> Result<u64, ManagerError> {
    let metadata = namespace.metadata().map_err(making())?;
    Ok(metadata.ino())
}

fn making() -> impl FnOnce(std::io::Error) -> ManagerError {
    ManagerError::system("make network namespaces")
}

fn deleting() -> impl FnOnce(std::io::Error) -> ManagerError {
    ManagerError::system("see network namespaces deleted")
}

fn no_container(what: &str) -> ManagerError {
    ManagerError::Unsupported {
        what: format!("{what} needs a container, and bare makes none"),
        remedy: "use another manager, or the workloads netns or netns-churn".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    #[test]
    fn a_namespace_that_is_the_engines_own_is_found() {
        let own = namespace::current().unwrap();
        assert!(are_different(&[], &own).is_ok());
        let same = [namespace::current().unwrap()];
        let message = are_different(&same, &own).unwrap_err().to_string();
        assert!(message.contains("only 1 are different"), "{message}");
    }
}
