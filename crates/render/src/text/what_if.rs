//! When stages would have ended if something had taken less or more time.

use std::io::{self, Write};

use super::fit;
use super::ink::Ink;
use super::line::{Line, Page};
use super::quantity::{count, duration, signed_duration};
use crate::Style;
use analysis::what_if::answer::{Answer, Approximations, Candidate, PathRow, Times};

/// Columns of a time, and of a name.
const TIME: usize = 11;
const NAME: usize = 16;
/// Columns of the label of a remark.
const LABEL: usize = 8;

/// Writes an answer, with at most `top` rows of each table.
///
/// # Errors
/// Those of `out`.
pub fn write_what_if(
    out: &mut dyn Write,
    answer: &Answer,
    top: usize,
    style: Style,
) -> io::Result<()> {
    let page = &mut Page::new(out, style);
    if answer.runs > 1 {
        let run = format!("{} of {}", answer.run, answer.runs);
        page.entry("run", LABEL, Ink::Plain, &run)?;
    }
    if answer.changes.is_empty() {
        write_candidates(page, answer, top)?;
    } else {
        write_changes(page, answer)?;
        write_stages(page, answer)?;
        write_path(page, answer, top)?;
    }
    write_approximations(page, answer)
}

fn write_candidates(page: &mut Page<'_>, answer: &Answer, top: usize) -> io::Result<()> {
    let recorded_ns = answer.total.recorded_ns;
    page.rule("what would save most", &duration(recorded_ns))?;
    let name = page.columns() - 2 - TIME - page.if_roomy(2 * TIME);
    let heading = Line::new()
        .gap(2)
        .left(Ink::Dim, "if it took no time", name);
    let is_roomy = page.is_roomy();
    page.write(
        heading
            .right_if(is_roomy, Ink::Dim, "on path", TIME)
            .right(Ink::Dim, "saved", TIME)
            .right_if(is_roomy, Ink::Dim, "then", TIME),
    )?;
    for candidate in answer.candidates.iter().take(top) {
        write_candidate(page, candidate, recorded_ns, name)?;
    }
    write_more(page, answer.candidates.len(), top, "candidates")
}

/// A candidate; a selector that is too long has a line of its own, so that it can be copied whole.
fn write_candidate(
    page: &mut Page<'_>,
    candidate: &Candidate,
    recorded_ns: u64,
    name: usize,
) -> io::Result<()> {
    let selector = Line::new().gap(2).text(Ink::Plain, &candidate.selector);
    let mut line = selector;
    if line.width() > name + 1 {
        page.write(line)?;
        line = Line::new();
    }
    let padding = (name + 2).saturating_sub(line.width());
    page.write(
        line.gap(padding)
            .right_if(
                page.is_roomy(),
                Ink::Plain,
                &duration(candidate.critical_path_ns),
                TIME,
            )
            .right(Ink::Strong, &duration(candidate.saving_ns), TIME)
            .right_if(
                page.is_roomy(),
                Ink::Plain,
                &duration(recorded_ns.saturating_sub(candidate.saving_ns)),
                TIME,
            ),
    )
}

fn write_changes(page: &mut Page<'_>, answer: &Answer) -> io::Result<()> {
    for change in &answer.changes {
        let text = format!(
            "{} takes {} ({} of it on the path)",
            change.selector,
            share(change.factor),
            duration(change.critical_path_ns)
        );
        page.entry("if", LABEL, Ink::Plain, &text)?;
    }
    page.blank()
}

/// A factor in words.
fn share(factor: f64) -> String {
    if factor == 0.0 {
        "no time".to_owned()
    } else {
        format!("{factor} times as long")
    }
}

fn write_stages(page: &mut Page<'_>, answer: &Answer) -> io::Result<()> {
    let titles = ["recorded", "replayed", "saved"].into_iter();
    let heading = Line::new().gap(2).left(Ink::Dim, "stage", NAME);
    page.write(titles.fold(heading, |line, title| line.right(Ink::Dim, title, TIME)))?;
    for stage in &answer.stages {
        write_times(page, &stage.name, &stage.times, Ink::Plain)?;
    }
    if answer.stages.len() > 1 {
        write_times(page, "total", &answer.total, Ink::Strong)?;
    }
    Ok(())
}

fn write_times(page: &mut Page<'_>, name: &str, times: &Times, ink: Ink) -> io::Result<()> {
    let saved = if times.saving_ns < 0 {
        signed_duration(times.saving_ns)
    } else {
        duration(times.saving_ns.unsigned_abs())
    };
    page.write(
        Line::new()
            .gap(2)
            .left(ink, name, NAME)
            .right(Ink::Plain, &duration(times.recorded_ns), TIME)
            .right(Ink::Strong, &duration(times.replayed_ns), TIME)
            .right(Ink::Strong, &saved, TIME),
    )
}

fn write_path(page: &mut Page<'_>, answer: &Answer, top: usize) -> io::Result<()> {
    page.blank()?;
    page.rule("then waited for", &duration(answer.total.replayed_ns))?;
    for row in answer.path.iter().take(top) {
        write_path_row(page, row)?;
    }
    write_more(page, answer.path.len(), top, "rows")
}

fn write_path_row(page: &mut Page<'_>, row: &PathRow) -> io::Result<()> {
    let name = if page.is_roomy() { NAME } else { NAME - 4 };
    let part = page.columns().saturating_sub(2 + 2 * name + TIME);
    page.write(
        Line::new()
            .gap(2)
            .left(Ink::Role(row.role), &cut(&row.process, name), name)
            .left(Ink::Plain, row.phase.name(), name)
            .left(Ink::Plain, &cut(&row.part, part), part)
            .right(Ink::Strong, &duration(row.critical_path_ns), TIME),
    )
}

fn write_approximations(page: &mut Page<'_>, answer: &Answer) -> io::Result<()> {
    page.blank()?;
    for text in approximations(&answer.approximations) {
        page.entry("mind", LABEL, Ink::Dim, &text)?;
    }
    Ok(())
}

/// What the answer leaves out, in words.
fn approximations(found: &Approximations) -> Vec<String> {
    let mut texts = Vec::new();
    if found.lost_records > 0 {
        texts.push(format!(
            "{} records were lost: waits may lack the thread that ended them",
            count(found.lost_records)
        ));
    }
    if found.by_samples {
        texts.push("functions are known from samples: their time is an estimate".to_owned());
    }
    if found.cpu_waits_ns > 0 {
        texts.push(format!(
            "waits for a CPU were kept as they were: {} of the path",
            duration(found.cpu_waits_ns)
        ));
    }
    if found.kernel_waits_ns > 0 {
        texts.push(format!(
            "waits for kernel locks, grace periods and the disk were kept too, whoever caused them: {} of the path",
            duration(found.kernel_waits_ns)
        ));
    }
    if found.timers_ns > 0 {
        texts.push(format!(
            "timers were kept, though some might not have been set: {} of the path",
            duration(found.timers_ns)
        ));
    }
    if found.awaited_by_timer > 0 {
        texts.push(format!(
            "{} waits that a timer ended, as of a loop that polls, were taken to last until what others did meanwhile was done",
            count(found.awaited_by_timer)
        ));
    }
    texts.push(
        "where a thread found something without waiting for it, it does not wait in the replay"
            .to_owned(),
    );
    texts
}

fn write_more(page: &mut Page<'_>, rows: usize, top: usize, what: &str) -> io::Result<()> {
    if rows <= top {
        return Ok(());
    }
    let text = format!("{} more {what}; see --top", rows - top);
    page.write(Line::new().gap(2).text(Ink::Dim, &text))
}

fn cut(text: &str, width: usize) -> String {
    fit::elide_middle(&fit::clean(text), width.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use analysis::what_if::answer::{ChangeRow, SCHEMA_VERSION, StageAnswer};
    use trace::phase::Phase;
    use trace::role::Role;

    const MS: u64 = 1_000_000;

    fn times(recorded_ns: u64, replayed_ns: u64) -> Times {
        Times {
            recorded_ns,
            replayed_ns,
            saving_ns: recorded_ns.cast_signed() - replayed_ns.cast_signed(),
        }
    }

    fn answer() -> Answer {
        Answer {
            schema: SCHEMA_VERSION,
            run: 2,
            runs: 3,
            changes: Vec::new(),
            stages: vec![StageAnswer {
                name: "create".to_owned(),
                times: times(30 * MS, 31 * MS),
            }],
            total: times(30 * MS, 31 * MS),
            candidates: vec![
                Candidate {
                    selector: "process:crun,phase:user".to_owned(),
                    critical_path_ns: 11 * MS,
                    saving_ns: 10 * MS,
                },
                Candidate {
                    selector: "process:crun,phase:rcu,part:cgroup_procs_write_start".to_owned(),
                    critical_path_ns: 9 * MS,
                    saving_ns: 9 * MS,
                },
            ],
            path: vec![PathRow {
                phase: Phase::Rcu,
                part: "cgroup_procs_write_start".to_owned(),
                role: Role::Runtime,
                process: "crun".to_owned(),
                critical_path_ns: 9 * MS,
            }],
            approximations: Approximations {
                lost_records: 1_234,
                ..Approximations::default()
            },
        }
    }

    fn text(answer: &Answer) -> io::Result<String> {
        let mut out = Vec::new();
        write_what_if(&mut out, answer, 1, Style::PLAIN)?;
        Ok(String::from_utf8_lossy(&out).into_owned())
    }

    #[test]
    fn candidates_have_selectors_that_can_be_copied() -> io::Result<()> {
        let mut answer = answer();
        let short = text(&answer)?;
        assert!(short.contains("process:crun,phase:user "), "{short}");
        assert!(short.contains("1 more candidates; see --top"), "{short}");
        answer.candidates.remove(0);
        let long = text(&answer)?;
        assert!(
            long.contains("  process:crun,phase:rcu,part:cgroup_procs_write_start\n"),
            "{long}"
        );
        Ok(())
    }

    #[test]
    fn changes_have_times_the_path_and_what_to_mind() -> io::Result<()> {
        let mut answer = answer();
        answer.changes.push(ChangeRow {
            selector: "phase:rcu".to_owned(),
            factor: 2.0,
            critical_path_ns: 9 * MS,
        });
        let text = text(&answer)?;
        for expected in [
            "run     2 of 3",
            "phase:rcu takes 2 times as long (9.00 ms of it on the path)",
            "create              30.0 ms    31.0 ms   −1.00 ms",
            "then waited for",
            "1\u{202f}234 records were lost",
        ] {
            assert!(text.contains(expected), "{expected}: {text}");
        }
        Ok(())
    }
}
