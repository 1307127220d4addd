//! A bridge, and for each container a namespace with one end of a pair of devices.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use super::namespace::NetworkNamespace;
use super::port::MappedPort;
use super::routing::Routing;
use super::{ContainerNetwork, Network, NetworkError};

/// Name of the bridge in the sandbox.
const BRIDGE: &str = "ctrprof0";
/// Name of a container's device in its namespace.
const DEVICE: &str = "eth0";
/// The bridge's own address; containers have those after it, one after the other, so that none is
/// given away while the kernel still takes down the last one that had it.
const GATEWAY: Ipv4Addr = Ipv4Addr::new(10, 88, 0, 1);
/// Bits of the subnet's number.
const PREFIX_BITS: u8 = 16;
/// Addresses of the subnet, but for its first two and its last.
const ADDRESSES: u32 = (1 << (32 - PREFIX_BITS as u32)) - 3;
/// The options that the kernel must have been built with.
const NEEDS: &str = "CONFIG_NET_NS, CONFIG_BRIDGE and CONFIG_VETH";

/// A bridge. With a pool, namespaces are made before they are needed.
pub struct Bridge {
    routing: Routing,
    has_pool: bool,
    ready: Option<Place>,
    taken: Option<Place>,
    port: Option<MappedPort>,
    count: u32,
}

/// A namespace on the bridge.
struct Place {
    namespace: NetworkNamespace,
    device: String,
    address: Ipv4Addr,
}

impl Bridge {
    /// Makes the bridge.
    ///
    /// # Errors
    /// When the kernel refuses.
    pub fn new(has_pool: bool) -> Result<Self, NetworkError> {
        let failed = NetworkError::of("make a bridge", NEEDS);
        let make = || {
            let routing = Routing::open()?;
            routing.add_bridge(BRIDGE)?;
            routing.add_address(BRIDGE, GATEWAY, PREFIX_BITS)?;
            Ok::<_, std::io::Error>(routing)
        };
        Ok(Self {
            routing: make().map_err(failed)?,
            has_pool,
            ready: None,
            taken: None,
            port: None,
            count: 0,
        })
    }

    fn make_place(&mut self, directory: &Path) -> Result<Place, NetworkError> {
        let address = Ipv4Addr::from(u32::from(GATEWAY) + 1 + self.count % ADDRESSES);
        let device = format!("veth{}", self.count);
        self.count += 1;
        let namespace = NetworkNamespace::new(&directory.join(format!("{device}.netns")))
            .map_err(NetworkError::of("make a network namespace", NEEDS))?;
        let connect = || {
            use std::os::fd::AsFd;
            self.routing
                .add_veth(&device, BRIDGE, DEVICE, namespace.as_fd())?;
            namespace.inside(|| {
                let routing = Routing::open()?;
                routing.set_up("lo")?;
                routing.add_address(DEVICE, address, PREFIX_BITS)?;
                routing.set_up(DEVICE)?;
                routing.add_default_route(GATEWAY)
            })
        };
        match connect() {
            Ok(()) => Ok(Place {
                namespace,
                device,
                address,
            }),
            Err(error) => {
                // Its devices go with it.
                let _ = namespace.remove();
                Err(NetworkError::of("connect a container", NEEDS)(error))
            }
        }
    }
}

impl Network for Bridge {
    fn refill(&mut self, directory: &Path) -> Result<(), NetworkError> {
        if self.has_pool && self.ready.is_none() {
            self.ready = Some(self.make_place(directory)?);
        }
        Ok(())
    }

    fn attach(
        &mut self,
        directory: &Path,
        port: Option<u16>,
    ) -> Result<ContainerNetwork, NetworkError> {
        let place = match self.ready.take() {
            Some(ready) => ready,
            None => self.make_place(directory)?,
        };
        let (path, address) = (place.namespace.path().to_path_buf(), place.address);
        self.taken = Some(place);
        self.port = port
            .map(|port| MappedPort::new(address, port))
            .transpose()?;
        Ok(ContainerNetwork::At(path))
    }

    fn address(&self) -> Option<SocketAddr> {
        self.port.as_ref().map(MappedPort::address)
    }

    /// The pair of devices is removed at once, as managers do; the namespace goes when the kernel
    /// comes to it.
    fn release(&mut self) -> Result<(), NetworkError> {
        if let Some(port) = self.port.take() {
            port.remove()?;
        }
        if let Some(place) = self.taken.take() {
            self.routing
                .remove_link(&place.device)
                .and_then(|()| place.namespace.remove())
                .map_err(NetworkError::of("remove a container's network", NEEDS))?;
        }
        Ok(())
    }
}
