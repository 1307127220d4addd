//! Names of kernel functions and locks are right on the machine's own kernel.

use anyhow::Result;
use ctrprof_tests::kernel_names;

#[test]
fn the_kernel_has_the_names_that_the_analysis_looks_for() -> Result<()> {
    kernel_names::check()
}
