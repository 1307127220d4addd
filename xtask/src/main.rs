//! Developer commands of ctrprof: `cargo xtask <command>`.

mod apt;
mod background;
mod builds;
mod ci;
mod command;
mod demo;
mod deny;
mod ebpf;
mod guest;
mod packages;
mod pictures;
mod scripts;
mod soak;
mod test;
mod tidy;
mod tools;
mod workspace;

use clap::{Parser, Subcommand};

use workspace::Workspace;

/// Developer commands of ctrprof.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build ctrprof and profile a container's life on the embedded engine.
    Demo,
    /// Install what the tests need, then run every test.
    Test {
        /// Run only the tests whose name contains this.
        filter: Option<String>,
    },
    /// Build the kernel programs and update the checked-in BPF object.
    Ebpf {
        /// Change nothing: fail unless the checked-in object is what the sources build to.
        #[arg(long)]
        check: bool,
        /// Run clippy on the kernel programs instead of building the object.
        #[arg(long, conflicts_with = "check")]
        clippy: bool,
        /// Build an object with diagnostics beside the checked-in one, for ctrprof's feature `ebpf-log`.
        #[arg(long, conflicts_with_all = ["check", "clippy"])]
        log: bool,
        /// Where the toolchain comes from, if not from where it came last time.
        #[arg(long, value_enum)]
        toolchain: Option<ebpf::Recipe>,
    },
    /// Run the tests of other kernels, each in a virtual machine: cgroup v2, function hooks.
    Guest {
        /// Run only the tests whose name contains this.
        filter: Option<String>,
        /// Boot only this kernel.
        #[arg(long, value_enum)]
        kernel: Option<guest::Series>,
        /// Open a shell in the guest instead of running the tests.
        #[arg(long, conflicts_with = "filter")]
        shell: bool,
    },
    /// Run the long forms of tests, which are too long for each change, and print their figures.
    Soak {
        /// Run only the end-to-end tests whose name contains this.
        filter: Option<String>,
    },
    /// Take the screenshots of docs/pictures from real recordings.
    Pictures {
        /// Take only these.
        names: Vec<String>,
    },
    /// Check the types of the pages' scripts, and lint them.
    Scripts,
    /// Install and fetch what the other commands need.
    Prepare,
    /// Check the rules of the house that the compiler cannot.
    Tidy,
    /// Run all that continuous integration runs.
    Ci,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let workspace = Workspace::locate()?;
    match arguments.command {
        Command::Demo => demo::run(&workspace),
        Command::Test { filter } => test::run(&workspace, filter.as_deref()),
        Command::Ebpf {
            check: true,
            toolchain,
            ..
        } => ebpf::check(&workspace, toolchain),
        Command::Ebpf {
            clippy: true,
            toolchain,
            ..
        } => ebpf::clippy(&workspace, toolchain),
        Command::Ebpf {
            log: true,
            toolchain,
            ..
        } => ebpf::build_with_log(&workspace, toolchain),
        Command::Ebpf { toolchain, .. } => ebpf::update(&workspace, toolchain),
        Command::Guest {
            filter,
            kernel: series,
            shell,
        } => {
            let options = guest::Options {
                filter,
                series,
                shell,
                long: false,
            };
            guest::run(&workspace, &options)
        }
        Command::Soak { filter } => soak::run(&workspace, filter.as_deref()),
        Command::Pictures { names } => pictures::run(&workspace, &names),
        Command::Scripts => scripts::run(&workspace),
        Command::Prepare => prepare(&workspace),
        Command::Tidy => tidy::run(&workspace),
        Command::Ci => ci::run(&workspace),
    }
}

/// The system's packages first: they are what fails where this is not root.
fn prepare(workspace: &Workspace) -> anyhow::Result<()> {
    packages::install_missing()?;
    tools::install(workspace)?;
    guest::fetch(workspace)?;
    ebpf::fetch(workspace)?;
    deny::fetch(workspace).map(drop)
}
