//! The requirements on the host before the engine's first run.

use std::fs;
use std::io;

use super::spec::HostLimits;

/// Reads what the specification depends on.
///
/// # Errors
/// When /proc is not mounted.
pub fn limits() -> io::Result<HostLimits> {
    let status = fs::read_to_string("/proc/self/status")?;
    let file_systems = fs::read_to_string("/proc/filesystems")?;
    Ok(HostLimits {
        capabilities: permitted_capabilities(&status),
        mqueue: file_systems
            .lines()
            .any(|line| line.split_whitespace().last() == Some("mqueue")),
    })
}

/// The field `CapPrm` of proc_pid_status(5): a mask in hexadecimal.
fn permitted_capabilities(status: &str) -> u64 {
    status
        .lines()
        .find_map(|line| line.strip_prefix("CapPrm:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mask_of_permitted_capabilities_is_read() {
        let status = "Name:\tcat\nCapInh:\t0000000000000000\nCapPrm:\t00000000000000a1\n";
        assert_eq!(permitted_capabilities(status), 0xa1);
        assert_eq!(permitted_capabilities("Name:\tcat\n"), 0);
    }
}
