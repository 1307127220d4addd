//! File systems by their magic numbers.

use std::fmt;

/// A file system type, by `s_magic` of its super block (include/uapi/linux/magic.h, v6.18; those
/// that are not there, from the file system's own sources). 0 is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileSystem(u32);

macro_rules! file_systems {
    ($($constant:ident = $magic:literal, $name:literal;)+) => {
        impl FileSystem {
            $(#[doc = concat!("`", $name, "`")] pub const $constant: Self = Self($magic);)+
        }

        const NAMES: &[(FileSystem, &str)] = &[$((FileSystem::$constant, $name)),+];
    };
}

file_systems! {
    ANON_INODE = 0x0904_1934, "anon_inode";
    AUFS = 0x6175_6673, "aufs";
    BDEV = 0x6264_6576, "bdev";
    BINFMT = 0x4249_4e4d, "binfmt_misc";
    BPF = 0xcafe_4a11, "bpf";
    BTRFS = 0x9123_683e, "btrfs";
    CGROUP = 0x0027_e0eb, "cgroup";
    CGROUP2 = 0x6367_7270, "cgroup2";
    CONFIGFS = 0x6265_6570, "configfs";
    DEBUGFS = 0x6462_6720, "debugfs";
    DEVPTS = 0x0000_1cd1, "devpts";
    ECRYPTFS = 0x0000_f15f, "ecryptfs";
    EFIVARFS = 0xde5e_81e4, "efivarfs";
    EROFS = 0xe0f5_e1e2, "erofs";
    EXT = 0x0000_ef53, "ext4";
    F2FS = 0xf2f5_2010, "f2fs";
    FUSE = 0x6573_5546, "fuse";
    HUGETLBFS = 0x9584_58f6, "hugetlbfs";
    ISOFS = 0x0000_9660, "iso9660";
    MQUEUE = 0x1980_0202, "mqueue";
    MSDOS = 0x0000_4d44, "vfat";
    NFS = 0x0000_6969, "nfs";
    NSFS = 0x6e73_6673, "nsfs";
    OVERLAY = 0x794c_7630, "overlay";
    PIDFS = 0x5049_4446, "pidfs";
    PIPEFS = 0x5049_5045, "pipefs";
    PROC = 0x0000_9fa0, "proc";
    PSTORE = 0x6165_676c, "pstore";
    RAMFS = 0x8584_58f6, "ramfs";
    SECURITYFS = 0x7363_6673, "securityfs";
    SELINUX = 0xf97c_ff8c, "selinuxfs";
    SMB2 = 0xfe53_4d42, "smb2";
    SOCKFS = 0x534f_434b, "sockfs";
    SQUASHFS = 0x7371_7368, "squashfs";
    SYSFS = 0x6265_6572, "sysfs";
    TMPFS = 0x0102_1994, "tmpfs";
    TRACEFS = 0x7472_6163, "tracefs";
    V9FS = 0x0102_1997, "9p";
    XFS = 0x5846_5342, "xfs";
    ZFS = 0x2fc1_2fc1, "zfs";
}

impl FileSystem {
    /// The file system with this magic number; 0 for none.
    pub const fn from_magic(magic: u32) -> Self {
        Self(magic)
    }

    /// Its magic number, 0 for none.
    pub const fn magic(self) -> u32 {
        self.0
    }

    /// Whether it keeps files for their users, rather than showing what the kernel knows, or
    /// standing for pipes, sockets and the like.
    pub fn stores_files(self) -> bool {
        const STORING: &[FileSystem] = &[
            FileSystem::AUFS,
            FileSystem::BTRFS,
            FileSystem::ECRYPTFS,
            FileSystem::EROFS,
            FileSystem::EXT,
            FileSystem::F2FS,
            FileSystem::FUSE,
            FileSystem::ISOFS,
            FileSystem::MSDOS,
            FileSystem::NFS,
            FileSystem::OVERLAY,
            FileSystem::RAMFS,
            FileSystem::SMB2,
            FileSystem::SQUASHFS,
            FileSystem::TMPFS,
            FileSystem::V9FS,
            FileSystem::XFS,
            FileSystem::ZFS,
        ];
        STORING.contains(&self)
    }

    /// Whether it is one of the two cgroup file systems.
    pub fn is_cgroup(self) -> bool {
        self == Self::CGROUP || self == Self::CGROUP2
    }
}

impl fmt::Display for FileSystem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match NAMES.iter().find(|(file_system, _)| file_system == self) {
            Some((_, name)) => f.write_str(name),
            None => write!(f, "{:#010x}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_magic_has_a_name_and_another_is_shown_as_it_is() {
        assert_eq!(FileSystem::from_magic(0x794c_7630).to_string(), "overlay");
        assert_eq!(FileSystem::from_magic(0x1234).to_string(), "0x00001234");
    }

    #[test]
    fn no_magic_has_two_names() {
        for (index, (file_system, _)) in NAMES.iter().enumerate() {
            assert!(NAMES[..index].iter().all(|(other, _)| other != file_system));
        }
    }
}
