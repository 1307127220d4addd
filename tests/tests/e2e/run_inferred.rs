//! Inference held against marks: the same recording, analysed with them and without.

use anyhow::Result;
use ctrprof_tests::managed::Managed;
use trace::mark::Stage;

/// The stages that are requests to a manager.
const ALL: &[Stage] = &[
    Stage::Create,
    Stage::Start,
    Stage::Exec,
    Stage::Stop,
    Stage::Remove,
];
/// Those that are requests to a runtime alone: the embedded engine prepares and releases storage in
/// the others, itself, without a command.
const OF_RUNTIME: &[Stage] = &[Stage::Start, Stage::Exec, Stage::Stop];

/// The embedded engine with a runtime that is a program; where it is a library, there are no commands.
#[test]
fn embedded() -> Result<()> {
    Managed::hello_world_inferred(&["--runtime", "crun"], OF_RUNTIME)
}

#[test]
fn podman() -> Result<()> {
    Managed::hello_world_inferred(&["--manager", "podman"], ALL)
}

#[test]
fn docker() -> Result<()> {
    Managed::hello_world_inferred(&["--manager", "docker"], ALL)
}

#[test]
fn containerd() -> Result<()> {
    Managed::hello_world_inferred(&["--manager", "containerd"], ALL)
}

#[test]
fn lxc() -> Result<()> {
    Managed::hello_world_inferred(&["--manager", "lxc"], ALL)
}

#[test]
fn lxd() -> Result<()> {
    Managed::hello_world_inferred(&["--manager", "lxd"], ALL)
}
