//! The stages of a container under podman.

use super::rows::{cause, function_part, lock, phase, process, syscall};
use analysis::report::functions::{FunctionGroup, FunctionRow};
use analysis::report::{CauseKind, CauseRow, MemoryLimitRow, StageReport};
use trace::phase::Phase;
use trace::role::Role;

const US: u64 = 1_000;

pub(super) fn create() -> StageReport {
    StageReport {
        files: Vec::new(),
        errors: Vec::new(),
        name: "create".into(),
        inferred: false,
        commands: Vec::new(),
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
        functions: vec![FunctionGroup {
            role: Role::Manager,
            comm: "podman".into(),
            critical_path_ns: 24_110_334,
            samples: 47,
            functions: vec![
                FunctionRow {
                    name: "package initialisers".into(),
                    samples: 30,
                    estimated_ns: 15_389_575,
                    parts: vec![
                        function_part("github.com/docker/distribution/reference", 18, 9_233_745),
                        function_part("k8s.io/apimachinery/pkg/api/resource", 12, 6_155_830),
                    ],
                },
                FunctionRow {
                    name: "Go garbage collector".into(),
                    samples: 17,
                    estimated_ns: 8_720_759,
                    parts: vec![function_part("runtime.scanobject", 17, 8_720_759)],
                },
            ],
        }],
        causes: vec![
            cause("podman", Role::Manager, Phase::User, None, 24_110_334),
            CauseRow {
                part: "lock".into(),
                cause: "file lock on /run/xtables.lock, held by iptables".into(),
                cause_kind: Some(CauseKind::FileLock),
                ..cause(
                    "podman",
                    Role::Manager,
                    Phase::Files,
                    Some("flock"),
                    3_870 * US,
                )
            },
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
        quotas: Vec::new(),
        memory_limits: Vec::new(),
    }
}

pub(super) fn start() -> StageReport {
    StageReport {
        files: Vec::new(),
        errors: Vec::new(),
        name: "start".into(),
        inferred: false,
        commands: Vec::new(),
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
        causes: Vec::new(),
        functions: Vec::new(),
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
        quotas: Vec::new(),
        memory_limits: Vec::new(),
    }
}

pub(super) fn exec() -> StageReport {
    StageReport {
        files: Vec::new(),
        errors: Vec::new(),
        name: "exec".into(),
        inferred: false,
        commands: Vec::new(),
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
        causes: Vec::new(),
        functions: Vec::new(),
        heuristics: Vec::new(),
        syscalls: vec![
            syscall("write", 3_402, 0, 22_300 * US),
            syscall("openat", 2_020, 40, 15_900 * US),
        ],
        locks: vec![],
        quotas: Vec::new(),
        memory_limits: vec![MemoryLimitRow {
            group: "the container's group".into(),
            limit_bytes: 64 << 20,
            is_high: false,
            reached: 812,
            critical_path_ns: Some(3_100 * US),
        }],
    }
}

pub(super) fn stop() -> StageReport {
    StageReport {
        files: Vec::new(),
        errors: Vec::new(),
        name: "stop".into(),
        inferred: false,
        commands: Vec::new(),
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
        causes: Vec::new(),
        functions: Vec::new(),
        heuristics: Vec::new(),
        syscalls: vec![syscall("openat", 402, 18, 2_900 * US)],
        locks: vec![],
        quotas: Vec::new(),
        memory_limits: Vec::new(),
    }
}

pub(super) fn remove() -> StageReport {
    StageReport {
        files: Vec::new(),
        errors: Vec::new(),
        name: "remove".into(),
        inferred: false,
        commands: Vec::new(),
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
        causes: Vec::new(),
        functions: Vec::new(),
        heuristics: Vec::new(),
        syscalls: vec![
            syscall("umount2", 3, 0, 9_800 * US),
            syscall("unlinkat", 61, 0, 5_000 * US),
        ],
        locks: vec![lock("namespace_sem", 402 * US, 2)],
        quotas: Vec::new(),
        memory_limits: Vec::new(),
    }
}
