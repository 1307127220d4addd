//! The kinds of work of system calls, one line for each.
//!
//! Arguments are those of the man pages (section 2) and of `SYSCALL_DEFINE` in the kernel's sources
//! (v6.18). A call that is made at a high rate (`openat`, `read`, `close`, `mmap`, ...) is not
//! structural: level `summary` adds its short ones up.

use profiler_common::SyscallClass;

/// The kind of file system work of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FileWork {
    /// It opens.
    Open,
    /// It closes: kept apart from `Open`, so that opens can be counted.
    Close,
    /// Names and attributes.
    Metadata,
    /// It reads content.
    Read,
    /// It writes content, or changes its extent.
    Write,
    /// It waits until content is on the disk.
    Sync,
}

/// The kind of work of a call, before its arguments and descriptors are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Nature {
    /// Makes a task: `namespaces` if its flags ask for some, else `process`.
    MakeTask,
    /// Makes or enters namespaces, by its flags (`unshare` without such flags: `process`).
    Namespaces,
    /// Names a uts namespace.
    Uts,
    /// `mounts`, with its part.
    Mounts(&'static str),
    /// `security`, with its part.
    Security(&'static str),
    /// `process`, with its part.
    Process(&'static str),
    /// `memory`, with its part.
    Memory(&'static str),
    /// `ipc`, with its part.
    Ipc(&'static str),
    /// Depends on the file system, socket or pipe behind its descriptor or path.
    Files(FileWork),
    /// Depends on the address family.
    Sockets,
    /// Depends on the request and the descriptor.
    Ioctl,
    /// Depends on the operation.
    Prctl,
    /// Loads or attaches BPF programs: a container's device controller on cgroup v2.
    Bpf,
    /// The snapshotter's own, such as quotas.
    Storage,
}

impl Nature {
    /// The kind of work on files that it is, if it is.
    pub const fn file_work(self) -> Option<FileWork> {
        match self {
            Self::Files(work) => Some(work),
            Self::MakeTask
            | Self::Namespaces
            | Self::Uts
            | Self::Mounts(_)
            | Self::Security(_)
            | Self::Process(_)
            | Self::Memory(_)
            | Self::Ipc(_)
            | Self::Sockets
            | Self::Ioctl
            | Self::Prctl
            | Self::Bpf
            | Self::Storage => None,
        }
    }
}

/// A line of the table.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Name of the call.
    pub name: &'static str,
    /// How the kernel side records it.
    pub class: SyscallClass,
    /// The kind of its work.
    pub nature: Nature,
}

const fn entry(name: &'static str, class: u32, nature: Nature) -> Entry {
    Entry {
        name,
        class: SyscallClass(class),
        nature,
    }
}

use FileWork::{Close, Metadata, Open, Read, Sync, Write};
use Nature::{
    Bpf, Files, Ioctl, Ipc, MakeTask, Memory, Mounts, Namespaces, Prctl, Process, Security,
    Sockets, Storage, Uts,
};

const FD0: u32 = SyscallClass::FD0.0;
const FD4: u32 = SyscallClass::FD4.0;
const FD_ON_ENTRY: u32 = SyscallClass::FD_ON_ENTRY.0;
const RETURNS_FD: u32 = SyscallClass::RETURNS_FD.0;
const PATH0: u32 = SyscallClass::PATH0.0;
const PATH1: u32 = SyscallClass::PATH1.0;
const TEXT2: u32 = SyscallClass::TEXT2.0;
const STRUCTURAL: u32 = SyscallClass::STRUCTURAL.0;
const CLONE_ARGS: u32 = SyscallClass::CLONE_ARGS.0;
const CLONE_FLAGS: u32 = SyscallClass::CLONE_FLAGS.0;
const CLONE_FLAGS1: u32 = SyscallClass::CLONE_FLAGS1.0;
const MAY_JOIN: u32 = SyscallClass::MAY_JOIN.0;
const CONNECT: u32 = SyscallClass::CONNECT.0;
const EXITS: u32 = SyscallClass::EXITS.0;
const EXITS_GROUP: u32 = SyscallClass::EXITS_GROUP.0;
const PRCTL: u32 = SyscallClass::PRCTL.0;
const FAMILY0: u32 = SyscallClass::FAMILY0.0;
const EXECS: u32 = SyscallClass::EXECS.0;
const MAKES_SOCKET: u32 = SyscallClass::MAKES_SOCKET.0;
const SETS_OPTION: u32 = SyscallClass::SETS_OPTION.0;
const POLLS: u32 = SyscallClass::POLLS.0;
const ADDRESS4: u32 = SyscallClass::ADDRESS4.0;
const ADDRESS_IN_MESSAGE: u32 = SyscallClass::ADDRESS_IN_MESSAGE.0;

/// Every call of the machines that are known.
pub const TABLE: &[Entry] = &[
    // Namespaces and tasks.
    entry("clone", CLONE_FLAGS | STRUCTURAL, MakeTask),
    entry("clone3", CLONE_ARGS | STRUCTURAL, MakeTask),
    entry("fork", STRUCTURAL, MakeTask),
    entry("vfork", STRUCTURAL, MakeTask),
    entry("unshare", CLONE_FLAGS | STRUCTURAL, Namespaces),
    entry("setns", FD0 | CLONE_FLAGS1 | STRUCTURAL, Namespaces),
    entry("sethostname", STRUCTURAL, Uts),
    entry("setdomainname", STRUCTURAL, Uts),
    entry("execve", PATH0 | EXECS | STRUCTURAL, Process("exec")),
    entry("execveat", PATH1 | EXECS | STRUCTURAL, Process("exec")),
    entry("exit", EXITS | STRUCTURAL, Process("exit")),
    entry(
        "exit_group",
        EXITS | EXITS_GROUP | STRUCTURAL,
        Process("exit"),
    ),
    entry("wait4", STRUCTURAL, Process("wait")),
    entry("waitid", STRUCTURAL, Process("wait")),
    entry("kill", STRUCTURAL, Process("signal")),
    entry("tkill", 0, Process("signal")),
    entry("tgkill", 0, Process("signal")),
    entry("rt_sigqueueinfo", STRUCTURAL, Process("signal")),
    entry("rt_tgsigqueueinfo", 0, Process("signal")),
    entry("pidfd_send_signal", FD0 | STRUCTURAL, Process("signal")),
    entry("pidfd_open", RETURNS_FD, Process("pidfd")),
    entry("pidfd_getfd", FD0, Process("pidfd")),
    entry("process_mrelease", FD0, Process("pidfd")),
    entry("ptrace", 0, Process("trace")),
    entry("process_vm_readv", 0, Process("trace")),
    entry("process_vm_writev", 0, Process("trace")),
    entry("kcmp", 0, Process("trace")),
    // Mounts.
    entry("mount", PATH0 | PATH1 | TEXT2 | STRUCTURAL, Mounts("mount")),
    entry("umount2", PATH0 | STRUCTURAL, Mounts("umount")),
    entry(
        "pivot_root",
        PATH0 | PATH1 | STRUCTURAL,
        Mounts("pivot_root"),
    ),
    entry("chroot", PATH0 | STRUCTURAL, Mounts("pivot_root")),
    entry("fsopen", PATH0 | RETURNS_FD | STRUCTURAL, Mounts("mount")),
    entry("fsconfig", FD0 | TEXT2 | STRUCTURAL, Mounts("mount")),
    entry("fsmount", FD0 | STRUCTURAL, Mounts("mount")),
    entry("fspick", PATH1 | RETURNS_FD | STRUCTURAL, Mounts("mount")),
    entry("move_mount", PATH1 | STRUCTURAL, Mounts("mount")),
    entry(
        "open_tree",
        PATH1 | RETURNS_FD | STRUCTURAL,
        Mounts("mount"),
    ),
    entry(
        "open_tree_attr",
        PATH1 | RETURNS_FD | STRUCTURAL,
        Mounts("mount"),
    ),
    entry("mount_setattr", PATH1 | STRUCTURAL, Mounts("mount")),
    entry("statmount", 0, Mounts("query")),
    entry("listmount", 0, Mounts("query")),
    entry("mknod", PATH0 | STRUCTURAL, Mounts("device")),
    entry("mknodat", FD0 | PATH1 | STRUCTURAL, Mounts("device")),
    // Security.
    entry("seccomp", STRUCTURAL, Security("seccomp")),
    entry("capget", 0, Security("capabilities")),
    entry("capset", STRUCTURAL, Security("capabilities")),
    entry("setuid", STRUCTURAL, Security("ids")),
    entry("setgid", STRUCTURAL, Security("ids")),
    entry("setreuid", STRUCTURAL, Security("ids")),
    entry("setregid", STRUCTURAL, Security("ids")),
    entry("setresuid", STRUCTURAL, Security("ids")),
    entry("setresgid", STRUCTURAL, Security("ids")),
    entry("setfsuid", STRUCTURAL, Security("ids")),
    entry("setfsgid", STRUCTURAL, Security("ids")),
    entry("setgroups", STRUCTURAL, Security("ids")),
    entry(
        "landlock_create_ruleset",
        RETURNS_FD | STRUCTURAL,
        Security("landlock"),
    ),
    entry("landlock_add_rule", STRUCTURAL, Security("landlock")),
    entry("landlock_restrict_self", STRUCTURAL, Security("landlock")),
    entry("lsm_get_self_attr", 0, Security("lsm")),
    entry("lsm_set_self_attr", STRUCTURAL, Security("lsm")),
    entry("lsm_list_modules", 0, Security("lsm")),
    entry("security", 0, Security("lsm")),
    entry("keyctl", STRUCTURAL, Security("keys")),
    entry("add_key", STRUCTURAL, Security("keys")),
    entry("request_key", STRUCTURAL, Security("keys")),
    entry("prctl", PRCTL | STRUCTURAL, Prctl),
    entry("bpf", STRUCTURAL, Bpf),
    // Files: open and close.
    entry("open", PATH0 | RETURNS_FD, Files(Open)),
    entry("openat", PATH1 | RETURNS_FD, Files(Open)),
    entry("openat2", PATH1 | RETURNS_FD, Files(Open)),
    entry("creat", PATH0 | RETURNS_FD, Files(Open)),
    entry("open_by_handle_at", RETURNS_FD, Files(Open)),
    entry("memfd_create", PATH0 | RETURNS_FD, Files(Open)),
    entry("memfd_secret", RETURNS_FD, Files(Open)),
    entry("uselib", PATH0, Files(Open)),
    entry("close", FD0 | FD_ON_ENTRY, Files(Close)),
    entry("close_range", 0, Files(Close)),
    // Files: reading and writing.
    entry("read", FD0, Files(Read)),
    entry("readv", FD0, Files(Read)),
    entry("pread64", FD0, Files(Read)),
    entry("preadv", FD0, Files(Read)),
    entry("preadv2", FD0, Files(Read)),
    entry("readahead", FD0, Files(Read)),
    entry("write", FD0 | MAY_JOIN, Files(Write)),
    entry("writev", FD0 | MAY_JOIN, Files(Write)),
    entry("pwrite64", FD0, Files(Write)),
    entry("pwritev", FD0, Files(Write)),
    entry("pwritev2", FD0, Files(Write)),
    entry("copy_file_range", FD0, Files(Write)),
    entry("sendfile", FD0, Files(Write)),
    entry("splice", FD0, Files(Write)),
    entry("tee", FD0, Files(Write)),
    entry("vmsplice", FD0, Files(Write)),
    entry("truncate", PATH0, Files(Write)),
    entry("ftruncate", FD0, Files(Write)),
    entry("fallocate", FD0, Files(Write)),
    entry("fsync", FD0, Files(Sync)),
    entry("fdatasync", FD0, Files(Sync)),
    entry("sync", 0, Files(Sync)),
    entry("syncfs", FD0, Files(Sync)),
    entry("sync_file_range", FD0, Files(Sync)),
    entry("io_setup", 0, Files(Metadata)),
    entry("io_destroy", 0, Files(Metadata)),
    entry("io_submit", 0, Files(Read)),
    entry("io_getevents", 0, Files(Read)),
    entry("io_pgetevents", 0, Files(Read)),
    entry("io_cancel", 0, Files(Metadata)),
    entry("io_uring_setup", RETURNS_FD, Files(Metadata)),
    entry("io_uring_enter", FD0, Files(Read)),
    entry("io_uring_register", FD0, Files(Metadata)),
    // Files: names and attributes.
    entry("mkdir", PATH0 | STRUCTURAL, Files(Metadata)),
    entry("mkdirat", FD0 | PATH1 | STRUCTURAL, Files(Metadata)),
    entry("rmdir", PATH0 | STRUCTURAL, Files(Metadata)),
    entry("unlink", PATH0, Files(Metadata)),
    entry("unlinkat", FD0 | PATH1, Files(Metadata)),
    entry("link", PATH0 | PATH1, Files(Metadata)),
    entry("linkat", FD0 | PATH1, Files(Metadata)),
    entry("symlink", PATH0 | PATH1, Files(Metadata)),
    entry("symlinkat", PATH0, Files(Metadata)),
    entry("rename", PATH0 | PATH1, Files(Metadata)),
    entry("renameat", FD0 | PATH1, Files(Metadata)),
    entry("renameat2", FD0 | PATH1, Files(Metadata)),
    entry("readlink", PATH0, Files(Metadata)),
    entry("readlinkat", FD0 | PATH1, Files(Metadata)),
    entry("stat", PATH0, Files(Metadata)),
    entry("lstat", PATH0, Files(Metadata)),
    entry("fstat", FD0, Files(Metadata)),
    entry("newfstatat", FD0 | PATH1, Files(Metadata)),
    entry("statx", FD0 | PATH1, Files(Metadata)),
    entry("statfs", PATH0, Files(Metadata)),
    entry("fstatfs", FD0, Files(Metadata)),
    entry("ustat", 0, Files(Metadata)),
    entry("access", PATH0, Files(Metadata)),
    entry("faccessat", FD0 | PATH1, Files(Metadata)),
    entry("faccessat2", FD0 | PATH1, Files(Metadata)),
    entry("chmod", PATH0, Files(Metadata)),
    entry("fchmod", FD0, Files(Metadata)),
    entry("fchmodat", FD0 | PATH1, Files(Metadata)),
    entry("fchmodat2", FD0 | PATH1, Files(Metadata)),
    entry("chown", PATH0, Files(Metadata)),
    entry("lchown", PATH0, Files(Metadata)),
    entry("fchown", FD0, Files(Metadata)),
    entry("fchownat", FD0 | PATH1, Files(Metadata)),
    entry("utime", PATH0, Files(Metadata)),
    entry("utimes", PATH0, Files(Metadata)),
    entry("futimesat", FD0 | PATH1, Files(Metadata)),
    entry("utimensat", FD0 | PATH1, Files(Metadata)),
    entry("getdents", FD0, Files(Metadata)),
    entry("getdents64", FD0, Files(Metadata)),
    entry("lseek", FD0, Files(Metadata)),
    entry("getcwd", 0, Files(Metadata)),
    entry("chdir", PATH0, Files(Metadata)),
    entry("fchdir", FD0, Files(Metadata)),
    entry("umask", 0, Files(Metadata)),
    entry("flock", FD0, Files(Metadata)),
    entry("fcntl", FD0, Files(Metadata)),
    entry("dup", FD0, Files(Metadata)),
    entry("dup2", FD0, Files(Metadata)),
    entry("dup3", FD0, Files(Metadata)),
    entry("fadvise64", FD0, Files(Metadata)),
    entry("cachestat", FD0, Files(Metadata)),
    entry("name_to_handle_at", FD0 | PATH1, Files(Metadata)),
    entry("setxattr", PATH0, Files(Metadata)),
    entry("lsetxattr", PATH0, Files(Metadata)),
    entry("fsetxattr", FD0, Files(Metadata)),
    entry("setxattrat", FD0 | PATH1, Files(Metadata)),
    entry("getxattr", PATH0, Files(Metadata)),
    entry("lgetxattr", PATH0, Files(Metadata)),
    entry("fgetxattr", FD0, Files(Metadata)),
    entry("getxattrat", FD0 | PATH1, Files(Metadata)),
    entry("listxattr", PATH0, Files(Metadata)),
    entry("llistxattr", PATH0, Files(Metadata)),
    entry("flistxattr", FD0, Files(Metadata)),
    entry("listxattrat", FD0 | PATH1, Files(Metadata)),
    entry("removexattr", PATH0, Files(Metadata)),
    entry("lremovexattr", PATH0, Files(Metadata)),
    entry("fremovexattr", FD0, Files(Metadata)),
    entry("removexattrat", FD0 | PATH1, Files(Metadata)),
    entry("file_getattr", FD0 | PATH1, Files(Metadata)),
    entry("file_setattr", FD0 | PATH1, Files(Metadata)),
    entry("sysfs", 0, Files(Metadata)),
    entry("lookup_dcookie", 0, Files(Metadata)),
    entry("inotify_init", RETURNS_FD, Files(Metadata)),
    entry("inotify_init1", RETURNS_FD, Files(Metadata)),
    entry("inotify_add_watch", FD0 | PATH1, Files(Metadata)),
    entry("inotify_rm_watch", FD0, Files(Metadata)),
    entry("fanotify_init", RETURNS_FD, Files(Metadata)),
    entry("fanotify_mark", FD0, Files(Metadata)),
    entry("quotactl", PATH1, Storage),
    entry("quotactl_fd", FD0, Storage),
    entry("ioctl", FD0, Ioctl),
    // Memory.
    entry("mmap", FD4, Memory("map")),
    entry("munmap", 0, Memory("unmap")),
    entry("mremap", 0, Memory("map")),
    entry("remap_file_pages", 0, Memory("map")),
    entry("brk", 0, Memory("map")),
    entry("mprotect", 0, Memory("protect")),
    entry("pkey_mprotect", 0, Memory("protect")),
    entry("pkey_alloc", 0, Memory("protect")),
    entry("pkey_free", 0, Memory("protect")),
    entry("mseal", 0, Memory("protect")),
    entry("map_shadow_stack", 0, Memory("map")),
    entry("madvise", 0, Memory("advise")),
    entry("process_madvise", FD0, Memory("advise")),
    entry("mincore", 0, Memory("advise")),
    entry("mlock", 0, Memory("lock")),
    entry("mlock2", 0, Memory("lock")),
    entry("mlockall", 0, Memory("lock")),
    entry("munlock", 0, Memory("lock")),
    entry("munlockall", 0, Memory("lock")),
    entry("msync", 0, Memory("sync")),
    entry("mbind", 0, Memory("policy")),
    entry("get_mempolicy", 0, Memory("policy")),
    entry("set_mempolicy", 0, Memory("policy")),
    entry("set_mempolicy_home_node", 0, Memory("policy")),
    entry("migrate_pages", 0, Memory("policy")),
    entry("move_pages", 0, Memory("policy")),
    entry("userfaultfd", RETURNS_FD, Memory("fault")),
    entry("swapon", 0, Memory("swap")),
    entry("swapoff", 0, Memory("swap")),
    // Sockets.
    entry(
        "socket",
        FAMILY0 | RETURNS_FD | MAKES_SOCKET | STRUCTURAL,
        Sockets,
    ),
    entry("socketpair", FAMILY0, Sockets),
    entry("bind", FD0 | STRUCTURAL, Sockets),
    entry("listen", FD0, Sockets),
    entry("connect", FD0 | MAY_JOIN | CONNECT | STRUCTURAL, Sockets),
    entry("accept", FD0, Sockets),
    entry("accept4", FD0, Sockets),
    entry("shutdown", FD0, Sockets),
    entry("sendto", FD0 | MAY_JOIN | ADDRESS4, Sockets),
    entry("sendmsg", FD0 | MAY_JOIN | ADDRESS_IN_MESSAGE, Sockets),
    entry("sendmmsg", FD0 | MAY_JOIN, Sockets),
    entry("recvfrom", FD0, Sockets),
    entry("recvmsg", FD0, Sockets),
    entry("recvmmsg", FD0, Sockets),
    entry("getsockname", FD0, Sockets),
    entry("getpeername", FD0, Sockets),
    entry("setsockopt", FD0 | SETS_OPTION, Sockets),
    entry("getsockopt", FD0, Sockets),
    // Waiting for and waking others.
    entry("futex", 0, Ipc("futex")),
    entry("futex_waitv", 0, Ipc("futex")),
    entry("futex_wait", 0, Ipc("futex")),
    entry("futex_wake", 0, Ipc("futex")),
    entry("futex_requeue", 0, Ipc("futex")),
    entry("set_robust_list", 0, Ipc("futex")),
    entry("get_robust_list", 0, Ipc("futex")),
    entry("membarrier", 0, Ipc("futex")),
    entry("poll", POLLS, Ipc("poll")),
    entry("ppoll", POLLS, Ipc("poll")),
    entry("select", 0, Ipc("poll")),
    entry("pselect6", 0, Ipc("poll")),
    entry("epoll_create", RETURNS_FD, Ipc("poll")),
    entry("epoll_create1", RETURNS_FD, Ipc("poll")),
    entry("epoll_ctl", FD0, Ipc("poll")),
    entry("epoll_ctl_old", FD0, Ipc("poll")),
    entry("epoll_wait", FD0, Ipc("poll")),
    entry("epoll_wait_old", FD0, Ipc("poll")),
    entry("epoll_pwait", FD0, Ipc("poll")),
    entry("epoll_pwait2", FD0, Ipc("poll")),
    entry("pipe", 0, Ipc("pipe")),
    entry("pipe2", 0, Ipc("pipe")),
    entry("eventfd", RETURNS_FD, Ipc("eventfd")),
    entry("eventfd2", RETURNS_FD, Ipc("eventfd")),
    entry("signalfd", RETURNS_FD, Ipc("signalfd")),
    entry("signalfd4", RETURNS_FD, Ipc("signalfd")),
    entry("timerfd_create", RETURNS_FD, Ipc("timer")),
    entry("timerfd_settime", FD0, Ipc("timer")),
    entry("timerfd_gettime", FD0, Ipc("timer")),
    entry("timer_create", 0, Ipc("timer")),
    entry("timer_settime", 0, Ipc("timer")),
    entry("timer_gettime", 0, Ipc("timer")),
    entry("timer_getoverrun", 0, Ipc("timer")),
    entry("timer_delete", 0, Ipc("timer")),
    entry("setitimer", 0, Ipc("timer")),
    entry("getitimer", 0, Ipc("timer")),
    entry("alarm", 0, Ipc("timer")),
    entry("nanosleep", 0, Ipc("sleep")),
    entry("clock_nanosleep", 0, Ipc("sleep")),
    entry("pause", 0, Ipc("sleep")),
    entry("rt_sigsuspend", 0, Ipc("sleep")),
    entry("rt_sigtimedwait", 0, Ipc("sleep")),
    entry("sched_yield", 0, Ipc("sleep")),
    entry("restart_syscall", 0, Ipc("sleep")),
    entry("semget", 0, Ipc("sysv")),
    entry("semop", 0, Ipc("sysv")),
    entry("semtimedop", 0, Ipc("sysv")),
    entry("semctl", 0, Ipc("sysv")),
    entry("shmget", 0, Ipc("sysv")),
    entry("shmat", 0, Ipc("sysv")),
    entry("shmdt", 0, Ipc("sysv")),
    entry("shmctl", 0, Ipc("sysv")),
    entry("msgget", 0, Ipc("sysv")),
    entry("msgsnd", 0, Ipc("sysv")),
    entry("msgrcv", 0, Ipc("sysv")),
    entry("msgctl", 0, Ipc("sysv")),
    entry("mq_open", PATH0 | RETURNS_FD, Ipc("mqueue")),
    entry("mq_unlink", PATH0, Ipc("mqueue")),
    entry("mq_timedsend", FD0, Ipc("mqueue")),
    entry("mq_timedreceive", FD0, Ipc("mqueue")),
    entry("mq_notify", FD0, Ipc("mqueue")),
    entry("mq_getsetattr", FD0, Ipc("mqueue")),
    entry("getpmsg", 0, Ipc("stream")),
    entry("putpmsg", 0, Ipc("stream")),
    // Queries and settings of a process about itself and the system.
    entry("rt_sigaction", 0, Process("state")),
    entry("rt_sigprocmask", 0, Process("state")),
    entry("rt_sigreturn", 0, Process("state")),
    entry("rt_sigpending", 0, Process("state")),
    entry("sigaltstack", 0, Process("state")),
    entry("arch_prctl", 0, Process("state")),
    entry("set_tid_address", 0, Process("state")),
    entry("set_thread_area", 0, Process("state")),
    entry("get_thread_area", 0, Process("state")),
    entry("modify_ldt", 0, Process("state")),
    entry("rseq", 0, Process("state")),
    entry("uretprobe", 0, Process("state")),
    entry("uprobe", 0, Process("state")),
    entry("iopl", 0, Process("state")),
    entry("ioperm", 0, Process("state")),
    entry("personality", 0, Process("state")),
    entry("getpid", 0, Process("state")),
    entry("getppid", 0, Process("state")),
    entry("gettid", 0, Process("state")),
    entry("getuid", 0, Process("state")),
    entry("geteuid", 0, Process("state")),
    entry("getgid", 0, Process("state")),
    entry("getegid", 0, Process("state")),
    entry("getresuid", 0, Process("state")),
    entry("getresgid", 0, Process("state")),
    entry("getgroups", 0, Process("state")),
    entry("getpgid", 0, Process("state")),
    entry("getpgrp", 0, Process("state")),
    entry("getsid", 0, Process("state")),
    entry("setpgid", 0, Process("state")),
    entry("setsid", 0, Process("state")),
    entry("vhangup", 0, Process("state")),
    entry("getrlimit", 0, Process("limits")),
    entry("setrlimit", 0, Process("limits")),
    entry("prlimit64", 0, Process("limits")),
    entry("getrusage", 0, Process("limits")),
    entry("times", 0, Process("limits")),
    entry("acct", 0, Process("limits")),
    entry("getpriority", 0, Process("schedule")),
    entry("setpriority", 0, Process("schedule")),
    entry("ioprio_get", 0, Process("schedule")),
    entry("ioprio_set", 0, Process("schedule")),
    entry("sched_setparam", 0, Process("schedule")),
    entry("sched_getparam", 0, Process("schedule")),
    entry("sched_setscheduler", 0, Process("schedule")),
    entry("sched_getscheduler", 0, Process("schedule")),
    entry("sched_setattr", 0, Process("schedule")),
    entry("sched_getattr", 0, Process("schedule")),
    entry("sched_setaffinity", 0, Process("schedule")),
    entry("sched_getaffinity", 0, Process("schedule")),
    entry("sched_get_priority_max", 0, Process("schedule")),
    entry("sched_get_priority_min", 0, Process("schedule")),
    entry("sched_rr_get_interval", 0, Process("schedule")),
    entry("getcpu", 0, Process("schedule")),
    entry("getrandom", 0, Process("system")),
    entry("gettimeofday", 0, Process("system")),
    entry("settimeofday", 0, Process("system")),
    entry("time", 0, Process("system")),
    entry("clock_gettime", 0, Process("system")),
    entry("clock_settime", 0, Process("system")),
    entry("clock_getres", 0, Process("system")),
    entry("clock_adjtime", 0, Process("system")),
    entry("adjtimex", 0, Process("system")),
    entry("uname", 0, Process("system")),
    entry("sysinfo", 0, Process("system")),
    entry("syslog", 0, Process("system")),
    entry("reboot", 0, Process("system")),
    entry("perf_event_open", RETURNS_FD, Process("system")),
    entry("create_module", 0, Process("system")),
    entry("init_module", 0, Process("system")),
    entry("finit_module", FD0, Process("system")),
    entry("delete_module", 0, Process("system")),
    entry("query_module", 0, Process("system")),
    entry("get_kernel_syms", 0, Process("system")),
    entry("kexec_load", 0, Process("system")),
    entry("kexec_file_load", 0, Process("system")),
    entry("_sysctl", 0, Process("system")),
    entry("nfsservctl", 0, Process("system")),
    entry("afs_syscall", 0, Process("system")),
    entry("tuxcall", 0, Process("system")),
    entry("vserver", 0, Process("system")),
];
