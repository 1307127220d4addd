//! Tests that want another kernel than the machine's own, with cgroup v2 alone and with hooks on
//! kernel functions. They run in a guest: `cargo xtask guest`.

mod cgroups;
mod counts;
mod doctor;
mod explain;
mod ftrace;
mod functions;
mod kernel_names;
mod limits;
mod namespaces;
mod podman;
mod storage;
mod throttling;
