//! A container that is begun only to be looked at: what a manager makes of what it is told.

use super::root_mount::RootMount;
use super::{Manager, ManagerError, Request, Site};
use crate::limits;

/// The kernel's view of a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trial {
    /// Properties of its root, by name, for the manifest.
    pub description: [(&'static str, String); 2],
    /// A sentence about each limit that it does not have.
    pub warnings: Vec<String>,
}

/// Takes a container of an open manager halfway, and looks at it; that also fills the manager's
/// caches. Nothing is left of it, also when it fails.
///
/// # Errors
/// When no container can be made, or it cannot be looked at.
pub fn look(manager: &mut dyn Manager, site: &Site<'_>) -> Result<Trial, ManagerError> {
    take_halfway(manager, site).inspect_err(|_| {
        // The first failure is the one to tell.
        let _ = manager.discard();
    })
}

fn take_halfway(manager: &mut dyn Manager, site: &Site<'_>) -> Result<Trial, ManagerError> {
    manager.create(&Request {
        id: &site.directory.container_id(0),
        directory: site.directory.path(),
        container_port: None,
    })?;
    manager.start()?;
    let first = manager.first_process()?;
    let looked = || Ok((RootMount::of(first)?, limits::missing(first)?));
    let (root, warnings) = looked().map_err(ManagerError::system("look at a container"))?;
    manager.stop()?;
    manager.remove()?;
    Ok(Trial {
        description: [
            ("storage_file_system", root.file_system),
            ("storage_options", root.options),
        ],
        warnings,
    })
}
