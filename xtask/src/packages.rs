//! The system packages that the tests need, and how each distribution installs them.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use crate::command;

/// A program that the tests run, and the package that holds it.
struct Needed {
    /// Name of the program.
    program: &'static str,
    /// The purpose, as the predicate of the sentence "<program> <reason>".
    reason: &'static str,
    /// Package on Debian and Ubuntu.
    apt: &'static str,
    /// Package on Fedora and its kin.
    dnf: &'static str,
    /// Package on Arch Linux.
    pacman: &'static str,
    /// Package on Alpine Linux.
    apk: &'static str,
}

const NEEDED: &[Needed] = &[
    Needed {
        program: "strace",
        reason: "counts system calls independently",
        apt: "strace",
        dnf: "strace",
        pacman: "strace",
        apk: "strace",
    },
    Needed {
        program: "hyperfine",
        reason: "takes the time of commands independently",
        apt: "hyperfine",
        dnf: "hyperfine",
        pacman: "hyperfine",
        apk: "hyperfine",
    },
    Needed {
        program: "chromium",
        reason: "opens reports that are pages",
        apt: "chromium",
        dnf: "chromium-headless",
        pacman: "chromium",
        apk: "chromium",
    },
    Needed {
        program: "npm",
        reason: "installs the checkers of scripts and readers of exported files",
        apt: "npm",
        dnf: "nodejs-npm",
        pacman: "npm",
        apk: "npm",
    },
    Needed {
        program: "pip3",
        reason: "installs readers of exported files",
        apt: "python3-pip",
        dnf: "python3-pip",
        pacman: "python-pip",
        apk: "py3-pip",
    },
    Needed {
        program: "podman",
        reason: "is the engine that is traced from outside",
        apt: "podman",
        dnf: "podman",
        pacman: "podman",
        apk: "podman",
    },
    Needed {
        program: "crun",
        reason: "is podman's runtime",
        apt: "crun",
        dnf: "crun",
        pacman: "crun",
        apk: "crun",
    },
    Needed {
        program: "runc",
        reason: "is driven by the embedded engine, as crun is",
        apt: "runc",
        dnf: "runc",
        pacman: "runc",
        apk: "runc",
    },
    Needed {
        program: "fuse-overlayfs",
        reason: "is a storage of podman's and of the embedded engine's",
        apt: "fuse-overlayfs",
        dnf: "fuse-overlayfs",
        pacman: "fuse-overlayfs",
        apk: "fuse-overlayfs",
    },
    Needed {
        program: "slirp4netns",
        reason: "is podman's network without root",
        apt: "slirp4netns",
        dnf: "slirp4netns",
        pacman: "slirp4netns",
        apk: "slirp4netns",
    },
    Needed {
        program: "newuidmap",
        reason: "gives podman without root its subordinate ids",
        apt: "uidmap",
        dnf: "shadow-utils-subid",
        pacman: "shadow",
        apk: "shadow-uidmap",
    },
    Needed {
        program: "dockerd",
        reason: "is traced through its client, and driven by the engine",
        apt: "docker.io",
        dnf: "moby-engine",
        pacman: "docker",
        apk: "docker",
    },
    Needed {
        program: "ctr",
        reason: "drives a containerd of the engine's own",
        apt: "containerd",
        dnf: "containerd",
        pacman: "containerd",
        apk: "containerd-ctr",
    },
    Needed {
        program: "iptables",
        reason: "is how dockerd sets networks up",
        apt: "iptables",
        dnf: "iptables",
        pacman: "iptables",
        apk: "iptables",
    },
    Needed {
        program: "unshare",
        reason: "makes namespaces in traced commands",
        apt: "util-linux",
        dnf: "util-linux",
        pacman: "util-linux",
        apk: "util-linux-misc",
    },
    Needed {
        program: "losetup",
        reason: "makes the loop device of the disk test",
        apt: "mount",
        dnf: "util-linux",
        pacman: "util-linux",
        apk: "losetup",
    },
    Needed {
        program: "mkfs.ext4",
        reason: "makes the file system of the disk test",
        apt: "e2fsprogs",
        dnf: "e2fsprogs",
        pacman: "e2fsprogs",
        apk: "e2fsprogs",
    },
    Needed {
        program: "ip",
        reason: "lists the network namespaces that are left",
        apt: "iproute2",
        dnf: "iproute",
        pacman: "iproute2",
        apk: "iproute2",
    },
    Needed {
        program: "mkfs.btrfs",
        reason: "makes stores of that file system",
        apt: "btrfs-progs",
        dnf: "btrfs-progs",
        pacman: "btrfs-progs",
        apk: "btrfs-progs",
    },
    Needed {
        program: "mkfs.xfs",
        reason: "makes stores of that file system",
        apt: "xfsprogs",
        dnf: "xfsprogs",
        pacman: "xfsprogs",
        apk: "xfsprogs",
    },
    Needed {
        program: "fusermount3",
        reason: "mounts file systems of programs",
        apt: "fuse3",
        dnf: "fuse3",
        pacman: "fuse3",
        apk: "fuse3",
    },
    Needed {
        program: "lvm",
        reason: "makes thin volumes",
        apt: "lvm2",
        dnf: "lvm2",
        pacman: "lvm2",
        apk: "lvm2",
    },
    Needed {
        program: "thin_check",
        reason: "is run by lvm on its thin pools",
        apt: "thin-provisioning-tools",
        dnf: "device-mapper-persistent-data",
        pacman: "thin-provisioning-tools",
        apk: "thin-provisioning-tools",
    },
    Needed {
        program: "sqlite3",
        reason: "makes the databases, and is run by the database workloads",
        apt: "sqlite3",
        dnf: "sqlite",
        pacman: "sqlite",
        apk: "sqlite",
    },
    Needed {
        program: "lighttpd",
        reason: "is the server of the workload http-server",
        apt: "lighttpd",
        dnf: "lighttpd",
        pacman: "lighttpd",
        apk: "lighttpd",
    },
    Needed {
        program: "busybox",
        reason: "is the content of small images",
        apt: "busybox-static",
        dnf: "busybox",
        pacman: "busybox",
        apk: "busybox-static",
    },
    Needed {
        program: "musl-gcc",
        reason: "compiles the BusyBox of the image musl-busybox, from a source package of apt",
        apt: "musl-tools",
        dnf: "",
        pacman: "",
        apk: "",
    },
    Needed {
        program: "ping",
        reason: "is run by the workload ping",
        apt: "iputils-ping",
        dnf: "iputils",
        pacman: "iputils",
        apk: "iputils-ping",
    },
    Needed {
        program: "lxc-start",
        reason: "is driven through containers' lives, with its kin",
        apt: "lxc",
        dnf: "lxc",
        pacman: "lxc",
        apk: "lxc",
    },
    Needed {
        program: "rsync",
        reason: "copies the folders of LXC's containers",
        apt: "rsync",
        dnf: "rsync",
        pacman: "rsync",
        apk: "rsync",
    },
    Needed {
        program: "lxd",
        reason: "is the daemon behind the client lxc",
        apt: "lxd",
        dnf: "lxd",
        pacman: "lxd",
        apk: "lxd",
    },
    Needed {
        program: "lxc",
        reason: "is the client of lxd",
        apt: "lxd-client",
        dnf: "lxd",
        pacman: "lxd",
        apk: "lxd-client",
    },
    Needed {
        program: "dnsmasq",
        reason: "serves names and addresses on LXD's bridge",
        apt: "dnsmasq-base",
        dnf: "dnsmasq",
        pacman: "dnsmasq",
        apk: "dnsmasq",
    },
    Needed {
        program: "nft",
        reason: "sets up LXD's firewall",
        apt: "nftables",
        dnf: "nftables",
        pacman: "nftables",
        apk: "nftables",
    },
    Needed {
        program: "lz4",
        reason: "unpacks kernels for guests",
        apt: "lz4",
        dnf: "lz4",
        pacman: "lz4",
        apk: "lz4",
    },
    Needed {
        program: "xz",
        reason: "unpacks their modules",
        apt: "xz-utils",
        dnf: "xz",
        pacman: "xz",
        apk: "xz",
    },
    Needed {
        program: "zstd",
        reason: "unpacks kernels for guests",
        apt: "zstd",
        dnf: "zstd",
        pacman: "zstd",
        apk: "zstd",
    },
];

/// A package manager.
struct Manager {
    program: &'static str,
    /// Run before `install`: fresh machines have no package lists.
    refresh: Option<&'static [&'static str]>,
    install: &'static [&'static str],
    package: fn(&Needed) -> &'static str,
}

const MANAGERS: &[Manager] = &[
    Manager {
        program: "apt-get",
        refresh: Some(&["apt-get", "update", "--quiet"]),
        install: &[
            "apt-get",
            "install",
            "--yes",
            "--quiet",
            "--no-install-recommends",
        ],
        package: |needed| needed.apt,
    },
    Manager {
        program: "dnf",
        refresh: None,
        install: &["dnf", "install", "--assumeyes"],
        package: |needed| needed.dnf,
    },
    Manager {
        program: "pacman",
        refresh: None,
        install: &["pacman", "--sync", "--refresh", "--needed", "--noconfirm"],
        package: |needed| needed.pacman,
    },
    Manager {
        program: "apk",
        refresh: None,
        install: &["apk", "add", "--update-cache"],
        package: |needed| needed.apk,
    },
];

/// Installs what is missing; where this is not root, fails with the line to run.
pub fn install_missing() -> Result<()> {
    let missing: Vec<&Needed> = NEEDED
        .iter()
        .filter(|needed| command::find_program(needed.program).is_none())
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    for needed in &missing {
        eprintln!("missing: {} {}", needed.program, needed.reason);
    }
    let Some(manager) = MANAGERS
        .iter()
        .find(|manager| command::find_program(manager.program).is_some())
    else {
        bail!(
            "no package manager of apt-get, dnf, pacman, apk is here; install the programs named above"
        );
    };
    let missing: Vec<&Needed> = missing
        .into_iter()
        .filter(|needed| !(manager.package)(needed).is_empty())
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    if !command::is_root()? {
        bail!(
            "not root, so nothing was installed; run:\n  {}",
            shell_line(manager, &missing)
        );
    }
    for line in lines(manager, &missing) {
        command::run(of_words(&line).env("DEBIAN_FRONTEND", "noninteractive"))?;
    }
    match missing
        .iter()
        .find(|needed| command::find_program(needed.program).is_none())
    {
        None => Ok(()),
        Some(needed) => bail!(
            "{} is still missing after the installation of {}",
            needed.program,
            (manager.package)(needed)
        ),
    }
}

/// The command lines that install `missing`, as words.
fn lines(manager: &Manager, missing: &[&Needed]) -> Vec<Vec<&'static str>> {
    let mut packages: Vec<&str> = missing
        .iter()
        .map(|needed| (manager.package)(needed))
        .collect();
    packages.sort_unstable();
    packages.dedup();
    let install = manager.install.iter().copied().chain(packages).collect();
    manager
        .refresh
        .map(<[_]>::to_vec)
        .into_iter()
        .chain([install])
        .collect()
}

fn of_words(words: &[&str]) -> Command {
    let mut words = words.iter();
    let mut command = Command::new(Path::new(words.next().copied().unwrap_or_default()));
    command.args(words);
    command
}

fn shell_line(manager: &Manager, missing: &[&Needed]) -> String {
    let lines = lines(manager, missing);
    let lines: Vec<String> = lines
        .iter()
        .map(|line| format!("sudo {}", line.join(" ")))
        .collect();
    lines.join(" && ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manager(program: &str) -> Option<&'static Manager> {
        MANAGERS.iter().find(|manager| manager.program == program)
    }

    fn missing(programs: &[&str]) -> Vec<&'static Needed> {
        NEEDED
            .iter()
            .filter(|needed| programs.contains(&needed.program))
            .collect()
    }

    #[test]
    fn debian_refreshes_its_lists_first() {
        let line =
            manager("apt-get").map(|apt| shell_line(apt, &missing(&["strace", "mkfs.ext4"])));
        let expected = "sudo apt-get update --quiet && \
            sudo apt-get install --yes --quiet --no-install-recommends e2fsprogs strace";
        assert_eq!(line.as_deref(), Some(expected));
    }

    #[test]
    fn a_package_is_named_once_though_two_programs_come_from_it() {
        let line = manager("dnf").map(|dnf| shell_line(dnf, &missing(&["unshare", "losetup"])));
        assert_eq!(
            line.as_deref(),
            Some("sudo dnf install --assumeyes util-linux")
        );
    }
}
