//! Roles and trades of programs, by name.

use crate::timeline::Program;
use trace::role::Role;

/// The purpose of a program's work in the kernel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Trade {
    /// Nothing in particular.
    #[default]
    General,
    /// It sets up networks.
    Network,
    /// It unpacks or mounts layers.
    Snapshot,
}

/// A line of the table of programs.
struct Known {
    name: &'static str,
    role: Role,
    trade: Trade,
}

const fn known(name: &'static str, role: Role, trade: Trade) -> Known {
    Known { name, role, trade }
}

use Role::{Client, Helper, Manager, Runtime, Shim};
use Trade::{General, Network, Snapshot};

/// Programs by their whole names.
const BY_NAME: &[Known] = &[
    known("docker", Client, General),
    known("ctr", Client, General),
    known("nerdctl", Client, General),
    known("crictl", Client, General),
    known("lxc", Client, General),
    known("incus", Client, General),
    known("podman", Manager, General),
    known("podman-remote", Client, General),
    known("buildah", Manager, General),
    known("buildah-copier", Manager, Snapshot),
    known("buildah-oci-runtime", Manager, General),
    known("buildah-chroot-runtime", Runtime, General),
    known("dockerd", Manager, General),
    known("containerd", Manager, General),
    known("crio", Manager, General),
    known("lxd", Manager, General),
    known("incusd", Manager, General),
    known("lxc-create", Manager, General),
    known("lxc-copy", Manager, General),
    known("lxc-destroy", Manager, General),
    known("conmon", Shim, General),
    known("conmonrs", Shim, General),
    known("containerd-shim", Shim, General),
    known("crun", Runtime, General),
    known("runc", Runtime, General),
    known("youki", Runtime, General),
    known("runsc", Runtime, General),
    known("runsc-sandbox", Runtime, General),
    known("runsc-gofer", Runtime, General),
    known("kata-runtime", Runtime, General),
    known("lxc-start", Runtime, General),
    known("lxc-execute", Runtime, General),
    known("lxc-attach", Runtime, General),
    known("lxc-stop", Runtime, General),
    known("netavark", Helper, Network),
    known("aardvark-dns", Helper, Network),
    known("docker-proxy", Helper, Network),
    known("slirp4netns", Helper, Network),
    known("pasta", Helper, Network),
    known("pasta.avx2", Helper, Network),
    known("passt", Helper, Network),
    known("rootlessport", Helper, Network),
    known("lxc-user-nic", Helper, Network),
    known("dnsmasq", Helper, Network),
    known("ip", Helper, Network),
    known("tc", Helper, Network),
    known("bridge", Helper, Network),
    known("nft", Helper, Network),
    known("iptables", Helper, Network),
    known("ip6tables", Helper, Network),
    known("iptables-restore", Helper, Network),
    known("ip6tables-restore", Helper, Network),
    known("iptables-save", Helper, Network),
    known("ip6tables-save", Helper, Network),
    known("ebtables", Helper, Network),
    known("ipset", Helper, Network),
    known("sysctl", Helper, General),
    known("fuse-overlayfs", Helper, Snapshot),
    known("lvm", Helper, Snapshot),
    known("zfs", Helper, Snapshot),
    known("zpool", Helper, Snapshot),
    known("libnetwork-setkey", Manager, Network),
    known("set-ipv6", Manager, Network),
    known("setup-resolver", Manager, Network),
    known("docker-untar", Manager, Snapshot),
    known("docker-tar", Manager, Snapshot),
    known("docker-applyLayer", Manager, Snapshot),
    known("storage-untar", Manager, Snapshot),
    known("storage-tar", Manager, Snapshot),
    known("storage-applyLayer", Manager, Snapshot),
    known("unpigz", Helper, Snapshot),
    known("catatonit", Helper, General),
    known("docker-init", Helper, General),
    known("tini", Helper, General),
    known("newuidmap", Helper, General),
    known("newgidmap", Helper, General),
];

/// Programs by the beginnings of their names.
const BY_PREFIX: &[Known] = &[
    known("containerd-shim-", Shim, General),
    known("xtables-", Helper, Network),
    known("mount.", Helper, General),
    known("umount.", Helper, General),
    known("mkfs.", Helper, Snapshot),
    known("docker-", Client, General),
];

/// Plug-ins of the container network interface, by directory: their names are words of their own
/// (`bridge`, `host-local`, `loopback`, ...).
const CNI_DIRECTORIES: &[&str] = &["/cni/", "/cni-bin/"];

/// Sub-commands that make another of a program: (program, first argument, role).
const BY_SUBCOMMAND: &[(&str, &str, Role)] = &[
    ("ctrprof", "engine", Manager),
    ("lxd", "forkstart", Runtime),
    ("lxd", "forkexec", Runtime),
    ("lxd", "forknet", Helper),
    ("lxd", "forkdns", Helper),
    ("lxd", "forkproxy", Helper),
    ("lxd", "callhook", Helper),
];

/// Programs that copy or unpack layers where a manager runs them. Others run them too, so their
/// names alone say nothing.
const COPIERS: &[&str] = &["btrfs", "cp", "rsync", "tar", "unsquashfs"];

/// The trade of a program of no known role that a manager or one of its helpers runs.
pub fn trade_under_manager(program: &Program<'_>) -> Trade {
    if COPIERS.contains(&name_of(program)) {
        Snapshot
    } else {
        General
    }
}

/// The role and trade of a program; nothing for an unknown one.
pub fn of_program(program: &Program<'_>) -> Option<(Role, Trade)> {
    let name = name_of(program);
    let first = program.arguments().nth(1).unwrap_or_default();
    if let Some((_, _, role)) = BY_SUBCOMMAND
        .iter()
        .find(|(program, argument, _)| *program == name && *argument == first)
    {
        return Some((*role, General));
    }
    if CNI_DIRECTORIES
        .iter()
        .any(|part| program.path.contains(part))
    {
        return Some((Helper, Network));
    }
    of_name(name)
}

/// Programs that work for whoever asks them.
const DAEMONS: &[&str] = &["containerd", "crio", "dockerd", "incusd", "lxd"];

/// Whether a program works for whoever asks it, rather than for who started it.
pub fn is_daemon(program: &Program<'_>) -> bool {
    DAEMONS.contains(&name_of(program))
}

/// The role and trade of the program of this name.
pub fn of_name(name: &str) -> Option<(Role, Trade)> {
    let exact = BY_NAME.iter().find(|known| known.name == name);
    let found = exact.or_else(|| BY_PREFIX.iter().find(|known| name.starts_with(known.name)));
    found.map(|known| (known.role, known.trade))
}

/// The name of a thread, as people know it: one that runs its own program anew is named after the
/// link through which it does (`exe`), and only its first argument tells what it is. What the kernel's
/// workers do for its io_uring is its own work.
pub fn shown_name<'a>(comm: &'a str, program: &Program<'a>) -> &'a str {
    match name_of(program) {
        "" => comm,
        // The file that a program copied itself to has its name, cut off.
        name if comm.starts_with("memfd:") || is_io_worker(comm) => name,
        _ if program.file_name() != comm => comm,
        name => name,
    }
}

/// Whether a thread of a process is a worker of its io_uring, which the kernel names after a number (io_uring/io-wq.c,
/// io_uring/sqpoll.c, v6.18).
fn is_io_worker(comm: &str) -> bool {
    ["iou-wrk-", "iou-sqp-"]
        .iter()
        .any(|prefix| comm.starts_with(prefix))
}

/// The name by which a program goes. One that runs itself anew does so through /proc or a
/// descriptor, whose path tells nothing: then its first argument does, or else the second.
pub fn name_of<'a>(program: &Program<'a>) -> &'a str {
    let mut path = program.path;
    for argument in program.arguments().take(2) {
        if !is_indirect(path) || argument.starts_with('-') {
            break;
        }
        path = argument;
    }
    path.rsplit('/').next().unwrap_or(path)
}

fn is_indirect(path: &str) -> bool {
    const INDIRECT: &[&str] = &["/proc/", "/dev/fd/", "memfd:", "/memfd:"];
    path.is_empty() || INDIRECT.iter().any(|prefix| path.starts_with(prefix))
}

/// Options by which managers are told where to keep images and layers.
const GRAPH_ROOT_OPTIONS: &[&str] = &[
    "--root",
    "--data-root",
    "--graph",
    "--image",
    "-g",
    "--lxcpath",
];

/// The directories that a manager's command line names for images and layers.
pub fn graph_roots<'a>(program: &Program<'a>) -> Vec<&'a str> {
    let mut roots = Vec::new();
    let mut arguments = program.arguments().skip(1);
    while let Some(argument) = arguments.next() {
        let value = match argument.split_once('=') {
            Some((option, value)) if GRAPH_ROOT_OPTIONS.contains(&option) => Some(value),
            Some(_) => None,
            None if GRAPH_ROOT_OPTIONS.contains(&argument) => arguments.next(),
            None => None,
        };
        roots.extend(
            value
                .map(|path| path.trim_end_matches('/'))
                // The root directory, or a relative path, would tell nothing.
                .filter(|path| path.len() > 1 && path.starts_with('/')),
        );
    }
    roots
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program<'a>(path: &'a str, argv: &'a str) -> Program<'a> {
        Program { path, argv }
    }

    #[test]
    fn programs_are_known_by_path_argument_or_directory() {
        for (path, argv, expected) in [
            ("/usr/bin/podman", "podman\0run", Some((Manager, General))),
            (
                "/usr/bin/containerd-shim-runc-v2",
                "x",
                Some((Shim, General)),
            ),
            (
                "/proc/self/exe",
                "docker-untar\0/",
                Some((Manager, Snapshot)),
            ),
            ("/proc/self/fd/7", "runc\0init", Some((Runtime, General))),
            ("/usr/lib/cni/bridge", "bridge", Some((Helper, Network))),
            ("/opt/cni/bin/host-local", "x", Some((Helper, Network))),
            ("/usr/sbin/xtables-nft-multi", "x", Some((Helper, Network))),
            (
                "/usr/bin/ctrprof",
                "ctrprof\0engine",
                Some((Manager, General)),
            ),
            ("/usr/bin/ctrprof", "ctrprof\0report", None),
            (
                "/usr/bin/lxd",
                "/usr/bin/lxd\0callhook",
                Some((Helper, General)),
            ),
            ("/bin/sh", "sh", None),
            ("", "", None),
        ] {
            assert_eq!(of_program(&program(path, argv)), expected, "{path} {argv}");
        }
    }

    #[test]
    fn programs_that_run_themselves_are_known_by_their_first_argument() {
        let anew = program(
            "/proc/8445/exe",
            "libnetwork-setkey\0-exec-root=/run/docker",
        );
        assert_eq!(shown_name("exe", &anew), "libnetwork-setkey");
        assert_eq!(shown_name("worker", &anew), "worker");
        let plain = program("/usr/bin/podman", "podman\0run");
        assert_eq!(shown_name("podman", &plain), "podman");
        assert_eq!(shown_name("iou-wrk-8445", &plain), "podman");
        assert_eq!(shown_name("exe", &program("/proc/self/exe", "")), "exe");
        let hook = program("/proc/51/exe", "/proc/51/exe\0callhook\0/var/lib/lxd");
        assert_eq!(shown_name("exe", &hook), "callhook");
        let copied = program("/dev/fd/3", "lxc-attach\0-n\0x");
        assert_eq!(shown_name("memfd:lxc-attac", &copied), "lxc-attach");
    }

    #[test]
    fn no_program_has_two_lines() {
        for (index, known) in BY_NAME.iter().enumerate() {
            assert!(
                BY_NAME[..index]
                    .iter()
                    .all(|other| other.name != known.name),
                "{}",
                known.name
            );
        }
    }

    #[test]
    fn graph_roots_come_from_either_form_of_an_option() {
        let argv = "dockerd\0--data-root\0/srv/a/\0--root=/srv/b\0-g\0/\0--log-level=info";
        assert_eq!(
            graph_roots(&program("/usr/bin/dockerd", argv)),
            ["/srv/a", "/srv/b"]
        );
    }
}
