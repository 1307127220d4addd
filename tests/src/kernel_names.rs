//! The names of kernel functions and locks that the analysis knows, compared with the running kernel.

use std::collections::BTreeSet;
use std::fs;

use analysis::attribution::kernel::check::Kernel;
use analysis::attribution::kernel::names;
use anyhow::{Context, Result, ensure};

/// The modules that the names belong to.
pub fn modules() -> BTreeSet<&'static str> {
    names().iter().filter_map(|name| name.module).collect()
}

/// Fails with each name that the running kernel contradicts, and prints which modules it lacks.
pub fn check() -> Result<()> {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease")?;
    let kallsyms = fs::read_to_string("/proc/kallsyms")?;
    let kernel = Kernel::new(&release, &kallsyms)
        .with_context(|| format!("the release {release:?} has no numbers"))?;
    let names = names();
    let absent = kernel.absent_modules(&names);
    println!("{} names, not checked for want of: {absent:?}", names.len());
    let problems = kernel.problems(&names);
    ensure!(
        problems.is_empty(),
        "mend the tables in crates/analysis/src/attribution/kernel:\n{}",
        problems.join("\n")
    );
    Ok(())
}
