//! `cargo xtask guest`: tests on other kernels, with cgroup v2 and with function hooks, in virtual
//! machines.
//!
//! Nothing is installed: kernels, QEMU and busybox are Debian's packages, unpacked in the cache. The
//! guest's root is an image made of this machine's programs, so the test programs find the
//! libraries that they were linked with.

mod archive;
mod clock;
mod console;
mod kernel;
mod machine;
mod modules;
mod patience;
mod root;
mod task;
mod tools;

use std::fs;
use std::path::Path;
use std::thread;

use anyhow::{Context, Result, anyhow, bail};

use crate::packages;
use crate::workspace::Workspace;
use kernel::Kernel;
use machine::Machine;
use root::Root;
use tools::Tools;

pub use kernel::Series;

/// Size of the guest's disk, of which only what is written takes room.
const DISK_BYTES: u64 = 3 << 30;

/// The tests to be run; by default all of them on the newest kernel, and on the others those that differ.
#[derive(Default)]
pub struct Options {
    /// Only tests whose name contains this.
    pub filter: Option<String>,
    /// Only this kernel.
    pub series: Option<Series>,
    /// A shell instead of the tests.
    pub shell: bool,
    /// All tests on every kernel, in their long form.
    pub long: bool,
}

impl Options {
    /// How many guests share the tests of a kernel.
    fn parts(&self, series: Series) -> u32 {
        if self.shell || self.filter.is_some() {
            1
        } else {
            series.parts()
        }
    }
}

/// Fetches kernels and tools, for [`run`] to find them.
pub fn fetch(workspace: &Workspace) -> Result<()> {
    let cache = workspace.cache().join("guest");
    kernels(&cache, &Options::default())?;
    Tools::find_or_fetch(&cache).map(drop)
}

/// Boots each kernel, runs its tests in it, and fails unless all have passed.
///
/// A kernel that this machine's package sources do not have is named; one at least must be had.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    packages::install_missing()?;
    let cache = workspace.cache().join("guest");
    let kernels = kernels(&cache, options)?;
    let tools = Tools::find_or_fetch(&cache)?;
    let folder = workspace.target().join("guest");
    fs::create_dir_all(&folder)?;
    let image = folder.join("root.img");
    let mut root = Root::fill(folder.join("root"), &tools, &kernels)?;
    task::add(&mut root, workspace, &kernels, options)?;
    root.into_image(&image, DISK_BYTES)?;
    let machines: Vec<Machine> = kernels
        .iter()
        .flat_map(|kernel| {
            let parts = options.parts(kernel.series);
            (0..parts).map(move |part| (kernel, part, parts))
        })
        .map(|(kernel, part, parts)| Machine {
            tools: &tools,
            kernel,
            part,
            parts,
            image: &image,
            folder: folder.join(kernel.series.name()).join(part.to_string()),
        })
        .collect();
    let outcome = if options.shell {
        machines[0].run_shell()
    } else {
        run_all(&machines)
    };
    fs::remove_file(&image)?;
    outcome
}

/// The kernels that were asked for, as far as they can be had.
fn kernels(cache: &Path, options: &Options) -> Result<Vec<Kernel>> {
    fs::create_dir_all(cache).with_context(|| format!("failed to make {}", cache.display()))?;
    let mut kernels = Vec::new();
    for series in Series::ALL {
        if options.series.is_some_and(|wanted| wanted != series) {
            continue;
        }
        match Kernel::find_or_fetch(series, cache) {
            Ok(kernel) => kernels.push(kernel),
            Err(error) => eprintln!(
                "guest: kernel {} cannot be had here, its tests are NOT run: {error:#}",
                series.name()
            ),
        }
    }
    if kernels.is_empty() {
        bail!("no kernel for a guest could be had, see above");
    }
    Ok(kernels)
}

/// Runs the guests side by side: each has one processor.
fn run_all(machines: &[Machine]) -> Result<()> {
    let outcomes: Vec<Result<()>> = thread::scope(|scope| {
        let running: Vec<_> = machines
            .iter()
            .map(|machine| scope.spawn(|| machine.run()))
            .collect();
        running
            .into_iter()
            .map(|guest| {
                guest
                    .join()
                    .unwrap_or_else(|_| Err(anyhow!("a guest's thread panicked")))
            })
            .collect()
    });
    let failures: Vec<String> = outcomes
        .into_iter()
        .filter_map(|outcome| outcome.err().map(|error| format!("{error:#}")))
        .collect();
    if !failures.is_empty() {
        bail!("{}", failures.join("; "));
    }
    Ok(())
}
