//! End-to-end tests on the real kernel, as one program, whose tests take turns (`ctrprof_tests::turn`).
//! Files that begin with `run_` show what `ctrprof run` does with a manager or an axis, those with
//! `trace_` what `ctrprof trace` says of commands.

mod bad_input;
mod bench;
mod compare_study;
mod diff;
mod doctor;
mod explain;
mod functions;
mod kernel_names;
mod manners;
mod named_waits;
mod profile;
mod run_bare;
mod run_cgroups;
mod run_containerd;
mod run_docker;
mod run_embedded;
mod run_hello_world;
mod run_inferred;
mod run_lxc;
mod run_lxd;
mod run_network;
mod run_podman;
mod run_seccomp;
mod run_statistics;
mod run_storage;
mod trace_bare_runtimes;
mod trace_control;
mod trace_counts;
mod trace_cpu_waits;
mod trace_critical_path;
mod trace_docker;
mod trace_faults;
mod trace_files;
mod trace_joins;
mod trace_marks;
mod trace_observer;
mod trace_podman;
mod trace_requests;
mod trace_wall_times;
mod what_if;
mod workloads;
