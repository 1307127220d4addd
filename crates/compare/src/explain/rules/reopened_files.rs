//! A file that is opened again and again, such as a table of users for each file of an archive.

use super::{Answer, Rule, differing, never};
use crate::explain::Draft;
use crate::report::finding::Evidence;
use crate::report::{PartDifference, PathDifference, StageDifference};
use trace::phase::Phase;

pub(super) const RULE: Rule = Rule {
    name: "reopened-files",
    cause: "opens the same files again and again",
    apply,
    single: never,
};

/// Opens of one path per run, times 1000, of which all but the first open it again.
const TWICE_MILLI: u64 = 2_000;
/// One open per run, times 1000: less is a difference between runs of the same side.
const ONE_MILLI: u64 = 1_000;
/// Paths named.
const NAMED: usize = 3;

fn apply(stage: &StageDifference) -> Answer {
    let paths: Vec<&PathDifference> = stage.paths.iter().filter(|row| is_reopened(row)).collect();
    let opens: Vec<&PartDifference> = differing(stage)
        .into_iter()
        .filter(|part| part.phase == Phase::Files && part.subphase == "open")
        .collect();
    let (false, Some(part)) = (paths.is_empty(), opens.first()) else {
        return Answer::DoesNotApply("no file is opened again and again on one side only");
    };
    let sum = |side: fn(&PathDifference) -> u64| paths.iter().map(|row| side(row)).sum();
    let (a_milli, b_milli): (u64, u64) = (sum(|row| row.a_milli), sum(|row| row.b_milli));
    let names: Vec<&str> = paths
        .iter()
        .take(NAMED)
        .map(|row| row.path.as_str())
        .collect();
    let finding = Draft::new(
        RULE.name,
        stage,
        "{paths} are opened {opens_b} times per run instead of {opens_a}, which takes {time_b} \
         instead of {time_a}",
    )
    .with(Evidence::name("paths", &names.join(", ")))
    .with(Evidence::milli("opens_a", a_milli))
    .with(Evidence::milli("opens_b", b_milli))
    .with(Evidence::duration("time_a", sum(|row| row.a_ns)))
    .with(Evidence::duration("time_b", sum(|row| row.b_ns)))
    .try_this("a program that caches these files, or numbers instead of names of owners")
    .about(&[*part])
    .amounts_to(paths.iter().map(|row| row.difference).sum())
    .finish();
    Answer::Found(vec![finding])
}

fn is_reopened(row: &PathDifference) -> bool {
    let (few, many) = (row.a_milli.min(row.b_milli), row.a_milli.max(row.b_milli));
    many >= TWICE_MILLI && many - few >= ONE_MILLI
}
