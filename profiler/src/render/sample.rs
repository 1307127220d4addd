//! Reports for the tests of this room, close to what real recordings gave.

use std::collections::BTreeMap;

use crate::model::doctor::{Check, CheckState, DoctorReport};
use crate::model::manifest::{Host, ObserverCost, ProbeState};
use crate::model::path::{Heuristic, Segment, SegmentState, StagePath, Wake};
use crate::model::phase::Phase;
use crate::model::report::{
    LockRow, PhasePart, PhaseRow, ProcessRow, RecordCounts, Report, Run, SCHEMA_VERSION,
    StageReport, SyscallRow,
};
use crate::model::role::Role;

const US: u64 = 1_000;
const MS: u64 = 1_000_000;

/// A report without any run.
pub(crate) fn empty() -> Report {
    Report {
        schema: SCHEMA_VERSION,
        host: Host {
            kernel: "6.18.5".into(),
            machine: "x86_64".into(),
            cpus: 2,
            cgroup: "hybrid".into(),
            load_milli: 420,
        },
        command: Vec::new(),
        level: "full".into(),
        records: RecordCounts::default(),
        probes: probes(),
        observer: ObserverCost {
            untracked_syscall_ns: 228,
            tracked_syscall_ns: 307,
            total_ns: 9_420 * US,
            own_cpu_ns: 31 * MS,
        },
        interrupted: None,
        runs: Vec::new(),
    }
}

fn probes() -> Vec<ProbeState> {
    let probe = |name: &str, kind: &str, runs| ProbeState {
        name: name.into(),
        kind: kind.into(),
        state: "attached".into(),
        reason: String::new(),
        runs,
    };
    vec![
        probe("sys_enter", "tp_btf", 30_912),
        probe("sys_exit", "tp_btf", 30_874),
        probe("sched_switch", "tp_btf", 4_019),
        probe("sched_waking", "tp_btf", 2_711),
        probe("sched_process_fork", "tp_btf", 61),
        probe("cpu-clock", "perf_event", 492),
    ]
}

/// Marks function probes as refused.
pub(crate) fn with_unavailable_probes(mut report: Report) -> Report {
    for name in [
        "copy_net_ns",
        "setup_net",
        "cleanup_net",
        "ovl_copy_up_one",
        "cgroup_migrate",
    ] {
        report.probes.push(ProbeState {
            name: name.into(),
            kind: "fentry".into(),
            state: "unavailable".into(),
            reason:
                "operation not permitted; kernel functions are not timed, stacks still name them"
                    .into(),
            runs: 0,
        });
    }
    report
}

/// Loses records.
pub(crate) fn with_losses(mut report: Report) -> Report {
    report.records = RecordCounts {
        sent: 1_204_113,
        received: 1_188_902,
        lost: 15_211,
        lost_by_kind: BTreeMap::from([("span".into(), 15_004), ("wake".into(), 207)]),
        storage_failures: 3,
        missed_runs: 12,
        imputed_switches: 1,
    };
    report
}

/// Takes the critical path away.
pub(crate) fn without_critical_path(mut report: Report) -> Report {
    let stages = report.runs.iter_mut().flat_map(|run| &mut run.stages);
    for row in stages.flat_map(|stage| &mut stage.phases) {
        row.critical_path_ns = None;
    }
    report
}

/// A command with one stage and no critical path.
pub(crate) fn command() -> Report {
    let script = "unshare -n true; unshare -m mount -t tmpfs x /mnt; cat /etc/passwd > /dev/null";
    let phases = vec![
        phase(Phase::User, None, 5_820 * US, 0, &[]),
        phase(
            Phase::Namespaces,
            None,
            4_310 * US,
            3,
            &[("net", 4_120 * US, 1), ("mnt", 190 * US, 2)],
        ),
        phase(
            Phase::Files,
            None,
            2_204 * US,
            151,
            &[
                ("open ext4", 911 * US, 48),
                ("read ext4", 402 * US, 40),
                ("metadata ext4", 390 * US, 33),
                ("read proc", 12 * US, 2),
            ],
        ),
        phase(
            Phase::Process,
            None,
            1_990 * US,
            21,
            &[("execve", 1_502 * US, 5), ("exit_group", 300 * US, 5)],
        ),
        phase(
            Phase::Memory,
            None,
            870 * US,
            124,
            &[("mmap", 610 * US, 80)],
        ),
        phase(
            Phase::Mounts,
            None,
            64 * US,
            1,
            &[("mount tmpfs", 64 * US, 1)],
        ),
        phase(Phase::Security, None, 4 * US, 2, &[]),
    ];
    let stage = StageReport {
        name: "command".into(),
        start_ns: 81_004_113_220_118,
        wall_ns: 13_402_118,
        phases,
        processes: vec![
            process(4_711, "sh", Role::Client, 7 * MS, 6 * MS, 102),
            process(4_712, "unshare", Role::Other, 5_100 * US, 1 * MS, 71),
            process(4_714, "mount", Role::Other, 2 * MS, 2 * MS, 88),
            process(4_715, "cat", Role::Other, 1_140 * US, 1_100 * US, 40),
        ],
        syscalls: vec![
            syscall("unshare", 2, 0, 4_310 * US),
            syscall("execve", 5, 0, 1_502 * US),
            syscall("openat", 48, 4, 911 * US),
            syscall("mmap", 80, 0, 610 * US),
        ],
        locks: vec![lock("pernet_ops_rwsem", 12 * US, 1)],
    };
    Report {
        command: ["sh", "-c", script].map(String::from).to_vec(),
        records: received(2_048),
        runs: vec![Run {
            configuration: BTreeMap::new(),
            stages: vec![stage],
        }],
        ..empty()
    }
}

/// A container taken through five stages, with the critical path.
pub(crate) fn container() -> Report {
    let configuration = [
        ("manager", "podman"),
        ("runtime", "crun"),
        ("storage", "overlay"),
        ("image", "alpine-like"),
        ("network", "none"),
    ]
    .map(|(axis, value)| (axis.to_owned(), value.to_owned()));
    Report {
        command: [
            "podman",
            "run",
            "--rm",
            "localhost/alpine-like",
            "echo",
            "hello, world",
        ]
        .map(String::from)
        .to_vec(),
        records: RecordCounts {
            imputed_switches: 2,
            ..received(41_377)
        },
        runs: vec![Run {
            configuration: BTreeMap::from(configuration),
            stages: vec![create(), start(), exec(), stop(), remove()],
        }],
        ..empty()
    }
}

fn create() -> StageReport {
    StageReport {
        name: "create".into(),
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
                &[("page fault", 3_100 * US, 0), ("mmap", 1_800 * US, 402)],
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
                &[("clone", 600 * US, 14)],
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

fn start() -> StageReport {
    StageReport {
        name: "start".into(),
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
                &[("execve", 4_100 * US, 6), ("clone", 2_400 * US, 19)],
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

fn exec() -> StageReport {
    StageReport {
        name: "exec".into(),
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
        syscalls: vec![
            syscall("write", 3_402, 0, 22_300 * US),
            syscall("openat", 2_020, 40, 15_900 * US),
        ],
        locks: vec![],
    }
}

fn stop() -> StageReport {
    StageReport {
        name: "stop".into(),
        start_ns: 81_004_411_939_009,
        wall_ns: 47_118_204,
        phases: vec![
            phase(Phase::User, Some(26_118_204), 33_000 * US, 0, &[]),
            phase(
                Phase::Process,
                Some(14_000_000),
                19_040 * US,
                44,
                &[("exit_group", 9_000 * US, 3), ("kill", 30 * US, 1)],
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
        syscalls: vec![syscall("openat", 402, 18, 2_900 * US)],
        locks: vec![],
    }
}

fn remove() -> StageReport {
    StageReport {
        name: "remove".into(),
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
        syscalls: vec![
            syscall("umount2", 3, 0, 9_800 * US),
            syscall("unlinkat", 61, 0, 5_000 * US),
        ],
        locks: vec![lock("namespace_sem", 402 * US, 2)],
    }
}

fn phase(
    phase: Phase,
    critical_path_ns: Option<u64>,
    thread_ns: u64,
    count: u64,
    parts: &[(&str, u64, u64)],
) -> PhaseRow {
    let parts = parts
        .iter()
        .map(|&(name, thread_ns, count)| PhasePart {
            name: name.into(),
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

fn process(
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

fn syscall(name: &str, count: u64, errors: u64, total_ns: u64) -> SyscallRow {
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

fn lock(name: &str, wait_ns: u64, count: u64) -> LockRow {
    LockRow {
        name: name.into(),
        wait_ns,
        count,
    }
}

fn received(number: u64) -> RecordCounts {
    RecordCounts {
        sent: number,
        received: number,
        ..RecordCounts::default()
    }
}

#[test]
fn samples_keep_the_promise_of_the_critical_path() {
    for stage in container().runs.iter().flat_map(|run| &run.stages) {
        let on_path: u64 = stage
            .phases
            .iter()
            .filter_map(|row| row.critical_path_ns)
            .sum();
        assert_eq!(on_path, stage.wall_ns, "{}", stage.name);
    }
}

/// A host that can do nearly all.
pub(crate) fn doctor() -> DoctorReport {
    let check = |group: &str, name: &str, state, detail: &str, remedy: &str| Check {
        group: group.into(),
        name: name.into(),
        state,
        detail: detail.into(),
        remedy: remedy.into(),
    };
    use CheckState::{Ok, Warn};
    DoctorReport {
        host: empty().host,
        checks: vec![
            check("kernel", "btf", Ok, "/sys/kernel/btf/vmlinux, 6.1 MB", ""),
            check("kernel", "lockdown", Ok, "integrity", ""),
            check("privileges", "CAP_BPF", Ok, "effective", ""),
            check("privileges", "CAP_PERFMON", Ok, "effective", ""),
            check("probes", "sys_enter", Ok, "tp_btf", ""),
            check("probes", "sched_switch", Ok, "tp_btf", ""),
            check(
                "probes",
                "fentry copy_net_ns",
                Warn,
                "operation not permitted",
                "nothing to be done on this kernel: functions are not timed, kernel stacks still name them",
            ),
            check(
                "cgroups",
                "version",
                Ok,
                "hybrid: v1 controllers, v2 at /sys/fs/cgroup/unified",
                "",
            ),
            check("engines", "podman", Ok, "4.3.1, /usr/bin/podman", ""),
            check(
                "engines",
                "docker",
                Warn,
                "not found",
                "install docker.io to profile docker",
            ),
            check("storage", "overlay", Ok, "in /proc/filesystems", ""),
        ],
    }
}

/// A host where BPF cannot be loaded.
pub(crate) fn unfit_doctor() -> DoctorReport {
    let mut doctor = doctor();
    for check in doctor
        .checks
        .iter_mut()
        .filter(|check| check.name == "CAP_BPF")
    {
        check.state = CheckState::Missing;
        check.detail = "not in the effective set of user 1000".into();
        check.remedy = "run as root, or grant it: setcap cap_bpf,cap_perfmon,cap_sys_resource+ep /usr/local/bin/ctrprof".into();
    }
    doctor
}

/// The critical path of the stage `start` of [`container`], in few pieces.
pub(crate) fn path() -> StagePath {
    let stage = start();
    let mut path = StagePath {
        run: 0,
        stage: stage.name,
        start_ns: stage.start_ns,
        wall_ns: 0,
        segments: Vec::new(),
    };
    let podman = (9_120, "podman", Role::Manager);
    let conmon = (9_152, "conmon", Role::Shim);
    let crun = (9_160, "crun", Role::Runtime);
    let init = (9_163, "crun", Role::Runtime);
    let echo = (9_163, "echo", Role::Container);
    for (duration_ns, who, phase, syscall, subphase, detail) in [
        (19_902_118, podman, Phase::User, None, "", ""),
        (
            4_118_220,
            podman,
            Phase::Files,
            Some("openat"),
            "open",
            "overlay",
        ),
        (
            1_240_118,
            podman,
            Phase::Process,
            Some("clone3"),
            "clone",
            "",
        ),
        (2_004_000, conmon, Phase::User, None, "", ""),
        (
            1_000_000,
            conmon,
            Phase::Process,
            Some("execve"),
            "execve",
            "/usr/bin/crun",
        ),
        (1_090_118, crun, Phase::Runqueue, None, "", ""),
        (6_900_000, crun, Phase::User, None, "", ""),
        (
            15_200_000,
            crun,
            Phase::Rcu,
            Some("write"),
            "cgroup_procs_write",
            "cgroup.procs",
        ),
        (
            1_204_118,
            crun,
            Phase::Locks,
            Some("write"),
            "",
            "cgroup_mutex",
        ),
        (
            7_902_000,
            crun,
            Phase::Namespaces,
            Some("clone3"),
            "net",
            "",
        ),
        (
            1_710_118,
            init,
            Phase::Namespaces,
            Some("unshare"),
            "mnt",
            "",
        ),
        (
            8_204_330,
            init,
            Phase::Mounts,
            Some("mount"),
            "mount",
            "overlay",
        ),
        (
            4_202_000,
            init,
            Phase::Rcu,
            Some("umount2"),
            "namespace_unlock",
            "",
        ),
        (
            3_402_114,
            init,
            Phase::Security,
            Some("seccomp"),
            "seccomp",
            "",
        ),
        (
            3_000_000,
            init,
            Phase::Process,
            Some("execve"),
            "execve",
            "/bin/echo",
        ),
        (820_300, echo, Phase::Memory, None, "page fault", ""),
        (1_096_000, echo, Phase::User, None, "", ""),
        (
            3_000_000,
            podman,
            Phase::Files,
            Some("read"),
            "read",
            "proc",
        ),
        (9_000_000, podman, Phase::User, None, "", ""),
        (204_118, podman, Phase::Ipc, Some("futex"), "timer", ""),
        (
            1_110_770,
            podman,
            Phase::Cgroups,
            Some("write"),
            "write",
            "cgroup",
        ),
    ] {
        push(&mut path, duration_ns, who, phase);
        if let Some(segment) = path.segments.last_mut() {
            segment.syscall = syscall.map(Into::into);
            segment.subphase = subphase.into();
            segment.detail = detail.into();
            segment.heuristic = (phase == Phase::Ipc).then_some(Heuristic::TimerResidue);
            segment.stack = (phase == Phase::Rcu).then_some(7);
            segment.state = match (phase, syscall) {
                (Phase::Rcu | Phase::Locks | Phase::Ipc, _) => SegmentState::Blocked,
                (Phase::Runqueue, _) => SegmentState::Runnable,
                (_, Some(_)) => SegmentState::Syscall,
                (_, None) => SegmentState::User,
            };
        }
    }
    wake(&mut path, 5, conmon, Some("clone"));
    wake(&mut path, 8, (9_161, "crun", Role::Runtime), Some("write"));
    wake(&mut path, 7, (17, "rcu_preempt", Role::KernelThread), None);
    wake(&mut path, 17, echo, Some("exit_group"));
    path
}

/// A path of segments of these durations, over all roles and phases by turns.
pub(crate) fn path_of(durations_ns: &[u64]) -> StagePath {
    let mut path = StagePath {
        stage: "start".into(),
        start_ns: 1_000,
        ..StagePath::default()
    };
    for (index, &duration_ns) in durations_ns.iter().enumerate() {
        let role = Role::ALL[index % Role::ALL.len()];
        let phase = Phase::ALL[index % Phase::ALL.len()];
        push(&mut path, duration_ns, (index as u32, "crun", role), phase);
    }
    path
}

fn push(path: &mut StagePath, duration_ns: u64, who: (u32, &str, Role), phase: Phase) {
    let (tid, comm, role) = who;
    path.segments.push(Segment {
        start_ns: path.start_ns + path.wall_ns,
        duration_ns,
        tid,
        tgid: tid,
        comm: comm.into(),
        role,
        state: SegmentState::User,
        syscall: None,
        phase,
        subphase: String::new(),
        detail: String::new(),
        stack: None,
        woken_by: None,
        heuristic: None,
    });
    path.wall_ns += duration_ns;
}

fn wake(path: &mut StagePath, index: usize, by: (u32, &str, Role), syscall: Option<&str>) {
    let (tid, comm, role) = by;
    if let Some(segment) = path.segments.get_mut(index) {
        segment.woken_by = Some(Wake {
            tid,
            comm: comm.into(),
            role,
            syscall: syscall.map(Into::into),
            at_ns: segment.start_ns,
        });
    }
}
