//! A seccomp profile like those that managers give their containers: it lists what is allowed, and
//! every other system call fails with EPERM.
//!
//! It follows from the machine's table of system calls less those below, so that it allows about as
//! many as the usual profiles do, under their architectures. What is measured is what a runtime does
//! with a profile of that size: it compiles a filter and loads it (seccomp(2)).

use oci_spec::OciSpecError;
use oci_spec::runtime::{
    Arch, LinuxSeccomp, LinuxSeccompAction, LinuxSeccompArg, LinuxSeccompArgBuilder,
    LinuxSeccompBuilder, LinuxSeccompOperator, LinuxSyscall, LinuxSyscallBuilder,
};

use trace::syscall::{self, Machine};

/// Highest number that any machine's table may have.
const NUMBERS: u32 = 1_024;

/// The flags of clone(2) that ask for namespaces: mnt, cgroup, uts, ipc, user, pid, net.
const NAMESPACE_FLAGS: u64 = (libc::CLONE_NEWNS
    | libc::CLONE_NEWCGROUP
    | libc::CLONE_NEWUTS
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWUSER
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWNET) as u64;

/// Execution domains that programs may choose (personality(2)): Linux, the same for 32 bits, each
/// also with UNAME26, and the question for the present one.
const PERSONALITIES: [u64; 5] = [0, 0x8, 0x2_0000, 0x2_0008, 0xffff_ffff];

/// Not allowed, by why.
const FORBIDDEN: &[&[&str]] = &[
    // They change or reveal the whole machine, for which a container has no capability
    // (capabilities(7)).
    &[
        "acct",
        "bpf",
        "clock_adjtime",
        "clock_settime",
        "delete_module",
        "fanotify_init",
        "finit_module",
        "init_module",
        "ioperm",
        "iopl",
        "kexec_file_load",
        "kexec_load",
        "open_by_handle_at",
        "perf_event_open",
        "quotactl",
        "quotactl_fd",
        "reboot",
        "settimeofday",
        "swapoff",
        "swapon",
        "syslog",
        "vhangup",
    ],
    // Mounts and namespaces are the runtime's to make. clone is allowed without such flags.
    &[
        "clone",
        "clone3",
        "fsconfig",
        "fsmount",
        "fsopen",
        "fspick",
        "listmount",
        "mount",
        "mount_setattr",
        "move_mount",
        "open_tree",
        "open_tree_attr",
        "pivot_root",
        "setdomainname",
        "sethostname",
        "setns",
        "statmount",
        "umount2",
        "unshare",
    ],
    // Not divided by namespaces, or seldom used and often where holes were found.
    &[
        "add_key",
        "get_mempolicy",
        "io_uring_enter",
        "io_uring_register",
        "io_uring_setup",
        "kcmp",
        "keyctl",
        "lookup_dcookie",
        "mbind",
        "migrate_pages",
        "move_pages",
        "personality",
        "request_key",
        "set_mempolicy",
        "set_mempolicy_home_node",
        "userfaultfd",
    ],
    // Gone, or never there.
    &[
        "_sysctl",
        "afs_syscall",
        "create_module",
        "epoll_ctl_old",
        "epoll_wait_old",
        "get_kernel_syms",
        "getpmsg",
        "nfsservctl",
        "putpmsg",
        "query_module",
        "security",
        "sysfs",
        "tuxcall",
        "uselib",
        "ustat",
        "vserver",
    ],
];

/// Allowed calls of 32-bit programs that have no number on 64-bit machines
/// (arch/x86/entry/syscalls/syscall_32.tbl, v6.18).
const ONLY_32_BIT: &[&str] = &[
    "_llseek",
    "_newselect",
    "chown32",
    "clock_getres_time64",
    "clock_gettime64",
    "clock_nanosleep_time64",
    "fadvise64_64",
    "fchown32",
    "fcntl64",
    "fstat64",
    "fstatat64",
    "fstatfs64",
    "ftruncate64",
    "futex_time64",
    "getegid32",
    "geteuid32",
    "getgid32",
    "getgroups32",
    "getresgid32",
    "getresuid32",
    "getuid32",
    "io_pgetevents_time64",
    "ipc",
    "lchown32",
    "lstat64",
    "mmap2",
    "mq_timedreceive_time64",
    "mq_timedsend_time64",
    "nice",
    "ppoll_time64",
    "pselect6_time64",
    "recvmmsg_time64",
    "rt_sigtimedwait_time64",
    "sched_rr_get_interval_time64",
    "semtimedop_time64",
    "sendfile64",
    "setfsgid32",
    "setfsuid32",
    "setgid32",
    "setgroups32",
    "setregid32",
    "setresgid32",
    "setresuid32",
    "setreuid32",
    "setuid32",
    "sigaction",
    "signal",
    "sigpending",
    "sigprocmask",
    "sigreturn",
    "sigsuspend",
    "socketcall",
    "stat64",
    "statfs64",
    "timer_gettime64",
    "timer_settime64",
    "timerfd_gettime64",
    "timerfd_settime64",
    "truncate64",
    "ugetrlimit",
    "utimensat_time64",
    "waitpid",
];

/// The profile for this machine.
///
/// # Errors
/// When a builder lacks a part, which no input causes.
pub fn profile() -> Result<LinuxSeccomp, OciSpecError> {
    let machine = Machine::native().unwrap_or(Machine::X86_64);
    let mut rules = vec![allow(allowed(machine), None)?];
    let no_namespaces = argument(LinuxSeccompOperator::ScmpCmpMaskedEq, NAMESPACE_FLAGS)?;
    rules.push(allow(vec!["clone".to_owned()], Some(no_namespaces))?);
    for personality in PERSONALITIES {
        let is_it = argument(LinuxSeccompOperator::ScmpCmpEq, personality)?;
        rules.push(allow(vec!["personality".to_owned()], Some(is_it))?);
    }
    // Its flags are behind a pointer, where no filter looks. Libraries then use clone instead.
    let absent = LinuxSyscallBuilder::default()
        .names(["clone3".to_owned()])
        .action(LinuxSeccompAction::ScmpActErrno)
        .errno_ret(libc::ENOSYS as u32);
    rules.push(absent.build()?);
    LinuxSeccompBuilder::default()
        .default_action(LinuxSeccompAction::ScmpActErrno)
        .default_errno_ret(libc::EPERM as u32)
        .architectures(architectures(machine))
        .syscalls(rules)
        .build()
}

/// Names that are allowed with any arguments.
fn allowed(machine: Machine) -> Vec<String> {
    let is_forbidden = |name: &&str| FORBIDDEN.iter().any(|names| names.contains(name));
    let known = (0..NUMBERS).filter_map(|number| syscall::name(machine, number));
    known
        .filter(|name| !is_forbidden(name))
        .chain(ONLY_32_BIT.iter().copied())
        .map(str::to_owned)
        .collect()
}

/// The machine's own, and what its kernels run beside it.
fn architectures(machine: Machine) -> Vec<Arch> {
    match machine {
        Machine::X86_64 => vec![Arch::ScmpArchX86_64, Arch::ScmpArchX86, Arch::ScmpArchX32],
        Machine::Aarch64 => vec![Arch::ScmpArchAarch64, Arch::ScmpArchArm],
    }
}

fn allow(
    names: Vec<String>,
    argument: Option<LinuxSeccompArg>,
) -> Result<LinuxSyscall, OciSpecError> {
    let mut rule = LinuxSyscallBuilder::default()
        .names(names)
        .action(LinuxSeccompAction::ScmpActAllow);
    if let Some(argument) = argument {
        rule = rule.args([argument]);
    }
    rule.build()
}

/// A condition on the first argument: that it is `value`, or has none of the bits of `value`.
fn argument(operator: LinuxSeccompOperator, value: u64) -> Result<LinuxSeccompArg, OciSpecError> {
    LinuxSeccompArgBuilder::default()
        .index(0_usize)
        .value(value)
        .value_two(0_u64)
        .op(operator)
        .build()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    #[test]
    fn the_profile_is_as_large_as_the_usual_ones_and_refuses_the_rest() {
        let json = serde_json::to_value(profile().unwrap()).unwrap();
        assert_eq!(json["defaultAction"], "SCMP_ACT_ERRNO");
        assert_eq!(json["defaultErrnoRet"], 1);
        let names: Vec<&str> = json["syscalls"][0]["names"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|name| name.as_str())
            .collect();
        assert!((300..420).contains(&names.len()), "{}", names.len());
        assert!(names.contains(&"openat") && names.contains(&"newfstatat"));
        assert!(!names.contains(&"mount") && !names.contains(&"clone3"));
        assert_eq!(json["syscalls"][1]["args"][0]["value"], 0x7e02_0000);
        if cfg!(target_arch = "x86_64") {
            let expected = ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"];
            assert_eq!(json["architectures"], serde_json::json!(expected));
        }
    }

    #[test]
    fn what_is_forbidden_is_known_and_nothing_is_named_twice() {
        let mut names: Vec<&str> = FORBIDDEN.concat();
        names.extend(ONLY_32_BIT);
        for name in FORBIDDEN.concat() {
            assert!(syscall::nature_of(name).is_some(), "{name}");
        }
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
