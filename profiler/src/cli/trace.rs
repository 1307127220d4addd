//! `ctrprof trace`: profiles a command and everything it causes.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use clap::Args;

use super::capture_args::CaptureArgs;
use super::deadline::{self, Deadline};
use super::exit::usage;
use super::help;
use super::pipeline::{self, Attendant, Destination};
use super::progress::{self, Live};
use super::{repeat, report};
use capture::Roots;
use recording::Recording;
use trace::manifest::Manifest;

/// What the short help shows.
const COMMON: &[&str] = &[
    "command", "output", "pid", "cgroup", "duration", "runs", "quiet", "format", "full", "stage",
];
const FORMAT_NAMES: &str = "text, json, ndjson or folded";
/// Formats of a recording: others are of many runs.
const FORMATS: &str = "text for people, json for programs (docs/report-json.md), ndjson for a line of JSON for each run, folded for flame graphs";

#[derive(Args, Debug)]
#[command(mut_args(help::short(COMMON)))]
#[command(mut_arg("format", |format| format.hide_possible_values(true).help(FORMAT_NAMES).long_help(FORMATS)))]
pub struct TraceArgs {
    /// The command and its arguments; behind `--` where its name begins with a dash
    #[arg(trailing_var_arg = true, value_name = "CMD")]
    command: Vec<OsString>,
    /// Keep the recording in this directory
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Follow these running processes instead of a command, until Ctrl-C
    #[arg(short, long, value_name = "PID", conflicts_with_all = ["cgroup", "command"], value_delimiter = ',')]
    pid: Vec<u32>,
    /// Follow the members of this cgroup (its directory) instead of a command, until Ctrl-C
    #[arg(long, value_name = "DIR", conflicts_with = "command")]
    cgroup: Option<PathBuf>,
    /// End the recording after this time, such as 500ms, 10s or 2m
    ///
    /// A command is asked to end (SIGTERM), and killed 5 s later
    #[arg(short, long, value_name = "TIME", value_parser = deadline::parse)]
    duration: Option<Duration>,
    /// Run the command so many times, each a run of the recording
    #[arg(short = 'n', long, value_name = "N", default_value_t = 1, conflicts_with_all = ["pid", "cgroup"], value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    /// Do not print the report
    #[arg(short, long)]
    quiet: bool,
    #[command(flatten)]
    format: report::FormatArgs,
    #[command(flatten)]
    capture: CaptureArgs,
}

pub fn run(args: TraceArgs) -> Result<ExitCode> {
    args.format.check()?;
    let roots = roots(&args)?;
    let destination = Destination::new(args.output.clone())?;
    let mut tracing = Tracing {
        args: &args,
        deadline: None,
        progress: None,
    };
    let options = args.capture.options();
    let recorded = pipeline::record(&roots, &options, &destination, &mut tracing)?;
    if !args.quiet {
        report::print(&Recording::open(&recorded.directory())?, &args.format)?;
    }
    let manifest = recorded.kept()?;
    Ok(ExitCode::from(manifest.exit_status.unwrap_or(0) as u8))
}

/// What goes on beside a recording.
struct Tracing<'a> {
    args: &'a TraceArgs,
    deadline: Option<Deadline>,
    progress: Option<Live>,
}

impl Attendant for Tracing<'_> {
    fn begins(&mut self) {
        self.deadline = self.args.duration.map(Deadline::begin);
        self.progress = followed(self.args).map(|what| {
            let time = self.args.duration;
            progress::recording(move |elapsed| recording_text(&what, time, elapsed))
        });
    }

    fn ends(&mut self, manifest: &mut Manifest) {
        self.progress = None;
        let deadline = self.deadline.take();
        let reason = deadline.and_then(|deadline| deadline.reason());
        // Without a command this is how a recording ends.
        if let (Some(reason), Some(interrupted)) = (reason, &mut manifest.interrupted) {
            *interrupted = reason;
        }
        if self.args.runs > 1 {
            // Runs of one configuration are told together.
            let shown = self.args.command.join(OsStr::new(" "));
            let shown = shown.to_string_lossy().into_owned();
            manifest.configuration = [("command".to_owned(), shown)].into();
            let words = self.args.command.iter();
            manifest.command = words
                .map(|word| word.to_string_lossy().into_owned())
                .collect();
        }
    }
}

/// What is followed; nothing where it is a command, which has the terminal for itself.
fn followed(args: &TraceArgs) -> Option<String> {
    if let Some(cgroup) = &args.cgroup {
        return Some(format!("cgroup {}", cgroup.display()));
    }
    let numbers: Vec<String> = args.pid.iter().map(u32::to_string).collect();
    (!numbers.is_empty()).then(|| format!("PID {}", numbers.join(", ")))
}

/// `recording PID 123, Ctrl-C to stop  4 s`
fn recording_text(what: &str, time: Option<Duration>, elapsed: Duration) -> String {
    let elapsed = elapsed.as_secs();
    match time {
        Some(time) => format!("recording {what} for {time:?}, Ctrl-C to stop  {elapsed} s"),
        None => format!("recording {what}, Ctrl-C to stop  {elapsed} s"),
    }
}

fn roots(args: &TraceArgs) -> Result<Roots> {
    if let Some(cgroup) = &args.cgroup {
        return Ok(Roots::Cgroup(cgroup.clone()));
    }
    if !args.pid.is_empty() {
        return Ok(Roots::Pids(args.pid.clone()));
    }
    if args.command.is_empty() {
        return Err(usage(
            "no command to trace; give one, or --pid, or --cgroup",
        ));
    }
    if args.runs > 1 {
        let words = repeat::command(args.runs.into(), &args.command)?;
        return Ok(Roots::Engine(words));
    }
    Ok(Roots::Command(args.command.clone()))
}
