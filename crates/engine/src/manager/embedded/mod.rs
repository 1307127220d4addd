//! The embedded engine: an OCI runtime, a storage and control groups of our own choosing, and
//! nothing else between the request and the container.

pub mod bundle;
pub mod host;
pub mod seccomp;
pub mod spec;

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use nix::unistd::Pid;
use oci_spec::runtime::LinuxSeccomp;

use super::{Manager, ManagerError, Refusal, Request, Site, refusal};
use crate::backing::Store;
use crate::cgroup::CgroupLayout;
use crate::cgroup::source::Groups;
use crate::interrupt::Interrupt;
use crate::network::{self, Network};
use crate::runtime::{self, Runtime};
use crate::storage::{self, Storage, StorageError, StoredImage};
use crate::workload::Output;
use setup::backing::Backing;
use setup::cache::CachePolicy;
use setup::configuration::{CgroupAttach, Configuration, SeccompChoice};
use setup::runtime::RuntimeChoice;
use spec::HostLimits;

/// The embedded engine with its parts.
pub struct Embedded {
    runtime: Box<dyn Runtime>,
    storage: Box<dyn Storage>,
    store: Store,
    /// Folder of the run in the engine's, while there is one.
    directory: Option<PathBuf>,
    network: Box<dyn Network>,
    groups: Groups,
    limits: HostLimits,
    /// The profile that containers have; none unless one was asked for.
    seccomp: Option<LinuxSeccomp>,
    description: BTreeMap<String, String>,
    warning: Option<String>,
    /// Whether runs begin with nothing of the store in memory.
    is_cold: bool,
}

impl Embedded {
    /// The engine for a configuration.
    ///
    /// # Errors
    /// When the runtime is not installed or the storage's trial leaves something behind.
    pub fn open(site: &Site<'_>) -> Result<Self, ManagerError> {
        let configuration = &site.spec.configuration;
        let directory = site.directory.path();
        let store = Store::open(&configuration.backing(), directory).map_err(StorageError::from)?;
        let image = StoredImage {
            root: &site.spec.image.root,
            writable: &site.spec.image.writable,
        };
        let engine = site.directory.name();
        let chosen = storage::choose(configuration.storage, engine, &image, store.path())?;
        let layout =
            CgroupLayout::of_host().map_err(ManagerError::system("look at the control groups"))?;
        let description = [
            ("manager_version", env!("CARGO_PKG_VERSION").to_owned()),
            ("storage", chosen.storage.name().to_owned()),
            ("storage_options", chosen.storage.options()),
            ("storage_backing", store.file_system()),
            ("store", store.backing().to_string()),
            ("store_options", store.options()),
            ("cgroup", layout.name().to_owned()),
            ("seccomp", seccomp_name(configuration.seccomp).to_owned()),
        ];
        let seccomp = match configuration.seccomp {
            SeccompChoice::Default => {
                let profile = seccomp::profile().map_err(io::Error::other);
                Some(profile.map_err(ManagerError::system("describe a seccomp profile"))?)
            }
            SeccompChoice::Usual | SeccompChoice::None => None,
        };
        Ok(Self {
            runtime: runtime::open(
                &configuration.runtime,
                &directory.join("state"),
                configuration.network,
            )?,
            storage: chosen.storage,
            store,
            directory: None,
            network: network::open(configuration.network)?,
            groups: Groups::new(
                configuration.cgroup_source,
                configuration.cgroup_attach,
                layout,
                engine,
            ),
            limits: host::limits().map_err(ManagerError::system("read /proc"))?,
            seccomp,
            description: description
                .map(|(name, value)| (name.to_owned(), value))
                .into(),
            warning: chosen.warning,
            is_cold: site.spec.cache == CachePolicy::Cold,
        })
    }
}

/// The name of a choice's effect: by itself the engine gives no profile.
const fn seccomp_name(choice: SeccompChoice) -> &'static str {
    match choice {
        SeccompChoice::Usual | SeccompChoice::None => SeccompChoice::None.name(),
        SeccompChoice::Default => SeccompChoice::Default.name(),
    }
}

impl Embedded {
    fn release_root(&mut self) -> Result<(), ManagerError> {
        self.storage.release()?;
        if let Some(directory) = self.directory.take() {
            self.store
                .remove_run(&directory)
                .map_err(StorageError::from)?;
        }
        Ok(())
    }
}

impl Manager for Embedded {
    fn description(&self) -> BTreeMap<String, String> {
        self.description.clone()
    }

    fn warnings(&self) -> Vec<String> {
        self.warning.iter().cloned().collect()
    }

    fn refill(&mut self, directory: &Path) -> Result<(), ManagerError> {
        // Names, inodes and folders are cached too, apart from pages.
        let is_ours = matches!(self.store.backing(), Backing::Loop { .. });
        if self.is_cold && is_ours && !self.storage.holds_store() {
            self.store.remount().map_err(StorageError::from)?;
        }
        self.groups.refill()?;
        Ok(self.network.refill(directory)?)
    }

    fn create(&mut self, request: &Request<'_>) -> Result<(), ManagerError> {
        let directory = request.directory;
        self.directory = Some(directory.to_path_buf());
        let on_store = self.store.make_run(directory).map_err(StorageError::from)?;
        let rootfs = self.storage.prepare(&on_store)?;
        let network = self.network.attach(directory, request.container_port)?;
        let placement = self.groups.take(request.id)?;
        let bundle = bundle::write(
            directory,
            request.id,
            &rootfs,
            placement,
            &network,
            (self.limits, self.seccomp.as_ref()),
        )?;
        Ok(self.runtime.create(&bundle)?)
    }

    fn start(&mut self) -> Result<(), ManagerError> {
        Ok(self.runtime.start()?)
    }

    fn exec(&mut self, command: &[String], interrupt: &Interrupt) -> Result<Output, ManagerError> {
        Ok(self.runtime.exec(command, interrupt)?)
    }

    fn first_process(&mut self) -> Result<Pid, ManagerError> {
        Ok(self.runtime.first_process()?)
    }

    fn address(&mut self) -> Result<SocketAddr, ManagerError> {
        self.network.address().ok_or_else(|| {
            ManagerError::from(Refusal::new(
                "the container has no mapped port",
                "use the network bridge",
            ))
        })
    }

    fn stop(&mut self) -> Result<(), ManagerError> {
        Ok(self.runtime.stop()?)
    }

    fn remove(&mut self) -> Result<(), ManagerError> {
        self.runtime.remove()?;
        self.groups.release()?;
        self.network.release()?;
        self.release_root()
    }

    /// The container first: its root cannot go before its processes.
    fn discard(&mut self) -> Result<(), ManagerError> {
        let container = self.runtime.discard();
        let groups = self.groups.release();
        let network = self.network.release();
        let root = self.release_root();
        container?;
        groups?;
        network?;
        root
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        // In this order: the image lies on the store. What cannot be removed now goes with the
        // sandbox, or is swept.
        let _ = self.release_root();
        let _ = self.storage.dispose();
    }
}

/// Configurations that the embedded engine cannot bring about.
pub(super) fn refusals(configuration: &Configuration) -> Vec<Refusal> {
    let attach = Refusal::when(
        configuration.cgroup_attach != CgroupAttach::Runtime
            && configuration.runtime.name() != "crun",
        "of the runtimes crun alone can be told to leave control groups to the engine",
        "use runtime crun, or the attachment runtime",
    );
    let seccomp = Refusal::when(
        configuration.seccomp == SeccompChoice::Default
            && configuration.runtime == RuntimeChoice::Libcontainer,
        "libcontainer is built without libseccomp, which compiles filters",
        "use runtime crun or runc, or leave the seccomp profile out",
    );
    [attach, seccomp, refusal::of_reference(configuration)]
        .into_iter()
        .flatten()
        .collect()
}
