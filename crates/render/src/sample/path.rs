//! Critical paths.

use super::stages::start;
use analysis::report::path::{Heuristic, Segment, SegmentState, StagePath, Wake};
use trace::phase::Phase;
use trace::role::Role;

/// The critical path of the stage `start` of [`container`], in few pieces.
pub(crate) fn path() -> StagePath {
    let stage = start();
    let mut path = StagePath {
        run: 0,
        stage: stage.name,
        start_ns: stage.start_ns,
        wall_ns: 0,
        segments: Vec::new(),
        samples: Vec::new(),
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
        cause: String::new(),
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
