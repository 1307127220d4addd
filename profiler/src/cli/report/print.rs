//! A recording, or the part of it that is asked for, in one of the formats.

use std::io::{self, BufWriter, Write};

use anyhow::Result;

use super::format::{Format, FormatArgs, Order, Weight};
use crate::cli::{output, pager, progress};
use analysis::attribution::Attribution;
use analysis::attribution::stack::Stacks;
use analysis::report::path::StagePath;
use analysis::timeline::Timeline;
use analysis::what_if::Replays;
use analysis::what_if::selector::Change;
use analysis::{self, Analysis};
use compare::advice::recording::warnings;
use compare::explain::single;
use compare::report::diagnosis::Diagnosis;
use recording::Recording;
use render::text::path::PathOrder;
use render::{csv, folded, html, hyperfine, json, markdown, ndjson, svg, text, viewers};
use trace::manifest::Manifest;
use trace::rows::Tables;

/// Prints the report of a recording to standard output.
pub fn print(recording: &Recording, format: &FormatArgs) -> Result<()> {
    format.check()?;
    let analysing = progress::analysing();
    let tables = recording.tables()?;
    let manifest = recording.manifest();
    let timeline = Timeline::new(manifest, &tables);
    let attribution = Attribution::new(manifest, &timeline);
    if format.weight == Weight::Thread {
        let paths = analysis::thread_time(manifest, &attribution);
        drop(analysing);
        let stacks = StacksOf::new(manifest, &tables);
        let weight = viewers::Weight::ThreadTime;
        return printed(|out| stacks.write(out, format.format, weight, &paths));
    }
    let shown = Shown::new(manifest, &attribution, format)?;
    if format.page.is_asked() {
        format.page.write(|out| shown.write_page(out))?;
    }
    drop(analysing);
    if format.format == Format::Text {
        let mut text = Vec::new();
        shown.write_text(&mut text, format)?;
        return Ok(pager::print(&text, !format.no_pager)?);
    }
    printed(|out| shown.write(out, &tables, format.format))
}

fn printed(write: impl FnOnce(&mut dyn Write) -> Result<()>) -> Result<()> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    write(&mut out)?;
    Ok(out.flush()?)
}

/// The part of a recording that is asked for.
struct Shown<'r, 't, 'a> {
    manifest: &'r Manifest,
    attribution: &'r Attribution<'t, 'a>,
    analysis: Analysis,
    diagnosis: Diagnosis,
}

impl<'r, 't, 'a> Shown<'r, 't, 'a> {
    fn new(
        manifest: &'r Manifest,
        attribution: &'r Attribution<'t, 'a>,
        format: &FormatArgs,
    ) -> Result<Self> {
        let whole = analysis::analyse_attributed(manifest, attribution);
        let selection = format.selection();
        let runs = selection.runs(&whole)?;
        let whole = selection.of(whole)?;
        // What makes figures doubtful is the same whoever is told of.
        let warnings = warnings(&whole);
        let analysis = if selection.roles.is_empty() {
            whole
        } else {
            let of_roles = analysis::analyse_roles(manifest, attribution, &selection.roles);
            selection.of(of_roles)?
        };
        let replays = Replays::new(manifest, attribution);
        let replay = |run: usize, stages: &[&str], changes: &[Change]| {
            replays.times(*runs.get(run)?, stages, changes).ok()
        };
        let diagnosis = single::diagnosis(&analysis.report, warnings, &replay);
        Ok(Self {
            manifest,
            attribution,
            analysis,
            diagnosis,
        })
    }

    fn write_text(&self, out: &mut dyn Write, format: &FormatArgs) -> Result<()> {
        let Analysis { report, paths } = &self.analysis;
        let style = output::stdout_style();
        if format.path {
            let order = match format.order {
                Order::Time => PathOrder::Time,
                Order::Longest => PathOrder::Longest,
            };
            text::path::write_paths(out, paths, order, format.segments(), style)?;
        } else {
            let shown = (report, paths.as_slice());
            text::write_report(out, shown, &self.diagnosis, format.extent(), style)?;
        }
        Ok(())
    }

    fn write_page(&self, out: &mut dyn Write) -> io::Result<()> {
        let thread_time = analysis::thread_time(self.manifest, self.attribution);
        html::write_report(
            out,
            &html::Recorded {
                manifest: self.manifest,
                attribution: self.attribution,
                report: &self.analysis.report,
                diagnosis: &self.diagnosis,
                paths: &self.analysis.paths,
                thread_time: &thread_time,
            },
        )
    }

    fn write(&self, out: &mut dyn Write, tables: &Tables, format: Format) -> Result<()> {
        let (manifest, diagnosis) = (self.manifest, &self.diagnosis);
        let Analysis { report, paths } = &self.analysis;
        match format {
            // The caller has it go through a pager.
            Format::Text => {}
            Format::Json => json::write_report(out, report, diagnosis, output::json_layout())?,
            Format::Ndjson => ndjson::write_report(out, report, diagnosis)?,
            Format::Markdown => markdown::write_report(out, report, diagnosis)?,
            Format::Csv => csv::write_report(out, report)?,
            Format::Hyperfine => hyperfine::write(out, report)?,
            Format::Folded
            | Format::Speedscope
            | Format::Pprof
            | Format::Firefox
            | Format::SvgIcicle => {
                let stacks = StacksOf::new(manifest, tables);
                stacks.write(out, format, viewers::Weight::CriticalPath, paths)?;
            }
            Format::Svg => svg::write_waterfall(out, manifest, report, paths)?,
            Format::Perfetto => viewers::perfetto::write(out, manifest, self.attribution, paths)?,
        }
        Ok(())
    }
}

/// The kernel stacks of a recording, for formats that are made of stacks.
struct StacksOf<'r> {
    manifest: &'r Manifest,
    stacks: Stacks<'r>,
}

impl<'r> StacksOf<'r> {
    fn new(manifest: &'r Manifest, tables: &'r Tables) -> Self {
        Self {
            manifest,
            stacks: Stacks::new(tables),
        }
    }

    fn write(
        &self,
        out: &mut dyn Write,
        format: Format,
        weight: viewers::Weight,
        paths: &[StagePath],
    ) -> Result<()> {
        let kernel = |stack| {
            let functions = self.stacks.functions(stack).iter();
            functions.map(|&function| function.to_owned()).collect()
        };
        let command = self.manifest.command.join(" ");
        match format {
            Format::Speedscope => {
                viewers::speedscope::write(out, (&command, weight), paths, &kernel)?;
            }
            Format::Pprof => viewers::pprof::write(out, (&command, weight), paths, &kernel)?,
            Format::Firefox => viewers::firefox::write(out, self.manifest, paths, &kernel)?,
            Format::SvgIcicle => svg::write_icicle(out, (self.manifest, weight), paths, &kernel)?,
            _ => folded::write_folded(out, paths, &kernel)?,
        }
        Ok(())
    }
}
