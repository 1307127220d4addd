//! The runs of one configuration together.

use std::io;

use super::fit;
use super::header::write_configuration;
use super::ink::Ink;
use super::line::{Line, Page};
use super::quantity::{duration, grouped, share};
use analysis::report::{Aggregate, AggregateRow, Spread, StageAggregate};

/// Rows drawn of each stage.
const ROWS: usize = 10;
/// Rows below this share, in millionths, are not drawn: 0.5 %. It keeps reports short and is not
/// measured; JSON has every row.
const SMALL_PPM: u32 = 5_000;

/// Columns of a role, of a median, of the quartiles and of a share, gaps included.
const ROLE: usize = 11;
const TIME: usize = 9;
const QUARTILES: usize = 22;
const SHARE: usize = 8;

/// Writes the aggregate of one configuration.
pub(super) fn write(page: &mut Page<'_>, aggregate: &Aggregate) -> io::Result<()> {
    page.blank()?;
    page.rule("all runs", &format!("{} runs", grouped(aggregate.runs)))?;
    write_configuration(page, &aggregate.configuration)?;
    for (index, stage) in aggregate.stages.iter().enumerate() {
        if index > 0 {
            page.blank()?;
        }
        write_stage(page, stage)?;
    }
    Ok(())
}

fn write_stage(page: &mut Page<'_>, stage: &StageAggregate) -> io::Result<()> {
    let is_roomy = page.is_roomy();
    let name = format!("{} · critical path", stage.name);
    let what = page.columns() - 2 - TIME - page.if_roomy(QUARTILES) - SHARE;
    page.write(
        Line::new()
            .gap(2)
            .left(Ink::Dim, &name, what)
            .right(Ink::Dim, "median", TIME)
            .right_if(is_roomy, Ink::Dim, "quartiles", QUARTILES)
            .right(Ink::Dim, "share", SHARE),
    )?;
    let whole = Line::new().gap(2).left(Ink::Strong, "wall", what);
    page.write(figures(whole, &stage.wall, is_roomy))?;
    let is_drawn = |row: &&AggregateRow| row.share_ppm >= SMALL_PPM;
    for row in stage.rows.iter().filter(is_drawn).take(page.rows(ROWS)) {
        let line = Line::new().gap(2).line(name_of(row, what));
        page.write(figures(line, &row.critical_path, is_roomy).right(
            Ink::Plain,
            &share(u64::from(row.share_ppm), 1_000_000),
            SHARE,
        ))?;
    }
    Ok(())
}

/// `runtime rcu cgroup_procs_write_start write`
fn name_of(row: &AggregateRow, columns: usize) -> Line {
    let call = row.syscall.as_deref().unwrap_or_default();
    let call = if call == row.subphase { "" } else { call };
    let rest = [row.subphase.as_str(), call]
        .into_iter()
        .filter(|text| !text.is_empty())
        .fold(String::new(), |rest, text| rest + " " + text);
    let line = Line::new()
        .left(Ink::Role(row.role), row.role.name(), ROLE)
        .text(Ink::Phase(row.phase), row.phase.name());
    let room = columns.saturating_sub(line.width() + 1);
    let line = line.text(Ink::Plain, &fit::elide_end(&fit::clean(&rest), room));
    let padding = columns.saturating_sub(line.width());
    line.gap(padding)
}

fn figures(line: Line, spread: &Spread, is_roomy: bool) -> Line {
    let quartiles = format!("{} – {}", duration(spread.p25_ns), duration(spread.p75_ns));
    line.right(Ink::Strong, &duration(spread.median_ns), TIME)
        .right_if(is_roomy, Ink::Dim, &quartiles, QUARTILES)
}
