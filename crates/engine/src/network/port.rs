//! A port of the sandbox's address that leads to a container, by destination address translation.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Command, Stdio};

use super::{MAPPED_PORT, NetworkError, SANDBOX_ADDRESS};

/// A mapped port.
#[derive(Debug)]
pub struct MappedPort {
    container: Ipv4Addr,
    port: u16,
}

impl MappedPort {
    /// Maps the sandbox's port to `port` of the container, for packets from the sandbox itself
    /// (chain OUTPUT of iptables(8), as managers do beside PREROUTING).
    ///
    /// # Errors
    /// When iptables is missing or fails.
    pub fn new(container: Ipv4Addr, port: u16) -> Result<Self, NetworkError> {
        let mapped = Self { container, port };
        mapped.iptables("--append")?;
        Ok(mapped)
    }

    /// Where it is reached.
    pub fn address(&self) -> SocketAddr {
        (SANDBOX_ADDRESS, MAPPED_PORT).into()
    }

    /// Removes the mapping.
    ///
    /// # Errors
    /// When iptables fails.
    pub fn remove(self) -> Result<(), NetworkError> {
        self.iptables("--delete")
    }

    fn iptables(&self, action: &str) -> Result<(), NetworkError> {
        let output = Command::new("iptables")
            .args([
                "--wait",
                "--table",
                "nat",
                action,
                "OUTPUT",
                "--protocol",
                "tcp",
            ])
            .args(["--destination", &SANDBOX_ADDRESS.to_string()])
            .args(["--dport", &MAPPED_PORT.to_string(), "--jump", "DNAT"])
            .args([
                "--to-destination",
                &format!("{}:{}", self.container, self.port),
            ])
            .stdin(Stdio::null())
            .output()
            .map_err(|error| NetworkError::Port(error.to_string()))?;
        if output.status.success() {
            return Ok(());
        }
        let written = String::from_utf8_lossy(&output.stderr);
        Err(NetworkError::Port(written.trim().to_owned()))
    }
}
