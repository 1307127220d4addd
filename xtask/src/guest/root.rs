//! The guest's root file system: programs of this machine with their libraries, the test programs,
//! and the modules of every kernel that is to be booted.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::kernel::Kernel;
use super::tools::Tools;
use crate::command;

/// Programs that tests run in the guest, by name; all else there is busybox's.
const PROGRAMS: &[&str] = &[
    "bash",
    "cat",
    "conmon",
    "crun",
    "echo",
    "findmnt",
    "fuse-overlayfs",
    "fusermount3",
    "ip",
    "losetup",
    "lvm",
    "mkfs.btrfs",
    "mkfs.ext4",
    "mkfs.xfs",
    "mount",
    "newgidmap",
    "newuidmap",
    "podman",
    "runc",
    "sh",
    "sleep",
    "strace",
    "tar",
    "true",
    "umount",
    "unshare",
];

/// Files that some of them read, for which the machine has no choice.
const FILES_OF_PROGRAMS: &[&str] = &[
    "/etc/containers/policy.json",
    "/usr/share/containers/seccomp.json",
];

/// The script that the first root hands over to.
const INIT: &str = include_str!("init.sh");

/// Empty folders, where file systems are mounted or tests write.
const FOLDERS: &[&str] = &[
    "dev",
    "etc",
    "mnt",
    "proc",
    "root",
    "run",
    "sys",
    "tmp",
    "usr/bin",
    "usr/lib/modules",
    "usr/lib64",
    "usr/sbin",
    "var/lib",
    "var/tmp",
];

/// Links at the root, as distributions have them, to folders below `usr`.
const LINKS: &[&str] = &["bin", "lib", "lib64", "sbin"];

/// A folder that is filled, then made into an image of an ext4 file system.
pub struct Root {
    folder: PathBuf,
    copied: BTreeSet<PathBuf>,
}

impl Root {
    /// A root in `folder`, which is emptied, with the programs and modules.
    pub fn fill(folder: PathBuf, tools: &Tools, kernels: &[Kernel]) -> Result<Self> {
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        let mut root = Self {
            folder,
            copied: BTreeSet::new(),
        };
        for folder in FOLDERS {
            fs::create_dir_all(root.folder.join(folder))?;
        }
        for link in LINKS {
            symlink(format!("usr/{link}"), root.folder.join(link))?;
        }
        for program in PROGRAMS {
            root.add_program(program)?;
        }
        for file in FILES_OF_PROGRAMS {
            root.add_file(Path::new(file))?;
        }
        root.add_busybox(&tools.busybox())?;
        root.add_library_folders()?;
        for (path, content) in [
            ("etc/passwd", "root:x:0:0:root:/root:/bin/sh\n"),
            ("etc/group", "root:x:0:\n"),
            ("etc/subuid", ""),
            ("etc/subgid", ""),
        ] {
            fs::write(root.folder.join(path), content)?;
        }
        let init = root.folder.join("sbin/guest-init");
        fs::write(&init, INIT)?;
        make_executable(&init)?;
        for kernel in kernels {
            root.add_modules(kernel)?;
        }
        Ok(root)
    }

    /// Adds a program that was built here, without its symbols, at the same path as on this machine.
    pub fn add_built(&mut self, program: &Path) -> Result<()> {
        let to = self.place(program)?;
        command::run(Command::new("strip").arg("-o").arg(&to).arg(program))?;
        self.add_libraries(program)
    }

    /// Writes a script to be run in the guest.
    pub fn add_script(&self, name: &str, content: &str) -> Result<()> {
        let path = self.folder.join(name);
        fs::write(&path, content)?;
        make_executable(&path)
    }

    /// Makes the image, as large as said but only as full as needed, and removes the folder.
    pub fn into_image(self, image: &Path, bytes: u64) -> Result<()> {
        let file = fs::File::create(image)
            .with_context(|| format!("failed to make {}", image.display()))?;
        file.set_len(bytes)?;
        let Some(mke2fs) = command::find_program("mke2fs") else {
            bail!("there is no mke2fs; install e2fsprogs");
        };
        let mut make = Command::new(mke2fs);
        make.args(["-q", "-t", "ext4", "-E", "root_owner=0:0", "-d"])
            .arg(&self.folder)
            .arg(image);
        command::run(&mut make)?;
        fs::remove_dir_all(&self.folder)?;
        Ok(())
    }

    fn add_program(&mut self, name: &str) -> Result<()> {
        let Some(program) = command::find_program(name) else {
            bail!("the guest's tests need {name}, which is not on this machine; install it");
        };
        self.add_file(&program)?;
        self.add_libraries(&program)
    }

    /// Copies a file to the same path below the root; what links lead to, under the link's name.
    fn add_file(&mut self, file: &Path) -> Result<()> {
        let to = self.place(file)?;
        if self.copied.insert(to.clone()) {
            fs::copy(file, &to).with_context(|| format!("failed to copy {}", file.display()))?;
        }
        Ok(())
    }

    /// Where a file of this machine belongs below the root; its folder is made.
    fn place(&self, file: &Path) -> Result<PathBuf> {
        let relative = file
            .strip_prefix("/")
            .with_context(|| format!("{} is no absolute path", file.display()))?;
        let to = self.folder.join(relative);
        if let Some(parent) = to.parent() {
            fs::create_dir_all(parent)?;
        }
        Ok(to)
    }

    fn add_libraries(&mut self, program: &Path) -> Result<()> {
        let mut ldd = Command::new("ldd");
        let Ok(listing) = command::output(ldd.arg(program)) else {
            // ldd(1) fails on static programs and on scripts, which need nothing.
            return Ok(());
        };
        for library in libraries_in(&listing) {
            self.add_file(Path::new(library))?;
        }
        Ok(())
    }

    /// Names the folders of libraries as ldconfig(8) would be told of them.
    fn add_library_folders(&self) -> Result<()> {
        let folders: BTreeSet<String> = self
            .copied
            .iter()
            .filter(|file| file.to_string_lossy().contains(".so"))
            .filter_map(|file| file.strip_prefix(&self.folder).ok()?.parent())
            .map(|folder| format!("/{}\n", folder.display()))
            .collect();
        fs::write(
            self.folder.join("etc/ld.so.conf"),
            folders.into_iter().collect::<String>(),
        )?;
        Ok(())
    }

    /// Busybox under the name of each of its applets for which there is no program of its own.
    fn add_busybox(&mut self, busybox: &Path) -> Result<()> {
        let to = self.folder.join("bin/busybox");
        fs::copy(busybox, &to).with_context(|| format!("failed to copy {}", busybox.display()))?;
        let applets = command::output(Command::new(busybox).arg("--list"))?;
        for applet in applets.lines() {
            let is_there = ["bin", "sbin"]
                .iter()
                .any(|folder| self.folder.join(folder).join(applet).exists());
            if !is_there {
                symlink("busybox", self.folder.join("bin").join(applet))?;
            }
        }
        // Where the kernel looks for it: /proc/sys/kernel/modprobe.
        symlink("/bin/busybox", self.folder.join("sbin/modprobe"))?;
        Ok(())
    }

    fn add_modules(&mut self, kernel: &Kernel) -> Result<()> {
        let to = self.folder.join("lib/modules").join(kernel.release()?);
        fs::create_dir(&to)?;
        for entry in fs::read_dir(kernel.modules())? {
            let file = entry?;
            fs::copy(file.path(), to.join(file.file_name()))?;
        }
        Ok(())
    }
}

fn make_executable(file: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(file, fs::Permissions::from_mode(0o755))?;
    Ok(())
}

/// The files that ldd(1) names.
fn libraries_in(listing: &str) -> Vec<&str> {
    listing
        .lines()
        .filter_map(|line| line.split_whitespace().find(|word| word.starts_with('/')))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_and_the_loader_are_found_in_a_listing() {
        let listing = "\tlinux-vdso.so.1 (0x7ffd)\n\tlibc.so.6 => /lib/libc.so.6 (0x7f)\n\
            \t/lib64/ld-linux-x86-64.so.2 (0x7f)\n\tlibgone.so => not found\n";
        assert_eq!(
            libraries_in(listing),
            ["/lib/libc.so.6", "/lib64/ld-linux-x86-64.so.2"]
        );
    }
}
