//! The builds by cargo, each of which is done once: which features dependencies have, and so which
//! builds of them can be shared, depends on the packages that a command selects.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::command::{self, cargo};
use crate::workspace::Workspace;

/// `cargo VERB` on all packages but the kernel programs, which have a target of their own.
pub fn cargo_on_all(workspace: &Workspace, verb: &str) -> Command {
    let mut cargo = cargo(workspace);
    cargo.args([
        verb,
        "--locked",
        "--workspace",
        "--exclude",
        "profiler-ebpf",
    ]);
    cargo
}

/// Builds every program and every test, but those for guests.
pub fn everything(workspace: &Workspace) -> Result<()> {
    command::run(cargo_on_all(workspace, "build").arg("--all-targets"))
}

/// The ctrprof that the tests run, which is built with them.
pub fn ctrprof(workspace: &Workspace) -> PathBuf {
    workspace.target().join("debug/ctrprof")
}
