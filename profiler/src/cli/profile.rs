//! `ctrprof profile`: puts any number of recordings beside each other.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::str::FromStr;

use anyhow::Result;
use clap::{Args, ValueEnum};

use super::page::PageArgs;
use super::{output, role, sides};
use compare::SideProfile;
use compare::profile::report::Order;
use compare::profile::{Selection, is_one_configuration, profile};
use recording::Recording;
use trace::role::Role;

/// Puts recordings beside each other, a side for each configuration: how often each makes each system call
/// for a unit of its work, how long one takes, what fails, and what only one side does. The unit is
/// what the workload counts (a file, a query, a request), else the container.
#[derive(Args, Debug)]
pub struct ProfileArgs {
    /// A recording, or a folder of recordings, such as a bench; recordings of one configuration in a
    /// folder are one side
    #[arg(required = true, value_name = "DIR")]
    dirs: Vec<PathBuf>,
    /// Count the calls of processes of this role, or of all; may be given several times
    #[arg(long = "role", value_name = "ROLE", default_value = "container")]
    roles: Vec<RoleChoice>,
    /// Count the calls in this stage; may be given several times [default: those in which the workload
    /// runs, exec and response; where there are none, all]
    #[arg(long = "stage", value_name = "NAME")]
    stages: Vec<String>,
    /// What calls are divided by
    #[arg(long, value_enum, default_value_t = Per::Unit)]
    per: Per,
    /// What is sorted by: the largest difference between sides first
    #[arg(long, value_enum, default_value_t = Sort::Calls)]
    sort: Sort,
    /// Format of the tables
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    page: PageArgs,
    /// How many rows of a table are printed at most, as text
    #[arg(long, default_value_t = 24, value_name = "N")]
    top: usize,
}

/// A role, or all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RoleChoice {
    All,
    One(Role),
}

impl FromStr for RoleChoice {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        if name == "all" {
            return Ok(Self::All);
        }
        role::find(name)
            .map(Self::One)
            .ok_or_else(|| format!("no such role; choose one of {}, or all", role::names()))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Per {
    /// The unit that the workload counts, as the recordings say; else the container
    Unit,
    /// A container
    Container,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Sort {
    /// Calls for a unit
    Calls,
    /// Time for a unit
    Time,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people, in 80 columns
    Text,
    /// For programs: docs/profile.md
    Json,
    /// A row for each call of each side
    Csv,
    /// Tables for an issue or a page
    Markdown,
}

pub fn run(args: &ProfileArgs) -> Result<ExitCode> {
    let mut sides = Vec::new();
    for dir in &args.dirs {
        sides.append(&mut sides_in(dir)?);
    }
    let one = |choice: &RoleChoice| match choice {
        RoleChoice::All => None,
        RoleChoice::One(role) => Some(*role),
    };
    let roles: Option<Vec<Role>> = args.roles.iter().map(one).collect();
    let selection = Selection {
        roles: roles.unwrap_or_default(),
        stages: args.stages.clone(),
        per_container: args.per == Per::Container,
        order: match args.sort {
            Sort::Calls => Order::Calls,
            Sort::Time => Order::Time,
        },
    };
    let report = profile(&sides, &selection)?;
    args.page
        .write(|out| render::html::write_profile(out, &report))?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    match args.format {
        Format::Text => {
            let style = output::stdout_style();
            render::text::profile::write_profile(&mut out, &report, args.top, style)?;
        }
        Format::Json => render::json::write_profile(&mut out, &report, output::json_layout())?,
        Format::Csv => render::csv::write_profile(&mut out, &report)?,
        Format::Markdown => render::markdown::write_profile(&mut out, &report)?,
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// The sides at one place: one for each configuration that was recorded there, in the order of their
/// folders.
fn sides_in(path: &Path) -> Result<Vec<SideProfile>> {
    let mut groups: Vec<Vec<Recording>> = Vec::new();
    for directory in sides::recordings_of(path)? {
        let recording = Recording::open(&directory)?;
        let is_like = |group: &&mut Vec<Recording>| {
            let first = group.first().map(Recording::manifest);
            first.is_some_and(|first| is_one_configuration(first, recording.manifest()))
        };
        match groups.iter_mut().find(is_like) {
            Some(group) => group.push(recording),
            None => groups.push(vec![recording]),
        }
    }
    let is_alone = groups.len() == 1;
    let side = |group: Vec<Recording>| {
        let first = group.first().map_or(path, Recording::dir);
        let lies_in = if is_alone { path } else { first };
        Ok(SideProfile {
            name: lies_in.display().to_string(),
            recordings: sides::profiles(&group)?,
        })
    };
    groups.into_iter().map(side).collect()
}
