//! Developer commands of ctrprof: `cargo xtask <command>`.

mod ci;
mod command;
mod demo;
mod deny;
mod ebpf;
mod packages;
mod test;
mod tidy;
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
        Command::Tidy => tidy::run(&workspace),
        Command::Ci => ci::run(&workspace),
    }
}
