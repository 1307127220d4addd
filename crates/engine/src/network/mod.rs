//! Networks of the embedded engine.
//!
//! All of them lie in the sandbox's network namespace ([`super::sandbox`]), so nothing of them is seen
//! outside of it, and everything goes with it.

mod bridge;
pub mod namespace;
mod port;
pub mod routing;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

pub use bridge::Bridge;
use nix::errno::Errno;
pub use port::MappedPort;

use routing::Routing;
use setup::configuration::NetworkKind;

/// An address of the sandbox's that no container has: what containers ping, and where mapped ports
/// are. It is of a block for documentation (RFC 5737), so nobody's.
pub const SANDBOX_ADDRESS: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 1);
/// The port of the sandbox that is mapped to a container's.
pub const MAPPED_PORT: u16 = 8_080;

/// Where a container finds its network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContainerNetwork {
    /// In a namespace that the runtime makes.
    New,
    /// In the sandbox's.
    Sandbox,
    /// In the one that this file keeps.
    At(PathBuf),
}

/// A way to give containers a network. One value serves one container at a time.
pub trait Network {
    /// Makes ready, outside of all stages, what [`Network::attach`] takes from a pool.
    ///
    /// # Errors
    /// When the kernel refuses.
    fn refill(&mut self, directory: &Path) -> Result<(), NetworkError>;

    /// Makes a container's network; `directory` is the folder of the run. `port` of the container
    /// is to be reached at [`Network::address`].
    ///
    /// # Errors
    /// When the kernel refuses. What was made until then is removed by [`Network::release`].
    fn attach(
        &mut self,
        directory: &Path,
        port: Option<u16>,
    ) -> Result<ContainerNetwork, NetworkError>;

    /// Where the container's port is reached; none without a port.
    fn address(&self) -> Option<SocketAddr>;

    /// Removes what [`Network::attach`] made, if anything.
    ///
    /// # Errors
    /// When something is left.
    fn release(&mut self) -> Result<(), NetworkError>;
}

/// An error of a network.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    /// A system call.
    #[error("failed to {action}: {source}; the kernel needs {needs}")]
    Kernel {
        /// The action that failed.
        action: &'static str,
        source: io::Error,
        /// Options of its configuration.
        needs: &'static str,
    },
    /// The port.
    #[error(
        "failed to map the port with iptables: {0}; install it (debian: apt-get install iptables)"
    )]
    Port(String),
}

impl NetworkError {
    fn of<E: Into<io::Error>>(action: &'static str, needs: &'static str) -> impl FnOnce(E) -> Self {
        move |source| Self::Kernel {
            action,
            source: source.into(),
            needs,
        }
    }
}

/// The network of a kind; a bridge is made now.
///
/// # Errors
/// When the kernel has no bridges.
pub fn open(kind: NetworkKind) -> Result<Box<dyn Network>, NetworkError> {
    match kind {
        NetworkKind::None => Ok(Box::new(Plain(ContainerNetwork::New))),
        NetworkKind::Host => Ok(Box::new(Plain(ContainerNetwork::Sandbox))),
        NetworkKind::Bridge => Ok(Box::new(Bridge::new(false)?)),
        NetworkKind::Pool => Ok(Box::new(Bridge::new(true)?)),
    }
}

/// Sets up loopback and [`SANDBOX_ADDRESS`] in the namespace of this thread. An address that is there
/// already is as good.
///
/// # Errors
/// When the kernel refuses.
pub fn set_up_sandbox_network() -> io::Result<()> {
    let routing = Routing::open()?;
    routing.set_up("lo")?;
    match routing.add_address("lo", SANDBOX_ADDRESS, 32) {
        Err(error) if error.raw_os_error() == Some(Errno::EEXIST as i32) => Ok(()),
        outcome => outcome,
    }
}

/// A network for which nothing needs to be made.
struct Plain(ContainerNetwork);

impl Network for Plain {
    fn refill(&mut self, _: &Path) -> Result<(), NetworkError> {
        Ok(())
    }

    fn attach(&mut self, _: &Path, _: Option<u16>) -> Result<ContainerNetwork, NetworkError> {
        Ok(self.0.clone())
    }

    fn address(&self) -> Option<SocketAddr> {
        None
    }

    fn release(&mut self) -> Result<(), NetworkError> {
        Ok(())
    }
}
