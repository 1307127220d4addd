//! The phase of a system call.
//!
//! | what decides | phase |
//! | --- | --- |
//! | the call's nature (`model::syscall`) | most of them |
//! | clone flags with any `CLONE_NEW*` | `namespaces` (else `process`) |
//! | request, operation | [`super::request`] |
//! | path or descriptor ([`Context`]) | `mounts`, `cgroups`, `network`, `security`, `storage` |
//! | address family | `network` (netlink, packet), else `sockets` |
//! | file system behind the descriptor | `cgroups`, `ipc` (pipes, eventfd), else `files` |
//! | the process's trade | `network` for programs that set networks up, `storage` for those that unpack layers |
//!
//! Calls by which a process asks or sets something about itself (signal masks, ids, limits,
//! scheduling, clocks) are `process`, as no other phase is theirs.

use super::category::{Category, Part, namespace_flags};
use super::file_system::FileSystem;
use super::place::{Anonymous, Context, Place};
use super::program::Trade;
use super::request;
use trace::phase::Phase;
use trace::rows::Span;
use trace::syscall::{self, FileWork, Machine, Nature};

use profiler_common::SYSCALL_TABLE_LEN;

/// The arguments of a call that decide its phase.
#[derive(Clone, Copy, Debug, Default)]
pub struct Arguments {
    /// The first three, raw.
    pub raw: [u64; 3],
    /// Clone flags.
    pub clone_flags: u64,
    /// Magic number of the file system behind the descriptor, 0 if none.
    pub fs_magic: u32,
    /// Address family of the socket behind the descriptor, 0 if none.
    pub socket_family: u16,
}

impl Arguments {
    /// Those of a recorded call.
    pub fn of(span: &Span) -> Self {
        Self {
            raw: [span.arg0, span.arg1, span.arg2],
            clone_flags: span.clone_flags,
            fs_magic: span.fs_magic,
            socket_family: span.socket_family,
        }
    }
}

/// The system calls of a machine, by number.
#[derive(Clone, Debug)]
pub struct Calls {
    by_number: Vec<Option<Call>>,
}

/// A system call.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    /// Its name.
    pub name: &'static str,
    /// How the kernel side records it.
    pub class: profiler_common::SyscallClass,
    nature: Nature,
}

impl Calls {
    /// The calls of a machine; none of an unknown one, whose calls are then all `unknown`.
    pub fn new(machine: Option<Machine>) -> Self {
        let by_number = (0..SYSCALL_TABLE_LEN as u32)
            .map(|number| {
                let name = syscall::name(machine?, number)?;
                Some(Call {
                    name,
                    class: syscall::class_of(name),
                    nature: syscall::nature_of(name)?,
                })
            })
            .collect();
        Self { by_number }
    }

    /// The call with this number.
    pub fn get(&self, number: u32) -> Option<&Call> {
        self.by_number.get(number as usize)?.as_ref()
    }

    /// The phase of a call.
    pub fn category(
        &self,
        number: u32,
        arguments: &Arguments,
        context: Context,
    ) -> Category<'static> {
        let Some(call) = self.get(number) else {
            return Category {
                phase: Phase::Unknown,
                part: Part::Number(number),
            };
        };
        of_trade(by_nature(call, arguments, context), context.trade)
    }
}

fn by_nature(call: &Call, arguments: &Arguments, context: Context) -> Category<'static> {
    match call.nature {
        Nature::MakeTask => make_task(arguments.clone_flags),
        Nature::Namespaces => namespaces(call.name, arguments.clone_flags),
        Nature::Uts => Category::named(Phase::Namespaces, "uts"),
        Nature::Mounts(part) => Category::named(Phase::Mounts, part),
        Nature::Security(part) => Category::named(Phase::Security, part),
        Nature::Process(part) => Category::named(Phase::Process, part),
        Nature::Memory(part) => Category::named(Phase::Memory, part),
        Nature::Ipc(part) => Category::named(Phase::Ipc, part),
        Nature::Files(work) => file(call.name, work, arguments, context),
        Nature::Sockets => socket(call.name, arguments),
        Nature::Ioctl => request::ioctl(arguments.raw[1])
            .unwrap_or_else(|| file(call.name, request::IOCTL_WORK, arguments, context)),
        Nature::Prctl => request::prctl(arguments.raw[0]),
        Nature::Bpf => Category::named(Phase::Cgroups, "device programs"),
        Nature::Storage => Category::named(Phase::Storage, "quota"),
    }
}

/// `CLONE_THREAD` (include/uapi/linux/sched.h, v6.18)
const CLONE_THREAD: u64 = 0x0001_0000;

fn make_task(clone_flags: u64) -> Category<'static> {
    match namespace_flags(clone_flags) {
        0 if clone_flags & CLONE_THREAD != 0 => Category::named(Phase::Process, "thread"),
        0 => Category::named(Phase::Process, "fork"),
        flags => Category {
            phase: Phase::Namespaces,
            part: Part::Namespaces(flags),
        },
    }
}

fn namespaces(name: &str, clone_flags: u64) -> Category<'static> {
    match namespace_flags(clone_flags) {
        // setns may leave the kind to the descriptor (setns(2)).
        0 if name == "setns" => Category::named(Phase::Namespaces, "setns"),
        0 => Category::named(Phase::Process, "state"),
        flags => Category {
            phase: Phase::Namespaces,
            part: Part::Namespaces(flags),
        },
    }
}

/// Address families (include/linux/socket.h, v6.18) and their names.
const FAMILIES: &[(u16, &str)] = &[
    (1, "unix"),
    (2, "inet"),
    (10, "inet6"),
    (16, "netlink"),
    (17, "packet"),
    (38, "alg"),
    (40, "vsock"),
];
const AF_NETLINK: u16 = 16;
const AF_PACKET: u16 = 17;

fn socket(name: &str, arguments: &Arguments) -> Category<'static> {
    let is_option = name == "setsockopt" || name == "getsockopt";
    if is_option && request::is_netfilter_option(arguments.raw[1], arguments.raw[2]) {
        return Category::named(Phase::Network, "netfilter");
    }
    let makes = name == "socket" || name == "socketpair";
    let family = match arguments.socket_family {
        0 if makes => arguments.raw[0] as u16,
        family => family,
    };
    of_family(family)
}

fn of_family(family: u16) -> Category<'static> {
    let name = FAMILIES
        .iter()
        .find(|(known, _)| *known == family)
        .map_or("other", |(_, name)| name);
    match family {
        AF_NETLINK | AF_PACKET => Category::named(Phase::Network, name),
        _ => Category::named(Phase::Sockets, name),
    }
}

fn file(
    name: &'static str,
    work: FileWork,
    arguments: &Arguments,
    context: Context,
) -> Category<'static> {
    let part = super::category::work_name(work);
    match context.place {
        Place::MountTable => return Category::named(Phase::Mounts, "mountinfo"),
        Place::Cgroup => return Category::named(Phase::Cgroups, cgroup_part(name, part)),
        Place::Network => return Category::named(Phase::Network, "sysctl"),
        Place::IdMap => return Category::named(Phase::Security, "id map"),
        Place::Lsm => return Category::named(Phase::Security, "lsm"),
        Place::GraphRoot => return Category::named(Phase::Storage, part),
        Place::Anonymous(Anonymous::Pidfd) => return Category::named(Phase::Process, "pidfd"),
        Place::Anonymous(kind) => return Category::named(Phase::Ipc, kind.name()),
        Place::Elsewhere | Place::Proc | Place::Sysfs => {}
    }
    if arguments.socket_family != 0 {
        return of_family(arguments.socket_family);
    }
    let magic = if context.descriptor_is_elsewhere {
        0
    } else {
        arguments.fs_magic
    };
    match FileSystem::from_magic(magic) {
        found if found.is_cgroup() => Category::named(Phase::Cgroups, cgroup_part(name, part)),
        FileSystem::PIPEFS => Category::named(Phase::Ipc, "pipe"),
        FileSystem::MQUEUE => Category::named(Phase::Ipc, "mqueue"),
        FileSystem::SOCKFS => Category::named(Phase::Sockets, "other"),
        // eventfd, epoll, timerfd, signalfd, inotify and the like, made before the recording
        FileSystem::ANON_INODE => Category::named(Phase::Ipc, "anon_inode"),
        FileSystem::PIDFS => Category::named(Phase::Process, "pidfd"),
        found if found.magic() == 0 => Category::file(work, context.place.file_system()),
        found => Category::file(work, found),
    }
}

fn cgroup_part(name: &str, part: &'static str) -> &'static str {
    match name {
        "mkdir" | "mkdirat" => "mkdir",
        "rmdir" | "unlinkat" => "rmdir",
        _ => part,
    }
}

/// The category of an interval of a program whose trade decides it: mounts, network, ... Waits for
/// other processes are left alone: the time is theirs.
fn of_trade(category: Category<'static>, trade: Trade) -> Category<'static> {
    match (trade, category.phase) {
        (Trade::Network, Phase::Files | Phase::Memory | Phase::Sockets) => {
            Category::named(Phase::Network, "helper")
        }
        (Trade::Snapshot, Phase::Files) => Category::named(
            Phase::Storage,
            match category.part {
                Part::File(work, _) => super::category::work_name(work),
                Part::Named(_) | Part::Namespaces(_) | Part::Number(_) | Part::Behind(..) => {
                    "files"
                }
            },
        ),
        (Trade::General | Trade::Network | Trade::Snapshot, _) => category,
    }
}
