//! Files and sockets that calls waited for.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use profiler_common::{DescriptorRecord, NAME_BYTES, NAMES_MAX};
use trace::rows::Awaited;

/// Address families (include/linux/socket.h, v6.18).
const AF_INET: u16 = 2;
const AF_INET6: u16 = 10;

/// The row of a record; `names` are its strings.
pub(super) fn row(record: &DescriptorRecord, names: &[u8]) -> Awaited {
    Awaited {
        start_ns: record.start_ns,
        tid: record.header.tid,
        tgid: record.tgid,
        nr: record.nr,
        descriptor: record.descriptor,
        fs_magic: record.fs_magic,
        device: record.device,
        inode: record.inode,
        path: if record.family == 0 {
            path(record.fs_magic, names)
        } else {
            first_name(names)
        },
        family: record.family,
        socket_type: record.socket_type,
        protocol: record.protocol,
        peer_address: peer_address(record),
        peer_port: record.peer_port,
        peer_pid: record.peer_pid,
        limit_ns: record.limit_ns,
        events: record.events,
        revents: record.revents,
    }
}

fn peer_address(record: &DescriptorRecord) -> String {
    let address = match (record.family, record.peer_port) {
        (_, 0) => return String::new(),
        (AF_INET, _) => {
            let [a, b, c, d, ..] = record.peer_address;
            IpAddr::V4(Ipv4Addr::new(a, b, c, d))
        }
        (AF_INET6, _) => IpAddr::V6(Ipv6Addr::from(record.peer_address)),
        (_, _) => return String::new(),
    };
    address.to_canonical().to_string()
}

/// File systems whose files are in no directory: pipes, what `anon_inode` holds, pidfds
/// (include/uapi/linux/magic.h, v6.18).
const WITHOUT_TREE: &[u32] = &[0x5049_5045, 0x0904_1934, 0x5049_4446];

/// The path of a file whose names are given innermost first. Where there was no room for all of
/// them it begins with an ellipsis.
fn path(fs_magic: u32, names: &[u8]) -> String {
    if WITHOUT_TREE.contains(&fs_magic) {
        return first_name(names);
    }
    let names: Vec<String> = names.chunks(NAME_BYTES).map(name).collect();
    let start = if names.len() == NAMES_MAX {
        "…/"
    } else {
        "/"
    };
    let mut parts: Vec<&str> = names.iter().map(String::as_str).collect();
    parts.retain(|&name| name != "/");
    parts.reverse();
    format!("{start}{}", parts.join("/"))
}

fn first_name(names: &[u8]) -> String {
    names.chunks(NAME_BYTES).next().map_or(String::new(), name)
}

fn name(place: &[u8]) -> String {
    let len = place.iter().position(|&byte| byte == 0);
    String::from_utf8_lossy(&place[..len.unwrap_or(place.len())]).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for name in names {
            let mut place = [0; NAME_BYTES];
            place[..name.len()].copy_from_slice(name.as_bytes());
            bytes.extend(place);
        }
        bytes
    }

    #[test]
    fn names_make_a_path() {
        assert_eq!(
            path(1, &names(&["xtables.lock", "run"])),
            "/run/xtables.lock"
        );
        assert_eq!(path(0x0904_1934, &names(&["[eventfd]"])), "[eventfd]");
        assert_eq!(path(1, &names(&["/"])), "/");
        let deep = names(&["h", "g", "f", "e", "d", "c", "b", "a"]);
        assert_eq!(path(1, &deep), "…/a/b/c/d/e/f/g/h");
    }
}
