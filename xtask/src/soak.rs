//! `cargo xtask soak`: the long forms of tests, which take too long for each change.

use anyhow::Result;

use crate::command;
use crate::workspace::Workspace;
use crate::{builds, guest, test};

/// Runs the end-to-end tests in their long form, with all that they print, and all tests of guests
/// on every kernel; with a filter, only the end-to-end tests of such a name.
pub fn run(workspace: &Workspace, filter: Option<&str>) -> Result<()> {
    test::prepare(workspace)?;
    let mut tests = builds::cargo_on_all(workspace, "test");
    tests.args(["--no-fail-fast", "--test", "e2e", "--", "--show-output"]);
    tests.args(filter);
    tests.env(test::LONG_VARIABLE, "1");
    test::run_here(workspace, &mut tests)?;
    if filter.is_some() {
        return Ok(());
    }
    // Alone, for others ask for features of dependencies that it must ask for itself.
    command::run(command::cargo(workspace).args(["check", "--locked", "--package", "ctrprof"]))?;
    guest::run(
        workspace,
        &guest::Options {
            long: true,
            ..guest::Options::default()
        },
    )
}
