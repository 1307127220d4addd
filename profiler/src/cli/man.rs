//! `ctrprof man`: the manual pages.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Args, Command};
use clap_mangen::Man;

use super::exit::usage;

#[derive(Args, Debug)]
pub struct ManArgs {
    /// Print the page of this command alone
    #[arg(value_name = "COMMAND")]
    command: Option<String>,
    /// Write each page to a file in this directory instead
    #[arg(short, long, value_name = "DIR", conflicts_with = "command")]
    output: Option<PathBuf>,
}

pub fn run(args: &ManArgs, cli: Command) -> Result<ExitCode> {
    let all = pages(cli);
    if let Some(directory) = &args.output {
        let failed = || format!("failed to write to {}", directory.display());
        fs::create_dir_all(directory).with_context(failed)?;
        for page in &all {
            page.generate_to(directory).with_context(failed)?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let wanted = args.command.as_ref();
    let file = wanted.map(|command| format!("ctrprof-{command}.1"));
    let chosen: Vec<&Man> = all
        .iter()
        .filter(|page| {
            file.as_ref()
                .is_none_or(|file| page.get_filename() == *file)
        })
        .collect();
    if let (true, Some(command)) = (chosen.is_empty(), wanted) {
        return Err(usage(format!(
            "there is no command {command}; ctrprof --help lists them"
        )));
    }
    let mut text = Vec::new();
    for page in chosen {
        page.render(&mut text)?;
    }
    io::stdout().write_all(&text)?;
    Ok(ExitCode::SUCCESS)
}

/// The page of the program, then one for each command that is not hidden.
fn pages(cli: Command) -> Vec<Man> {
    let mut cli = cli.disable_help_subcommand(true);
    cli.build();
    let commands: Vec<Command> = cli
        .get_subcommands()
        .filter(|command| !command.is_hide_set())
        .cloned()
        .collect();
    let all = std::iter::once(cli).chain(commands);
    // A page has all options; one that the short help hides would have no text.
    let whole = |command: Command| command.mut_args(|option| option.hide_short_help(false));
    all.map(|command| Man::new(whole(command))).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use clap::CommandFactory;

    use super::*;
    use crate::cli::Cli;

    #[test]
    fn every_command_has_a_page() {
        let pages = pages(Cli::command());
        let names: Vec<String> = pages.iter().map(Man::get_filename).collect();
        for name in ["ctrprof.1", "ctrprof-run.1", "ctrprof-what-if.1"] {
            assert!(names.iter().any(|known| known == name), "{names:?}");
        }
        assert!(!names.iter().any(|name| name.contains("engine")));
        let run = names.iter().position(|name| name == "ctrprof-run.1");
        let mut text = Vec::new();
        pages[run.unwrap()].render(&mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        for part in ["Whether the workload finds", "Samples per second"] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
}
