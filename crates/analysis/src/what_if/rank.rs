//! What would save most if it were free.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::answer::Candidate;
use super::class::Class;
use super::factor::Factor;
use super::model::Model;
use super::outcome::Outcome;
use super::selector::{Change, Key, Selector};
use trace::phase::Phase;

/// Of what has less than one part in so many of the whole time, no saving is worked out.
const NOTICEABLE: u64 = 200;
/// So many candidates are replayed at most: those with most time on the path.
const REPLAYED: usize = 60;

/// The candidates of all stages together, largest saving first; `unchanged` are the stages replayed
/// as they were.
pub fn rank(models: &[Model], unchanged: &[Outcome]) -> Vec<Candidate> {
    let whole_ns: u64 = unchanged.iter().map(|outcome| outcome.wall_ns).sum();
    let mut found: Vec<(Vec<(Key, String)>, Sums)> = sums(models, unchanged)
        .into_iter()
        .map(|(key, sums)| (selector(key), sums))
        .filter(|(_, sums)| sums.largest_ns() > whole_ns / NOTICEABLE)
        .collect();
    found.sort_by_key(|(_, sums)| Reverse(sums.largest_ns()));
    found.truncate(REPLAYED);
    let mut candidates: Vec<Candidate> = found
        .into_iter()
        .map(|(parts, sums)| {
            let selector = Selector { parts };
            Candidate {
                critical_path_ns: sums.path_ns,
                saving_ns: saving_ns(models, unchanged, &selector),
                selector: selector.to_string(),
            }
        })
        .collect();
    candidates.sort_by_key(|candidate| Reverse((candidate.saving_ns, candidate.critical_path_ns)));
    candidates
}

fn saving_ns(models: &[Model], unchanged: &[Outcome], selector: &Selector) -> u64 {
    let change = [Change {
        selector: selector.clone(),
        factor: Factor::FREE,
    }];
    let savings = models.iter().zip(unchanged).map(|(model, before)| {
        let after_ns = model.wall_ns(&model.changes(&change));
        before.wall_ns.saturating_sub(after_ns)
    });
    savings.sum()
}

/// Time on the path, and on a chain that decides about the end.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    path_ns: u64,
    chain_ns: u64,
}

impl Sums {
    fn largest_ns(&self) -> u64 {
        self.path_ns.max(self.chain_ns)
    }
}

/// Process, phase, part and function.
type Name<'m> = (&'m str, Phase, &'m str, &'m str);

/// Waits for a CPU are those of the whole machine: what they were behind was behind something itself.
fn name<'m>(class: &'m Class, function: &'m str) -> Name<'m> {
    match class.phase {
        Phase::Runqueue => ("", class.phase, "", ""),
        phase => (&class.process, phase, &class.part, function),
    }
}

fn sums<'m>(models: &'m [Model], unchanged: &[Outcome]) -> BTreeMap<Name<'m>, Sums> {
    let mut sums: BTreeMap<Name<'_>, Sums> = BTreeMap::new();
    for (model, outcome) in models.iter().zip(unchanged) {
        let times = outcome.path.by_class.iter().zip(&outcome.chain.by_class);
        for (class, (&path_ns, &chain_ns)) in model.classes.iter().zip(times) {
            // Nobody can have a recording without its observer.
            if class.phase == Phase::Observer {
                continue;
            }
            for (function, weight, all) in shares(class) {
                let name = name(class, function);
                let sum = sums.entry(name).or_default();
                sum.path_ns += portion(path_ns, weight, all);
                sum.chain_ns += portion(chain_ns, weight, all);
            }
        }
    }
    sums
}

/// All of a class, and each function of it, with so many of so many shares.
fn shares(class: &Class) -> Vec<(&str, u64, u64)> {
    let all: u64 = class
        .functions
        .iter()
        .map(|function| function.samples)
        .sum();
    let functions = class.functions.iter();
    let functions = functions.map(|function| (function.name.as_str(), function.samples, all));
    std::iter::once(("", 1, 1)).chain(functions).collect()
}

fn portion(time_ns: u64, weight: u64, all: u64) -> u64 {
    (u128::from(time_ns) * u128::from(weight) / u128::from(all.max(1))) as u64
}

fn selector((process, phase, part, function): Name<'_>) -> Vec<(Key, String)> {
    let mut parts = Vec::new();
    if !process.is_empty() {
        parts.push((Key::Process, process.to_owned()));
    }
    parts.push((Key::Phase, phase.name().to_owned()));
    if !matches!(phase, Phase::User | Phase::Runqueue) {
        parts.push((Key::Part, part.to_owned()));
    }
    if !function.is_empty() {
        parts.push((Key::Function, function.to_owned()));
    }
    parts
}
