//! `cargo xtask test`: every test, on a machine that has been given what they need.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::workspace::Workspace;
use crate::{builds, command, packages, tools};

/// Makes the tests take their long form (`ctrprof_tests::form`).
pub const LONG_VARIABLE: &str = "CTRPROF_SOAK";

/// Installs packages and tools, checks that the kernel loads BPF programs, and runs the tests.
///
/// Fails, with the reason, where it cannot run them all: it never skips one.
pub fn run(workspace: &Workspace, filter: Option<&str>) -> Result<()> {
    prepare(workspace)?;
    let mut tests = builds::cargo_on_all(workspace, "test");
    // No comments have examples that could be run: looking for them takes half a minute.
    tests.args(["--no-fail-fast", "--tests"]);
    if let Some(filter) = filter {
        tests.args(["--", filter]);
    }
    run_here(workspace, &mut tests)
}

/// Installs packages and tools, builds everything, and checks that the kernel loads BPF programs.
pub fn prepare(workspace: &Workspace) -> Result<()> {
    packages::install_missing()?;
    tools::install(workspace)?;
    builds::everything(workspace)?;
    check_host(workspace)
}

/// Lets cargo run tests as root, with what they want to know.
pub fn run_here(workspace: &Workspace, tests: &mut Command) -> Result<()> {
    if !command::is_root()? {
        run_as_root(tests)?;
    }
    // The end-to-end tests run this one instead of building it again, perhaps as another user.
    tests.env("CTRPROF", builds::ctrprof(workspace));
    command::run_interactive(tests)
}

/// Asks `ctrprof doctor`, whose exit status says whether tracing can work here.
fn check_host(workspace: &Workspace) -> Result<()> {
    let mut doctor = if command::is_root()? {
        Command::new(builds::ctrprof(workspace))
    } else {
        let mut sudo = Command::new("sudo");
        sudo.arg(builds::ctrprof(workspace));
        sudo
    };
    let line = command::line_of(doctor.arg("doctor"));
    let output = doctor
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("failed to start `{line}`"))?;
    if !output.status.success() {
        eprint!("{}", String::from_utf8_lossy(&output.stdout));
        bail!(
            "the end-to-end tests cannot run on this machine: `{line}` says why, above ({})",
            output.status
        );
    }
    Ok(())
}

/// Lets cargo start the test programs, but not the compiler, through sudo.
fn run_as_root(tests: &mut Command) -> Result<()> {
    let version = command::output(Command::new("rustc").arg("-vV"))?;
    let host = version
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .context("`rustc -vV` names no host")?;
    tests.env(runner_variable(host), "sudo --preserve-env");
    Ok(())
}

/// The variable by which cargo takes `target.<triple>.runner` (the Cargo Book, "Configuration").
fn runner_variable(host: &str) -> String {
    format!(
        "CARGO_TARGET_{}_RUNNER",
        host.to_uppercase().replace('-', "_")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_runner_variable_is_the_triple_in_upper_case() {
        let expected = "CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUNNER";
        assert_eq!(runner_variable("x86_64-unknown-linux-gnu"), expected);
    }
}
