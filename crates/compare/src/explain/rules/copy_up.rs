//! A file that a union file system copies whole to its upper layer before it is written to.

use super::{Answer, Rule, never};
use crate::explain::Draft;
use crate::report::finding::Evidence;
use crate::report::{FunctionDifference, PartDifference, StageDifference};
use analysis::attribution::kernel::{self, Name, copy_up};

pub(super) const RULE: Rule = Rule {
    name: "copy-up",
    cause: "a union file system copies a file up",
    apply,
    single: never,
};

/// The functions that copy a file up, by file system.
const COPY_UP: [(&str, &[Name]); 2] = [("overlayfs", copy_up::OVERLAYFS), ("aufs", copy_up::AUFS)];

fn apply(stage: &StageDifference) -> Answer {
    let rows = stage.functions.iter();
    let rows = rows.filter(|row| function_of(row).is_some() && is_no_chance(row));
    // The outermost row holds the others: it has the most time.
    let largest = rows.max_by_key(|row| time_ns(row).0.abs_diff(time_ns(row).1));
    let Some((row, (file_system, function))) =
        largest.and_then(|row| Some((row, function_of(row)?)))
    else {
        return Answer::DoesNotApply("no time was seen below a copy-up");
    };
    let (a_ns, b_ns) = time_ns(row);
    let parts: Vec<&PartDifference> = stage
        .groups
        .iter()
        .flat_map(|group| &group.parts)
        .filter(|part| part.syscall.as_deref() == Some(row.syscall.as_str()))
        .filter(|part| part.figures.difference.value_ns != 0)
        .collect();
    // Samples tell what is copied up; how long that takes, the call that it is part of.
    let within = parts
        .iter()
        .map(|part| part.figures.difference)
        .max_by_key(|difference| difference.value_ns.unsigned_abs());
    let explained = within.unwrap_or_default();
    let finding = Draft::new(
        RULE.name,
        stage,
        "{file_system} copies files up to be written to: {time_b} per run below {function} in {call} \
         instead of {time_a}, by {samples_b} samples of all runs instead of {samples_a}",
    )
    .with(Evidence::name("file_system", file_system))
    .with(Evidence::name("function", function))
    .with(Evidence::name("call", &row.syscall))
    .with(Evidence::duration("time_a", a_ns))
    .with(Evidence::duration("time_b", b_ns))
    .with(Evidence::milli(
        "samples_a",
        row.a.samples.saturating_mul(1_000),
    ))
    .with(Evidence::milli(
        "samples_b",
        row.b.samples.saturating_mul(1_000),
    ))
    .try_this("keep rewritten files in a volume, or on storage that copies blocks, not files")
    .about(&parts)
    .amounts_to(explained)
    .finish();
    Answer::Found(vec![finding])
}

/// Whether a row differs by more than chance would make it; few runs are no reason not to tell.
fn is_no_chance(row: &FunctionDifference) -> bool {
    const UNLIKELY_PPM: u32 = 10_000;
    let is_unlikely = row.chance_ppm.is_some_and(|chance| chance <= UNLIKELY_PPM);
    is_unlikely || row.a.blocked_ns != row.b.blocked_ns
}

/// The function of a row that copies up, if one does, behind its file system.
fn function_of(row: &FunctionDifference) -> Option<(&'static str, &str)> {
    let mut names = std::iter::once(&row.function).chain(&row.callers);
    names.find_map(|name| {
        let found = COPY_UP.iter().find(|(_, known)| kernel::has(known, name))?;
        Some((found.0, name.as_str()))
    })
}

/// CPU time and blocked time per run of A and of B, nanoseconds.
fn time_ns(row: &FunctionDifference) -> (u64, u64) {
    (
        row.a.cpu_ns + row.a.blocked_ns,
        row.b.cpu_ns + row.b.blocked_ns,
    )
}
