//! The files behind descriptors.

use aya_ebpf::Global;

use crate::globals::*;
use crate::kernel::{Task, read, read_at};

/// `SOCKFS_MAGIC` (include/uapi/linux/magic.h, v6.18).
const SOCKFS_MAGIC: u32 = 0x534f_434b;
/// Type bits of a mode, and the type of a pipe (inode(7)).
const S_IFMT: u16 = 0o170_000;
const S_IFIFO: u16 = 0o010_000;
/// Address family of netlink sockets (include/linux/socket.h, v6.18).
const AF_NETLINK: u16 = 16;
/// `ANON_INODE_FS_MAGIC`: eventfd, epoll, timerfd, signalfd, ...
const ANON_INODE_FS_MAGIC: u32 = 0x0904_1934;

/// An open file.
#[derive(Clone, Copy)]
pub struct File {
    address: u64,
    inode: u64,
    /// `s_magic` of its file system.
    pub fs_magic: u32,
}

/// The file system and socket family behind a descriptor.
#[derive(Clone, Copy, Default)]
pub struct Behind {
    /// `s_magic`, 0 if there is no such file.
    pub fs_magic: u32,
    /// Address family of a socket, else 0.
    pub socket_family: u16,
}

impl File {
    /// The file behind a descriptor of the task.
    #[inline(always)]
    pub fn of_descriptor(task: Task, descriptor: i32) -> Option<Self> {
        if descriptor < 0 {
            return None;
        }
        let table: u64 = read(task.files(), &OFF_FILES_FDT);
        if descriptor as u32 >= read::<u32>(table, &OFF_FDT_MAX_FDS) {
            return None;
        }
        let files: u64 = read(table, &OFF_FDT_FD);
        let address: u64 = read_at(files + descriptor as u64 * 8);
        if address == 0 {
            return None;
        }
        let inode: u64 = read(address, &OFF_FILE_INODE);
        let superblock: u64 = read(inode, &OFF_INODE_SB);
        let fs_magic = read::<u64>(superblock, &OFF_SB_MAGIC) as u32;
        Some(Self {
            address,
            inode,
            fs_magic,
        })
    }

    /// Inode number.
    #[inline(always)]
    pub fn inode_number(&self) -> u64 {
        read(self.inode, &OFF_INODE_INO)
    }

    /// `s_dev` of its file system.
    #[inline(always)]
    pub fn device(&self) -> u32 {
        let superblock: u64 = read(self.inode, &OFF_INODE_SB);
        read(superblock, &OFF_SB_DEV)
    }

    /// Its `struct dentry` and `struct vfsmount`.
    #[inline(always)]
    pub fn path(&self) -> (u64, u64) {
        (
            read(self.address, &OFF_FILE_DENTRY),
            read(self.address, &OFF_FILE_MNT),
        )
    }

    /// Whether it carries messages from one process to another: a socket, a pipe with or without a
    /// name, an eventfd. A netlink socket does not: who is woken inside of a send to the kernel
    /// waited for a lock that the kernel held for it, such as rtnl_mutex, which the whole host has
    /// in common.
    #[inline(always)]
    pub fn carries_messages(&self) -> bool {
        if self.fs_magic == SOCKFS_MAGIC {
            return self.socket_family() != AF_NETLINK;
        }
        let mode: u16 = read(self.inode, &OFF_INODE_MODE);
        self.fs_magic == ANON_INODE_FS_MAGIC || mode & S_IFMT == S_IFIFO
    }

    /// Address family of a socket, 0 for anything else.
    #[inline(always)]
    fn socket_family(&self) -> u16 {
        match self.sock() {
            0 => 0,
            sock => read(sock, &OFF_SOCK_FAMILY),
        }
    }

    /// The `struct sock` of a socket, 0 for anything else.
    #[inline(always)]
    pub fn sock(&self) -> u64 {
        if self.fs_magic != SOCKFS_MAGIC {
            return 0;
        }
        let socket: u64 = read(self.address, &OFF_FILE_PRIVATE);
        read(socket, &OFF_SOCKET_SK)
    }

    /// Whether ctrprof itself has this very file as a standard stream.
    #[inline(always)]
    pub fn is_own_stream(&self) -> bool {
        let number = self.inode_number();
        let is = |stream: &Global<u64>| number == stream.load();
        is(&OWN_STREAM_0) || is(&OWN_STREAM_1) || is(&OWN_STREAM_2)
    }
}

/// Returns the file system and socket family behind a descriptor.
#[inline(always)]
pub fn behind(task: Task, descriptor: i32) -> Behind {
    match File::of_descriptor(task, descriptor) {
        Some(file) => Behind {
            fs_magic: file.fs_magic,
            socket_family: file.socket_family(),
        },
        None => Behind::default(),
    }
}
