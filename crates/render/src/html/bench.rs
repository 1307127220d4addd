//! A bench as a page: for each workload and stage, every run of each configuration as a dot, and its box
//! plot, all on one scale.

use std::io::{self, Write};

use maud::{Markup, html};
use setup::bench::{BenchReport, CellReport, RunRecord, StageStatistics, TOTAL};

use super::shell;
use crate::text::bench::{is_enough, workloads};
use crate::text::header::host_facts;
use crate::text::quantity::{duration, ratio};

const SCRIPTS: &[&str] = &[
    include_str!("../../assets/base.js"),
    include_str!("../../assets/address.js"),
    include_str!("../../assets/tables.js"),
    include_str!("../../assets/relative.js"),
    include_str!("../../assets/bench_main.js"),
];

/// Length and height of a plot, in its own units, and what is left free at either end for dots.
const LENGTH: f64 = 1000.0;
const HEIGHT: f64 = 36.0;
const MARGIN: f64 = 8.0;
/// Heights at which dots lie, so that equal runs do not hide each other.
const DOT_ROWS: usize = 4;

/// Writes the page; `runs` are those that count, of each cell in the order of the report.
///
/// # Errors
/// Those of `out`.
pub fn write_bench(
    out: &mut dyn Write,
    bench: &BenchReport,
    runs: &[Vec<&RunRecord>],
) -> io::Result<()> {
    let title = match bench.title.as_str() {
        "" => "ctrprof bench".to_owned(),
        title => format!("ctrprof bench: {title}"),
    };
    let mut facts = host_facts(&bench.host);
    facts.push(format!("{} runs", bench.runs_asked));
    facts.push(bench.mode.name().to_owned());
    facts.push(format!("cache {}", bench.cache));
    let body = html! {
        header {
            h1 { (title) }
            p.facts { (facts.join(" · ")) }
        }
        @if !bench.complete {
            (shell::warning(true, "not all runs are done; a bench goes on where it stopped"))
        }
        section id="tables" aria-labelledby="tables-title" {
            (shell::heading("tables", "Distributions"))
            p.hint {
                "Each run is a dot; the box holds the middle half of the runs, the line in it is the median, the whiskers reach to the last "
                "run within one and a half boxes. A column's head sorts."
            }
            p.bar id="distributions-bar" { label { "Filter " input id="filter" type="search" autocomplete="off"; } }
            @for workload in workloads(bench) {
                @let cells = of_workload(bench, runs, workload);
                h3 { (workload) }
                @for stage in stages(&cells) {
                    (table(stage, &cells))
                }
                (failures(&cells))
            }
        }
        (impossible(bench))
    };
    let page = shell::page(&title, &body, r#"{"texts":[]}"#, SCRIPTS);
    out.write_all(page.into_string().as_bytes())
}

type Cells<'r> = Vec<(&'r CellReport, &'r [&'r RunRecord])>;

fn of_workload<'r>(
    bench: &'r BenchReport,
    runs: &'r [Vec<&'r RunRecord>],
    workload: &str,
) -> Cells<'r> {
    let cells = bench.cells.iter().zip(runs);
    cells
        .filter(|(report, _)| report.cell.workload == workload)
        .map(|(report, runs)| (report, runs.as_slice()))
        .collect()
}

/// The total first: it is what one looks for.
fn stages<'r>(cells: &Cells<'r>) -> Vec<&'r str> {
    let mut names = vec![TOTAL];
    for stage in cells.iter().flat_map(|(report, _)| &report.stages) {
        if !names.contains(&stage.name.as_str()) {
            names.push(&stage.name);
        }
    }
    names
}

fn table(stage: &str, cells: &Cells<'_>) -> Markup {
    let found = cells.iter().filter_map(|(report, runs)| {
        let mut stages = report.stages.iter();
        let statistics = stages.find(|one| one.name == stage)?;
        Some((*report, statistics, times(runs, stage)))
    });
    let rows: Vec<(&CellReport, &StageStatistics, Vec<u64>)> = found.collect();
    let medians = rows.iter().map(|(_, statistics, _)| statistics.median_ns);
    let fastest_ns = medians.min().unwrap_or(0);
    let scale = Scale::of(&rows);
    html! {
        @if !rows.is_empty() {
            table.distributions {
                caption { (stage) }
                thead {
                    tr {
                        @for title in ["configuration", "runs", "median", "95 % interval"] {
                            th scope="col" { (title) }
                        }
                        th.relative scope="col" { "of the fastest" }
                        th scope="col" { (duration(scale.low_ns)) " to " (duration(scale.high_ns)) }
                    }
                }
                tbody {
                    @for (report, statistics, times_ns) in &rows {
                        tr data-name=(name(report)) data-median=(statistics.median_ns) {
                            td { (breakable(name(report))) }
                            td.number data-value=(statistics.runs) { (statistics.runs) }
                            td.number data-value=(statistics.median_ns) { (duration(statistics.median_ns)) }
                            td { (interval(statistics)) }
                            @let ppm = (u128::from(statistics.median_ns) * 1_000_000).checked_div(u128::from(fastest_ns));
                            @let ppm = ppm.and_then(|ppm| u64::try_from(ppm).ok()).unwrap_or(0);
                            td.number.relative data-value=(ppm) { (ratio(ppm)) }
                            td.number data-value=(statistics.median_ns) { (plot(&scale, statistics, times_ns)) }
                        }
                    }
                }
            }
        }
    }
}

fn name(report: &CellReport) -> &str {
    match report.cell.label.as_str() {
        "" => &report.cell.configuration,
        label => label,
    }
}

/// A name that is broken behind its slashes where it is too long.
fn breakable(name: &str) -> Markup {
    html! {
        @for part in name.split_inclusive('/') { (part) wbr; }
    }
}

fn interval(statistics: &StageStatistics) -> String {
    if !is_enough(statistics.runs) {
        return "too few runs".to_owned();
    }
    let end = |ns: i64| duration(ns.unsigned_abs());
    let interval = &statistics.median_interval;
    format!("{} … {}", end(interval.low_ns), end(interval.high_ns))
}

/// The times of a stage in runs, nanoseconds.
fn times(runs: &[&RunRecord], stage: &str) -> Vec<u64> {
    let time = |run: &&RunRecord| {
        if stage == TOTAL {
            return Some(run.total_ns());
        }
        let mut stages = run.stages.iter();
        let found = stages.find(|one| one.stage.name() == stage);
        found.map(|one| one.duration_ns)
    };
    runs.iter().filter_map(time).collect()
}

/// From the shortest to the longest run of a table.
struct Scale {
    low_ns: u64,
    high_ns: u64,
}

impl Scale {
    fn of(rows: &[(&CellReport, &StageStatistics, Vec<u64>)]) -> Self {
        let low_ns = rows.iter().map(|(_, one, _)| one.min_ns).min();
        let high_ns = rows.iter().map(|(_, one, _)| one.max_ns).max();
        Self {
            low_ns: low_ns.unwrap_or(0),
            high_ns: high_ns.unwrap_or(0),
        }
    }

    fn at(&self, time_ns: u64) -> f64 {
        let whole_ns = self.high_ns.saturating_sub(self.low_ns).max(1);
        let part_ns = time_ns.saturating_sub(self.low_ns);
        MARGIN + part_ns as f64 * 2.0f64.mul_add(-MARGIN, LENGTH) / whole_ns as f64
    }
}

fn plot(scale: &Scale, statistics: &StageStatistics, times_ns: &[u64]) -> Markup {
    let number = |value: f64| format!("{value:.1}");
    let at = |time_ns: u64| number(scale.at(time_ns));
    let (left, right) = (scale.at(statistics.p25_ns), scale.at(statistics.p75_ns));
    let middle = number(HEIGHT / 2.0);
    let row = |index: usize| {
        number(6.0 + (index % DOT_ROWS) as f64 * (HEIGHT - 12.0) / (DOT_ROWS - 1) as f64)
    };
    html! {
        svg viewBox=(format!("0 0 {LENGTH} {HEIGHT}")) preserveAspectRatio="none" role="img"
            aria-label=(format!("{} to {}, median {}", duration(statistics.min_ns), duration(statistics.max_ns), duration(statistics.median_ns))) {
            line.whisker x1=(at(statistics.low_whisker_ns)) x2=(at(statistics.high_whisker_ns)) y1=(middle) y2=(middle) {}
            rect.box x=(number(left)) width=(number((right - left).max(1.0))) y="4" height=(number(HEIGHT - 8.0)) {}
            @for (index, &time_ns) in times_ns.iter().enumerate() {
                ellipse.run cx=(at(time_ns)) cy=(row(index)) rx="4" ry="2.6" {
                    title { "run " (index + 1) ": " (duration(time_ns)) }
                }
            }
            line.median x1=(at(statistics.median_ns)) x2=(at(statistics.median_ns)) y1="2" y2=(number(HEIGHT - 2.0)) {}
        }
    }
}

fn failures(cells: &Cells<'_>) -> Markup {
    let failed = cells.iter().filter(|(report, _)| report.failed > 0);
    html! {
        @for (report, _) in failed {
            (shell::warning(true, &format!("{} of the runs of {} failed", report.failed, name(report))))
            ul {
                @for failure in &report.failures {
                    li { (failure.runs) " × " (failure.message) }
                }
            }
        }
    }
}

fn impossible(bench: &BenchReport) -> Markup {
    html! {
        @if !bench.impossible.is_empty() {
            section id="impossible" aria-labelledby="impossible-title" {
                (shell::heading("impossible", "Not possible here"))
                ul {
                    @for cell in &bench.impossible {
                        li { (cell.cell.configuration) " " (cell.cell.workload) ": " (cell.reasons.join("; ")) }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::sample;

    #[test]
    fn a_bench_has_a_plot_for_each_stage_of_each_cell() {
        let bench = sample::bench::bench();
        let runs = vec![Vec::new(); bench.cells.len()];
        let mut out = Vec::new();
        write_bench(&mut out, &bench, &runs).unwrap();
        let page = String::from_utf8(out).unwrap();
        let stages: usize = bench.cells.iter().map(|cell| cell.stages.len()).sum();
        assert_eq!(page.matches("<svg").count(), stages);
        assert!(!page.contains("NaN"), "a plot has no place");
    }
}
