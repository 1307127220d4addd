//! The files and sockets that calls waited for, in words.

use std::collections::HashMap;

use crate::attribution::file_system::FileSystem;
use crate::attribution::pattern;
use crate::timeline::Timeline;
use trace::rows::Awaited;

/// The rows of `awaited` by thread and start of the call.
#[derive(Debug)]
pub(super) struct Subjects<'t, 'a> {
    timeline: &'t Timeline<'a>,
    by_call: HashMap<(u32, u64), Vec<&'a Awaited>>,
}

impl<'t, 'a> Subjects<'t, 'a> {
    pub(super) fn new(timeline: &'t Timeline<'a>) -> Self {
        let mut by_call: HashMap<_, Vec<_>> = HashMap::new();
        for row in &timeline.tables().awaited {
            by_call
                .entry((row.tid, row.start_ns))
                .or_default()
                .push(row);
        }
        Self { timeline, by_call }
    }

    /// The files and sockets that a call waited for: a row of `spans`. Empty if they are not known.
    pub(super) fn of_call(&self, span: Option<u32>) -> String {
        let Some(span) = span.map(|row| self.timeline.span(row)) else {
            return String::new();
        };
        let rows = self.by_call.get(&(span.tid, span.start_ns));
        let mut names: Vec<String> = Vec::new();
        for row in rows.into_iter().flatten() {
            let name = self.name(row);
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names.join(", ")
    }

    /// The time limit for receiving of the socket that a call waited for; nothing for none.
    pub(super) fn limit_ns(&self, span: Option<u32>) -> Option<u64> {
        let span = self.timeline.span(span?);
        let rows = self.by_call.get(&(span.tid, span.start_ns))?;
        let limit_ns = rows.first()?.limit_ns;
        (limit_ns > 0).then_some(limit_ns)
    }

    /// By address family (include/linux/socket.h, v6.18).
    fn name(&self, row: &Awaited) -> String {
        match row.family {
            0 => file(row),
            1 => self.unix(row),
            2 | 10 => internet(row),
            16 => "netlink socket".to_owned(),
            17 => "packet socket".to_owned(),
            40 => "vsock socket".to_owned(),
            _ => "socket".to_owned(),
        }
    }

    fn unix(&self, row: &Awaited) -> String {
        let peer = self.timeline.process_at(row.peer_pid, row.start_ns);
        let comm = peer
            .filter(|_| row.peer_pid != 0)
            .map(|peer| self.timeline.process_comm(peer, row.start_ns))
            .filter(|comm| !comm.is_empty());
        match (row.path.as_str(), comm) {
            ("", None) => "unix socket".to_owned(),
            ("", Some(comm)) => format!("unix socket of {comm}"),
            (path, _) => format!("unix socket {}", pattern::of(path)),
        }
    }
}

/// Protocols (include/uapi/linux/in.h, v6.18).
fn internet(row: &Awaited) -> String {
    let protocol = match row.protocol {
        1 | 58 => "ICMP",
        6 => "TCP",
        17 => "UDP",
        _ => "IP",
    };
    match (row.peer_address.as_str(), row.family) {
        ("", _) => format!("{protocol} socket"),
        (address, 2) => format!("{protocol} {address}:{}", row.peer_port),
        (address, _) => format!("{protocol} [{address}]:{}", row.peer_port),
    }
}

fn file(row: &Awaited) -> String {
    match FileSystem::from_magic(row.fs_magic) {
        FileSystem::ANON_INODE => anonymous(&row.path).to_owned(),
        FileSystem::PIDFS => "pidfd".to_owned(),
        FileSystem::PIPEFS => "pipe".to_owned(),
        _ => pattern::of(&row.path),
    }
}

/// Kinds of `anon_inode` files by the names that they are made with (`anon_inode_getfd` and its like in fs, io_uring and
/// kernel, v6.18).
fn anonymous(name: &str) -> &str {
    match name.trim_matches(['[', ']']) {
        "eventpoll" => "epoll",
        "timerfd" => "timer",
        "" => "anonymous file",
        name => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(family: u16, path: &str) -> Awaited {
        Awaited {
            start_ns: 0,
            tid: 1,
            tgid: 1,
            nr: 0,
            descriptor: 3,
            fs_magic: 0,
            device: 0,
            inode: 0,
            path: path.to_owned(),
            family,
            socket_type: 2,
            protocol: 17,
            peer_address: String::new(),
            peer_port: 0,
            peer_pid: 0,
            limit_ns: 0,
            events: 1,
            revents: 0,
        }
    }

    #[test]
    fn sockets_are_named_by_their_peer() {
        let mut peer = row(2, "");
        assert_eq!(internet(&peer), "UDP socket");
        (peer.peer_address, peer.peer_port) = ("127.0.0.53".to_owned(), 53);
        assert_eq!(internet(&peer), "UDP 127.0.0.53:53");
        peer = row(10, "");
        (peer.peer_address, peer.peer_port) = ("::1".to_owned(), 53);
        assert_eq!(internet(&peer), "UDP [::1]:53");
    }

    #[test]
    fn anonymous_files_are_named_by_their_kind() {
        for (name, kind) in [
            ("[timerfd]", "timer"),
            ("[eventpoll]", "epoll"),
            ("[eventfd]", "eventfd"),
            ("[signalfd]", "signalfd"),
            ("inotify", "inotify"),
            ("[io_uring]", "io_uring"),
        ] {
            let mut anonymous = row(0, name);
            anonymous.fs_magic = FileSystem::ANON_INODE.magic();
            assert_eq!(file(&anonymous), kind);
        }
        assert_eq!(file(&row(0, "/run/xtables.lock")), "/run/xtables.lock");
    }
}
