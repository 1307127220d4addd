//! Which cells of a question are compared with one another, and what tells cells apart.

use std::collections::BTreeMap;

use crate::report::question::{PairNames, Pairing, Selector};
use setup::bench::NamedCell;

/// The reasons for which a selector cannot be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PairError {
    /// It chooses no cell.
    #[error(
        "a comparison's {side} = {{ {selector} }} chooses no cell of the matrix; the cells differ in {varied}"
    )]
    NoCell {
        /// `a` or `b`.
        side: &'static str,
        /// The selector.
        selector: String,
        /// The axes in which cells differ.
        varied: String,
    },
    /// Both choose cells, but none of one agrees with one of the other.
    #[error(
        "no cell of a = {{ {a} }} agrees with one of b = {{ {b} }} in the axes that not both name: {varied}; name them on both sides"
    )]
    NoPair {
        /// One selector.
        a: String,
        /// The other.
        b: String,
        /// The axes in which cells differ.
        varied: String,
    },
}

/// The pairs of a pairing, as indices into `cells`: for each cell of `a`, those of `b` in their order.
///
/// # Errors
/// When a side chooses nothing, or nothing fits together.
pub fn pairs(cells: &[NamedCell], pairing: &Pairing) -> Result<Vec<(usize, usize)>, PairError> {
    let varied = || varied(cells).join(", ");
    let chosen = |side, selector: &Selector| {
        let indices: Vec<usize> = (0..cells.len())
            .filter(|&index| is_chosen(&cells[index], selector))
            .collect();
        if indices.is_empty() {
            return Err(PairError::NoCell {
                side,
                selector: written(selector),
                varied: varied(),
            });
        }
        Ok(indices)
    };
    let (a, b) = (chosen("a", &pairing.a)?, chosen("b", &pairing.b)?);
    let is_named = |axis: &String| pairing.a.contains_key(axis) && pairing.b.contains_key(axis);
    let fit = |a: usize, b: usize| {
        let mut axes = cells[a].axes.iter();
        a != b && axes.all(|(axis, value)| is_named(axis) || cells[b].axes.get(axis) == Some(value))
    };
    let pairs: Vec<(usize, usize)> = a
        .iter()
        .flat_map(|&a| b.iter().map(move |&b| (a, b)))
        .filter(|&(a, b)| fit(a, b))
        .collect();
    if pairs.is_empty() {
        return Err(PairError::NoPair {
            a: written(&pairing.a),
            b: written(&pairing.b),
            varied: varied(),
        });
    }
    Ok(pairs)
}

/// A pair, as indices of its cells, and what is asked of it.
pub type AskedPair = (Pairing, (usize, usize));

/// The pairs of several pairings, once each: one that several of them name has the claims and the stages
/// of all of those, in the place of the first.
///
/// # Errors
/// Those of [`pairs`].
pub fn all_pairs(cells: &[NamedCell], pairings: &[Pairing]) -> Result<Vec<AskedPair>, PairError> {
    let mut all: Vec<AskedPair> = Vec::new();
    for pairing in pairings {
        for indices in pairs(cells, pairing)? {
            match all.iter_mut().find(|(_, known)| *known == indices) {
                Some((known, _)) => merge(known, pairing),
                None => all.push((pairing.clone(), indices)),
            }
        }
    }
    Ok(all)
}

fn merge(known: &mut Pairing, other: &Pairing) {
    known.claims.extend(other.claims.iter().cloned());
    // None named are all of them.
    if known.stages.is_empty() || other.stages.is_empty() {
        known.stages.clear();
    } else {
        known.stages.extend(other.stages.iter().cloned());
    }
}

fn is_chosen(cell: &NamedCell, selector: &Selector) -> bool {
    selector.iter().all(|(axis, patterns)| {
        let value = cell.axes.get(axis);
        value.is_some_and(|value| patterns.matches(value))
    })
}

/// The axes in which cells differ, in their order.
pub fn varied(cells: &[NamedCell]) -> Vec<String> {
    let Some(first) = cells.first() else {
        return Vec::new();
    };
    let differs = |axis: &&String| {
        cells
            .iter()
            .any(|cell| cell.axes.get(*axis) != first.axes.get(*axis))
    };
    first.axes.keys().filter(differs).cloned().collect()
}

/// The axes in which cells do not differ, with their values.
pub fn held(cells: &[NamedCell]) -> BTreeMap<String, String> {
    let varied = varied(cells);
    let mut held = cells
        .first()
        .map(|cell| cell.axes.clone())
        .unwrap_or_default();
    held.retain(|axis, _| !varied.contains(axis));
    held
}

/// The name that tells a cell from the others: its values of the varied axes.
pub fn name(cell: &NamedCell, varied: &[String]) -> String {
    let values = varied.iter().filter_map(|axis| {
        let value = cell.axes.get(axis)?;
        // A bare yes says nothing.
        Some(match value.as_str() {
            "yes" => axis.clone(),
            "no" => format!("not {axis}"),
            value => value.to_owned(),
        })
    });
    let values: Vec<String> = values.collect();
    if values.is_empty() {
        cell.workload.clone()
    } else {
        values.join(" · ")
    }
}

/// The names of the two cells of a pair, and the values of the varied axes that they share.
pub fn pair_names(cells: &[NamedCell], (a, b): (usize, usize)) -> PairNames {
    let differs = |axis: &String| cells[a].axes.get(axis) != cells[b].axes.get(axis);
    let varied = varied(cells).into_iter();
    let (differing, shared): (Vec<String>, Vec<String>) = varied.partition(differs);
    PairNames {
        a: name(&cells[a], &differing),
        b: name(&cells[b], &differing),
        both: if shared.is_empty() {
            String::new()
        } else {
            name(&cells[a], &shared)
        },
    }
}

/// A selector as its file has it.
fn written(selector: &Selector) -> String {
    let axes = selector.iter().map(|(axis, patterns)| {
        let patterns: Vec<String> = patterns.0.iter().map(|one| format!("{one:?}")).collect();
        format!("{axis} = [{}]", patterns.join(", "))
    });
    axes.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn cells() -> Vec<NamedCell> {
        let mut cells = Vec::new();
        for storage in ["overlay", "vfs", "btrfs"] {
            for workload in ["io-read/sm", "io-read/md"] {
                let axes = [
                    ("manager", "embedded"),
                    ("rootless", "no"),
                    ("storage", storage),
                    ("workload", workload),
                ];
                let axes = axes.map(|(axis, value)| (axis.to_owned(), value.to_owned()));
                cells.push(NamedCell {
                    configuration: format!("embedded/{storage}"),
                    workload: workload.to_owned(),
                    axes: axes.into(),
                });
            }
        }
        cells
    }

    fn pairing(text: &str) -> Pairing {
        toml::from_str(text).unwrap()
    }

    fn found(text: &str) -> Result<Vec<(usize, usize)>, PairError> {
        pairs(&cells(), &pairing(text))
    }

    #[test]
    fn pairs_agree_in_what_not_both_sides_name() {
        let other = "a = { storage = \"overlay\" }\nb = { storage = [\"vfs\", \"btrfs\"] }";
        assert_eq!(found(other), Ok(vec![(0, 2), (0, 4), (1, 3), (1, 5)]));
        let sizes = "a = { workload = \"*/sm\" }\nb = { workload = \"*/md\" }";
        assert_eq!(found(sizes), Ok(vec![(0, 1), (2, 3), (4, 5)]));
        let of_some = "a = { workload = \"*/sm\", storage = [\"vfs\", \"btrfs\"] }\n\
                       b = { workload = \"*/md\" }";
        assert_eq!(found(of_some), Ok(vec![(2, 3), (4, 5)]));
        let one = "a = { storage = \"vfs\", workload = \"*/sm\" }\n\
                   b = { storage = \"btrfs\", workload = \"*/sm\" }";
        assert_eq!(found(one), Ok(vec![(2, 4)]));
    }

    #[test]
    fn a_pair_that_is_named_twice_is_one_with_the_claims_of_both() {
        let claim = "[[claim]]\nsays = \"so\"\nsource = \"me\"\ntest.wall-ratio = {}";
        let one = "a = { storage = \"vfs\" }\nb = { storage = \"btrfs\" }\nstages = [\"exec\"]";
        let two = "a = { storage = \"vfs\", workload = \"*/md\" }\n\
                   b = { storage = \"btrfs\", workload = \"*/md\" }\nstages = [\"create\"]";
        let pairings = [one, two].map(|text| pairing(&format!("{text}\n{claim}")));
        let all = all_pairs(&cells(), &pairings).unwrap();
        let indices: Vec<_> = all.iter().map(|(_, indices)| *indices).collect();
        assert_eq!(indices, [(2, 4), (3, 5)]);
        assert_eq!((all[0].0.claims.len(), all[1].0.claims.len()), (1, 2));
        assert_eq!(all[1].0.stages, ["exec", "create"]);
    }

    #[test]
    fn a_selector_that_chooses_nothing_is_refused() {
        let error = found("a = { storage = \"overlay\" }\nb = { storage = \"zfs\" }").unwrap_err();
        assert_eq!(
            error.to_string(),
            "a comparison's b = { storage = [\"zfs\"] } chooses no cell of the matrix; the cells \
             differ in storage, workload"
        );
        let error = found(
            "a = { workload = \"*/sm\", storage = \"vfs\" }\nb = { workload = \"*/sm\", storage = \"vfs\" }",
        );
        assert!(matches!(error, Err(PairError::NoPair { .. })));
    }

    #[test]
    fn cells_are_named_by_what_varies() {
        let cells = cells();
        let varied = varied(&cells);
        assert_eq!(varied, ["storage", "workload"]);
        assert_eq!(name(&cells[3], &varied), "vfs · io-read/md");
        assert_eq!(name(&cells[3], &[]), "io-read/md");
        assert_eq!(name(&cells[3], &["rootless".to_owned()]), "not rootless");
        let names = pair_names(&cells, (1, 5));
        assert_eq!(
            [&*names.a, &*names.b, &*names.both],
            ["overlay", "btrfs", "io-read/md"]
        );
        assert_eq!(pair_names(&cells, (0, 3)).both, "");
        assert_eq!(
            held(&cells).keys().collect::<Vec<_>>(),
            ["manager", "rootless"]
        );
    }
}
