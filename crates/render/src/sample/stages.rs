//! The stages of a container under podman.

use analysis::report::{LockRow, PhasePart, PhaseRow, ProcessRow, StageReport, SyscallRow};
use trace::phase::Phase;
use trace::role::Role;

const US: u64 = 1_000;

pub(super) fn create() -> StageReport {
    StageReport {
        name: "create".into(),
        inferred: false,
        start_ns: 81_004_113_220_118,
        wall_ns: 53_204_118,
        phases: vec![
            phase(Phase::User, Some(24_110_334), 31_240 * US, 0, &[]),
            phase(
                Phase::Files,
                Some(11_870_201),
                14_902 * US,
                3_812,
                &[
                    ("open overlay", 4_210 * US, 311),
                    ("sync ext4", 3_870 * US, 4),
                    ("read ext4", 1_204 * US, 980),
                    ("metadata ext4", 806 * US, 1_044),
                ],
            ),
            phase(
                Phase::Storage,
                Some(6_402_118),
                6_402_118,
                41,
                &[("mkdir overlay", 410 * US, 9), ("open ext4", 330 * US, 12)],
            ),
            phase(
                Phase::Disk,
                Some(4_903_240),
                4_903_240,
                6,
                &[("ext4", 4_903_240, 6)],
            ),
            phase(
                Phase::Memory,
                Some(2_704_981),
                6_120 * US,
                1_920,
                &[("page fault", 3_100 * US, 0), ("map", 1_800 * US, 402)],
            ),
            phase(Phase::Runqueue, Some(1_892_004), 3_402 * US, 214, &[]),
            phase(
                Phase::Ipc,
                Some(812_400),
                62_900 * US,
                811,
                &[
                    ("futex", 51_000 * US, 402),
                    ("epoll_pwait", 11_000 * US, 98),
                ],
            ),
            phase(
                Phase::Process,
                Some(402_110),
                1_204 * US,
                38,
                &[("fork", 600 * US, 14)],
            ),
            phase(Phase::Security, Some(61_730), 80 * US, 22, &[]),
            phase(Phase::Sockets, Some(30_000), 41 * US, 9, &[]),
            phase(Phase::Unknown, Some(15_000), 19 * US, 2, &[]),
        ],
        processes: vec![
            process(
                9_120,
                "podman",
                Role::Manager,
                51_210 * US,
                48_300 * US,
                6_120,
            ),
            process(9_133, "podman", Role::Manager, 4_110 * US, 3_900 * US, 402),
        ],
        heuristics: Vec::new(),
        syscalls: vec![
            syscall("futex", 402, 11, 51_000 * US),
            syscall("epoll_pwait", 98, 0, 11_000 * US),
            syscall("openat", 702, 118, 5_102 * US),
            syscall("fdatasync", 4, 0, 3_870 * US),
            syscall("newfstatat", 1_044, 390, 806 * US),
            syscall("read", 980, 0, 1_204 * US),
        ],
        locks: vec![],
    }
}

pub(super) fn start() -> StageReport {
    StageReport {
        name: "start".into(),
        inferred: false,
        start_ns: 81_004_166_424_236,
        wall_ns: 96_310_442,
        phases: vec![
            phase(Phase::User, Some(38_902_118), 61_120 * US, 0, &[]),
            phase(
                Phase::Rcu,
                Some(19_402_000),
                19_402 * US,
                3,
                &[
                    ("cgroup_procs_write", 15_200 * US, 1),
                    ("namespace_unlock", 4_202 * US, 2),
                ],
            ),
            phase(
                Phase::Namespaces,
                Some(9_612_118),
                9_800 * US,
                7,
                &[
                    ("net", 7_902 * US, 1),
                    ("mnt", 1_100 * US, 2),
                    ("pid+ipc+uts+cgroup", 798 * US, 4),
                ],
            ),
            phase(
                Phase::Mounts,
                Some(8_204_330),
                8_402 * US,
                64,
                &[
                    ("mount overlay", 3_020 * US, 1),
                    ("pivot_root", 1_904 * US, 1),
                    ("mount proc", 902 * US, 1),
                    ("umount2", 640 * US, 4),
                ],
            ),
            phase(
                Phase::Files,
                Some(7_118_220),
                12_040 * US,
                2_980,
                &[
                    ("open overlay", 2_120 * US, 144),
                    ("read proc", 1_902 * US, 220),
                ],
            ),
            phase(
                Phase::Process,
                Some(5_240_118),
                9_002 * US,
                71,
                &[("exec", 4_100 * US, 6), ("fork", 2_400 * US, 19)],
            ),
            phase(
                Phase::Security,
                Some(3_402_114),
                3_500 * US,
                48,
                &[("seccomp", 2_902 * US, 1)],
            ),
            phase(Phase::Runqueue, Some(2_090_118), 6_402 * US, 402, &[]),
            phase(
                Phase::Locks,
                Some(1_204_118),
                1_640 * US,
                3,
                &[("cgroup_mutex", 1_204_118, 1), ("rtnl_mutex", 435 * US, 2)],
            ),
            phase(Phase::Memory, Some(820_300), 5_100 * US, 1_402, &[]),
            phase(
                Phase::Ipc,
                Some(204_118),
                181_900 * US,
                1_204,
                &[("futex", 140_000 * US, 700), ("read pipe", 41_900 * US, 30)],
            ),
            phase(
                Phase::Cgroups,
                Some(110_770),
                640 * US,
                31,
                &[("write", 402 * US, 9)],
            ),
        ],
        processes: vec![
            process(
                9_120,
                "podman",
                Role::Manager,
                44_210 * US,
                40_300 * US,
                4_120,
            ),
            process(
                9_160,
                "crun",
                Role::Runtime,
                39_402 * US,
                19_208 * US,
                1_980,
            ),
            process(9_152, "conmon", Role::Shim, 4_402 * US, 4_102 * US, 302),
            process(9_161, "crun", Role::Runtime, 3_120 * US, 2_902 * US, 402),
            process(9_163, "echo", Role::Container, 1_204 * US, 1_100 * US, 38),
            process(9_153, "conmon", Role::Shim, 902 * US, 880 * US, 61),
        ],
        heuristics: Vec::new(),
        syscalls: vec![
            syscall("futex", 700, 31, 140_000 * US),
            syscall("read", 1_204, 12, 44_300 * US),
            syscall("write", 311, 0, 17_204 * US),
            syscall("clone3", 6, 0, 9_404 * US),
            syscall("mount", 31, 0, 6_402 * US),
            syscall("execve", 6, 2, 4_100 * US),
            syscall("seccomp", 1, 0, 2_902 * US),
            syscall("openat", 804, 96, 2_720 * US),
            syscall("pivot_root", 1, 0, 1_904 * US),
            syscall("mmap", 902, 0, 1_640 * US),
            syscall("close", 1_220, 0, 410 * US),
        ],
        locks: vec![
            lock("cgroup_mutex", 1_204_118, 1),
            lock("rtnl_mutex", 435 * US, 2),
        ],
    }
}

pub(super) fn exec() -> StageReport {
    StageReport {
        name: "exec".into(),
        inferred: false,
        start_ns: 81_004_262_734_678,
        wall_ns: 149_204_331,
        phases: vec![
            phase(Phase::User, Some(81_204_331), 110_400 * US, 0, &[]),
            phase(
                Phase::Files,
                Some(31_000_000),
                48_020 * US,
                18_402,
                &[
                    ("write overlay", 20_100 * US, 3_000),
                    ("open overlay", 14_000 * US, 1_190),
                ],
            ),
            phase(
                Phase::Storage,
                Some(17_000_000),
                17_400 * US,
                112,
                &[("copy-up", 11_000 * US, 3)],
            ),
            phase(
                Phase::Namespaces,
                Some(12_000_000),
                12_100 * US,
                6,
                &[("setns mnt", 7_000 * US, 1), ("setns pid", 5_000 * US, 1)],
            ),
            phase(Phase::Runqueue, Some(8_000_000), 11_000 * US, 611, &[]),
        ],
        processes: vec![
            process(
                9_201,
                "podman",
                Role::Manager,
                70_402 * US,
                66_000 * US,
                5_120,
            ),
            process(
                9_230,
                "tar",
                Role::Container,
                61_000 * US,
                58_000 * US,
                19_300,
            ),
            process(9_222, "crun", Role::Runtime, 18_000 * US, 9_000 * US, 1_120),
        ],
        heuristics: Vec::new(),
        syscalls: vec![
            syscall("write", 3_402, 0, 22_300 * US),
            syscall("openat", 2_020, 40, 15_900 * US),
        ],
        locks: vec![],
    }
}

pub(super) fn stop() -> StageReport {
    StageReport {
        name: "stop".into(),
        inferred: false,
        start_ns: 81_004_411_939_009,
        wall_ns: 47_118_204,
        phases: vec![
            phase(Phase::User, Some(26_118_204), 33_000 * US, 0, &[]),
            phase(
                Phase::Process,
                Some(14_000_000),
                19_040 * US,
                44,
                &[("exit", 9_000 * US, 3), ("kill", 30 * US, 1)],
            ),
            phase(
                Phase::Files,
                Some(7_000_000),
                8_800 * US,
                1_204,
                &[("read proc", 2_000 * US, 80)],
            ),
        ],
        processes: vec![process(
            9_301,
            "podman",
            Role::Manager,
            41_000 * US,
            38_000 * US,
            3_020,
        )],
        heuristics: Vec::new(),
        syscalls: vec![syscall("openat", 402, 18, 2_900 * US)],
        locks: vec![],
    }
}

pub(super) fn remove() -> StageReport {
    StageReport {
        name: "remove".into(),
        inferred: false,
        start_ns: 81_004_459_057_213,
        wall_ns: 52_340_118,
        phases: vec![
            phase(Phase::User, Some(28_340_118), 34_000 * US, 0, &[]),
            phase(
                Phase::Mounts,
                Some(10_000_000),
                10_040 * US,
                9,
                &[("umount2", 9_800 * US, 3)],
            ),
            phase(
                Phase::Cgroups,
                Some(8_000_000),
                8_040 * US,
                21,
                &[("rmdir", 7_000 * US, 4)],
            ),
            phase(
                Phase::Storage,
                Some(6_000_000),
                6_100 * US,
                88,
                &[("unlink ext4", 5_000 * US, 61)],
            ),
        ],
        processes: vec![process(
            9_340,
            "podman",
            Role::Manager,
            44_000 * US,
            39_000 * US,
            3_402,
        )],
        heuristics: Vec::new(),
        syscalls: vec![
            syscall("umount2", 3, 0, 9_800 * US),
            syscall("unlinkat", 61, 0, 5_000 * US),
        ],
        locks: vec![lock("namespace_sem", 402 * US, 2)],
    }
}

pub(super) fn phase(
    phase: Phase,
    critical_path_ns: Option<u64>,
    thread_ns: u64,
    count: u64,
    parts: &[(&str, u64, u64)],
) -> PhaseRow {
    let whole_ns: u64 = parts.iter().map(|part| part.1).sum();
    let parts = parts
        .iter()
        .map(|&(name, thread_ns, count)| PhasePart {
            name: name.into(),
            // In proportion to their thread time.
            critical_path_ns: critical_path_ns.map(|path_ns| path_ns * thread_ns / whole_ns.max(1)),
            thread_ns,
            count,
        })
        .collect();
    PhaseRow {
        phase,
        critical_path_ns,
        thread_ns,
        count,
        parts,
    }
}

pub(super) fn process(
    pid: u32,
    comm: &str,
    role: Role,
    thread_ns: u64,
    cpu_ns: u64,
    syscalls: u64,
) -> ProcessRow {
    ProcessRow {
        pid,
        comm: comm.into(),
        role,
        thread_ns,
        cpu_ns,
        syscalls,
    }
}

pub(super) fn syscall(name: &str, count: u64, errors: u64, total_ns: u64) -> SyscallRow {
    let mean_ns = total_ns / count;
    SyscallRow {
        name: name.into(),
        count,
        errors,
        total_ns,
        p50_ns: mean_ns * 2 / 3,
        p99_ns: mean_ns.max(total_ns / 9),
        max_ns: mean_ns.max(total_ns / 7),
    }
}

pub(super) fn lock(name: &str, wait_ns: u64, count: u64) -> LockRow {
    LockRow {
        name: name.into(),
        wait_ns,
        count,
    }
}
