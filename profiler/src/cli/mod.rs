//! The command line: it puts the rooms together, and is the only one to see them all.

mod bench;
mod capture_args;
mod clean;
mod compare_study;
mod configuration_args;
mod deadline;
mod diff;
mod doctor;
mod engine;
mod exit;
mod explain;
mod glossary;
mod help;
mod man;
mod measure;
mod output;
mod page;
mod pager;
mod pipeline;
mod plan;
mod profile;
mod progress;
mod recover;
mod repeat;
mod report;
mod role;
mod run;
mod sides;
mod temporary;
mod trace;
mod what_if;
mod workload_args;

use std::io::Write;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

/// A low-level profiler for the life of containers.
///
/// Says, from inside the kernel, where the time of a container's create, start, exec, stop and
/// remove went: which process, which kernel phase.
#[derive(Debug, Parser)]
#[command(name = "ctrprof", version, max_term_width = 100)]
#[command(mut_arg("color", |color| color.hide_short_help(true)))]
struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    color: colorchoice_clap::Color,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Say what this host can do: kernel, privileges, each probe, engines, file systems
    Doctor(doctor::DoctorArgs),
    /// Profile a command and everything it causes, and print the phase report
    Trace(trace::TraceArgs),
    /// Take containers through their life, and print where the time went
    Run(run::RunArgs),
    /// Run a matrix of configurations many times over, and print the statistics of each stage
    Bench(bench::BenchArgs),
    /// Say what of a matrix can be run on this host, how long it takes, and why the rest cannot
    Plan(plan::PlanArgs),
    /// Print the report of a recording, or of a bench
    Report(report::ReportArgs),
    /// Say when a container's stages would have ended if something had taken less or more time
    WhatIf(what_if::WhatIfArgs),
    /// Say what makes one configuration slower than another: two sets of recordings, compared
    Diff(diff::DiffArgs),
    /// Put recordings beside each other: the system calls of each for a file, a request, a container
    Profile(profile::ProfileArgs),
    /// Answer a question of the catalogue: run what is missing, compare, and say why
    Explain(explain::ExplainArgs),
    /// Compare benches with the published figures of a study of 2020, ordering by ordering
    CompareStudy(compare_study::CompareStudyArgs),
    /// Make an interrupted recording whole from what was recorded
    Recover(recover::RecoverArgs),
    /// Say what the words in reports mean
    Glossary(glossary::GlossaryArgs),
    /// Remove what killed engines left on this host
    Clean(clean::CleanArgs),
    /// Take containers through their lifecycle; started by `run`
    #[command(hide = true, alias = "drive")]
    Engine(engine::EngineArgs),
    /// Run a command several times; started by `trace`
    #[command(hide = true)]
    Repeat(repeat::RepeatArgs),
    /// Print shell completions
    #[command(hide = true)]
    Completions {
        /// Shell to complete for
        shell: clap_complete::Shell,
    },
    /// Print the manual pages
    #[command(hide = true)]
    Man(man::ManArgs),
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    cli.color.write_global();
    let outcome = match cli.command {
        Command::Doctor(args) => doctor::run(&args),
        Command::Trace(args) => trace::run(args),
        Command::Run(args) => run::run(args),
        Command::Bench(args) => bench::run(&args),
        Command::Plan(args) => plan::run(&args),
        Command::Report(args) => report::run(&args),
        Command::WhatIf(args) => what_if::run(&args),
        Command::Diff(args) => diff::run(&args),
        Command::Profile(args) => profile::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::CompareStudy(args) => compare_study::run(&args),
        Command::Recover(args) => recover::run(&args),
        Command::Glossary(args) => glossary::run(&args),
        Command::Clean(args) => clean::run(&args),
        Command::Engine(args) => engine::run(&args),
        Command::Repeat(args) => repeat::run(&args),
        Command::Completions { shell } => {
            let mut command = Cli::command();
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut command, "ctrprof", &mut script);
            std::io::stdout()
                .write_all(&script)
                .map(|()| ExitCode::SUCCESS)
                .map_err(anyhow::Error::from)
        }
        Command::Man(args) => man::run(&args, Cli::command()),
    };
    match outcome {
        Ok(code) => code,
        Err(error) if output::is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ctrprof: {}", output::message(&error));
            ExitCode::from(exit::status(&error))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
