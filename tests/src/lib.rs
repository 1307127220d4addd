//! The common parts of the end-to-end tests: how they run ctrprof and read its reports, and what the
//! tracees in `fixtures` do.

pub mod affinity;
pub mod bpf;
pub mod burn;
pub mod cgroup;
pub mod chroot;
pub mod ctrprof;
pub mod docker;
pub mod engine;
pub mod folded;
pub mod form;
pub mod kernel_names;
pub mod known_syscalls;
pub mod leftovers;
pub mod loop_device;
pub mod managed;
pub mod memory_group;
pub mod podman;
pub mod quota;
pub mod real_time;
pub mod report;
pub mod rootfs;
pub mod scratch;
pub mod strace;
pub mod terminal;
pub mod throttled;
pub mod tries;
pub mod turn;
