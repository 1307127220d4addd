//! `cargo xtask demo`: the main job, on a machine that has nothing but Rust and a C compiler.

use std::process::Command;

use anyhow::{Result, bail};

use crate::command::{self, cargo};
use crate::workspace::Workspace;

/// Builds ctrprof and runs `ctrprof run hello-world`, through sudo where this is not root.
pub fn run(workspace: &Workspace) -> Result<()> {
    command::run(cargo(workspace).args(["build", "--profile", "demo", "--package", "ctrprof"]))?;
    let ctrprof = workspace.target().join("demo/ctrprof");
    let mut demo = if command::is_root()? {
        Command::new(ctrprof)
    } else if command::find_program("sudo").is_some() {
        let mut sudo = Command::new("sudo");
        sudo.arg(ctrprof);
        sudo
    } else {
        bail!(
            "loading BPF programs needs root and there is no sudo; run `cargo xtask demo` as root"
        );
    };
    command::run_interactive(demo.args(["run", "hello-world"]))
}
