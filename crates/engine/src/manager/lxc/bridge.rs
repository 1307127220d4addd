//! The bridge of LXC's containers, as lxc-net sets it up on a host.

use std::net::Ipv4Addr;

use crate::manager::ManagerError;
use crate::network::routing::Routing;

/// Its name, the same as lxc-net's.
pub const NAME: &str = "lxcbr0";
/// Its own address, the same as lxc-net's.
pub const GATEWAY: Ipv4Addr = Ipv4Addr::new(10, 0, 3, 1);
/// Bits of the subnet's number.
pub const PREFIX_BITS: u8 = 24;
/// Addresses of the subnet, but for its first two and its last.
const ADDRESSES: u32 = (1 << (32 - PREFIX_BITS as u32)) - 3;

/// Gives addresses away, one after the other, so that none is given while the kernel still takes
/// down the last network that had it.
#[derive(Debug)]
pub struct Bridge {
    count: u32,
}

impl Bridge {
    /// Makes the bridge in the sandbox.
    ///
    /// # Errors
    /// When the kernel has no bridges.
    pub fn new() -> Result<Self, ManagerError> {
        let make = || {
            let routing = Routing::open()?;
            routing.add_bridge(NAME)?;
            routing.add_address(NAME, GATEWAY, PREFIX_BITS)
        };
        make().map_err(ManagerError::system(format!("make the bridge {NAME}")))?;
        Ok(Self { count: 0 })
    }

    /// An address for the next container.
    pub fn next_address(&mut self) -> Ipv4Addr {
        let address = Ipv4Addr::from(u32::from(GATEWAY) + 1 + self.count % ADDRESSES);
        self.count += 1;
        address
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_differ_and_stay_between_the_gateway_and_the_broadcast() {
        let mut bridge = Bridge { count: 0 };
        let first = bridge.next_address();
        assert_eq!(first, Ipv4Addr::new(10, 0, 3, 2));
        let rest: Vec<_> = (1..ADDRESSES).map(|_| bridge.next_address()).collect();
        assert!(!rest.contains(&first));
        assert_eq!(rest.last(), Some(&Ipv4Addr::new(10, 0, 3, 254)));
        assert_eq!(bridge.next_address(), first);
    }
}
