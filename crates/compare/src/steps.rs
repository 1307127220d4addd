//! The gap step by step: from the mean of A, each finding as a step up or down, to the mean of B.

use crate::report::WallDifference;
use crate::report::finding::Finding;

/// A step of the gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step<'f> {
    /// The finding that explains it; nothing for all that no finding among the steps explains.
    pub finding: Option<&'f Finding>,
    /// Where it begins, in nanoseconds.
    pub from_ns: i64,
    /// Where it ends, in nanoseconds.
    pub to_ns: i64,
}

/// The steps from the mean of A to that of B: the `most` findings with most time, those with most first, and
/// one for the rest. Each begins where the one before it ends.
pub fn steps<'f>(wall: &WallDifference, findings: &'f [Finding], most: usize) -> Vec<Step<'f>> {
    let mut largest: Vec<&Finding> = findings.iter().collect();
    largest.sort_by_key(|finding| std::cmp::Reverse(finding.explained.value_ns.unsigned_abs()));
    let mut from_ns = mean_ns(wall.a.map(|side| side.mean_ns));
    let mut steps = Vec::new();
    for finding in largest.into_iter().take(most) {
        let to_ns = from_ns + finding.explained.value_ns;
        steps.push(Step {
            finding: Some(finding),
            from_ns,
            to_ns,
        });
        from_ns = to_ns;
    }
    steps.push(Step {
        finding: None,
        from_ns,
        to_ns: mean_ns(wall.b.map(|side| side.mean_ns)),
    });
    steps
}

fn mean_ns(mean_ns: Option<u64>) -> i64 {
    i64::try_from(mean_ns.unwrap_or(0)).unwrap_or(i64::MAX)
}
