//! The findings of `doctor` on two hosts.

use super::empty;
use crate::doctor::report::{Check, CheckState, DoctorReport};

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
