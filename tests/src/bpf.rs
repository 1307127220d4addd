//! Which BPF objects a process holds, and whether they still exist.

use std::fs;

use anyhow::{Context, Result};

/// A kind of BPF object, by the line of its id in `/proc/PID/fdinfo` (proc(5)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A program.
    Program,
    /// A map.
    Map,
    /// A link.
    Link,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Program, Self::Map, Self::Link];

    const fn field(self) -> &'static str {
        match self {
            Self::Program => "prog_id:",
            Self::Map => "map_id:",
            Self::Link => "link_id:",
        }
    }

    /// `BPF_*_GET_FD_BY_ID` of bpf(2), include/uapi/linux/bpf.h.
    const fn get_fd_by_id(self) -> libc::c_long {
        match self {
            Self::Program => 13,
            Self::Map => 14,
            Self::Link => 30,
        }
    }
}

/// Every program, map and link that process `pid` holds a descriptor of.
pub fn held_by(pid: u32) -> Result<Vec<(Kind, u32)>> {
    let folder = format!("/proc/{pid}/fdinfo");
    let mut held = Vec::new();
    for entry in fs::read_dir(&folder).with_context(|| format!("failed to list {folder}"))? {
        // A descriptor may be closed while the list is read.
        let Ok(info) = fs::read_to_string(entry?.path()) else {
            continue;
        };
        for kind in Kind::ALL {
            let id = info
                .lines()
                .find_map(|line| line.strip_prefix(kind.field()));
            held.extend(
                id.and_then(|id| id.trim().parse().ok())
                    .map(|id| (kind, id)),
            );
        }
    }
    held.sort_unstable();
    held.dedup();
    Ok(held)
}

/// Whether the kernel still knows the object. Needs CAP_SYS_ADMIN.
pub fn exists(kind: Kind, id: u32) -> Result<bool> {
    // union bpf_attr, as BPF_*_GET_FD_BY_ID reads it: id, next id, open flags.
    let attributes: [u32; 3] = [id, 0, 0];
    // SAFETY: `attributes` is a valid bpf_attr of the size that is passed, and the kernel only reads it.
    let fd = unsafe {
        libc::syscall(
            libc::SYS_bpf,
            kind.get_fd_by_id(),
            attributes.as_ptr(),
            size_of_val(&attributes),
        )
    };
    if fd >= 0 {
        // SAFETY: the descriptor was just made and nothing else owns it.
        unsafe { libc::close(fd as i32) };
        return Ok(true);
    }
    let error = std::io::Error::last_os_error();
    match error.raw_os_error() {
        Some(libc::ENOENT) => Ok(false),
        Some(_) | None => Err(error).with_context(|| format!("failed to look up {kind:?} {id}")),
    }
}
