//! Names of kernel functions and locks are right on the guest's kernel.

use std::process::Command;

use anyhow::{Result, ensure};
use ctrprof_tests::kernel_names;

/// Modules that the guest's image has.
const LOADABLE: &[&str] = &["btrfs", "loop", "overlay", "xfs"];

#[test]
fn the_kernel_has_the_names_that_the_analysis_looks_for() -> Result<()> {
    for module in LOADABLE {
        ensure!(
            kernel_names::modules().contains(module),
            "no name belongs to {module}"
        );
        let output = Command::new("modprobe").arg(module).output()?;
        ctrprof_tests::ctrprof::succeeded(&output)?;
    }
    kernel_names::check()
}
