//! The report of two cells of a question: figures, findings, and verdicts on the claims.

use super::claim::{judge, not_here, undecided};
use super::findings_in;
use crate::report::question::{PairNames, Pairing, QuestionCell, QuestionPair, QuestionStage};
use crate::report::{Comparison, FunctionDifference, StageDifference, Verdict};

/// Kernel functions of a stage that are kept.
const FUNCTIONS: usize = 8;

/// Two cells that were compared; `indices` are theirs.
pub fn compared(
    pairing: &Pairing,
    indices: (usize, usize),
    comparison: Comparison,
) -> QuestionPair {
    let is_asked = |stage: &str| {
        pairing.stages.is_empty() || pairing.stages.iter().any(|asked| asked == stage)
    };
    let claims = pairing.claims.iter().map(|claim| {
        judge(&comparison, claim).unwrap_or_else(|why| undecided(claim, &why.to_string()))
    });
    let claims = claims.collect();
    let findings = findings_in(&comparison, &is_asked);
    let stages = comparison.stages.into_iter().map(|stage| QuestionStage {
        is_asked: is_asked(&stage.name),
        functions: functions(&stage, is_asked(&stage.name)),
        name: stage.name,
        wall: stage.wall,
    });
    QuestionPair {
        a: indices.0,
        b: indices.1,
        names: PairNames::default(),
        missing: String::new(),
        warnings: comparison.warnings,
        total: comparison.total,
        stages: stages.collect(),
        measures: comparison.measures,
        prediction: None,
        findings,
        claims,
    }
}

fn functions(stage: &StageDifference, is_asked: bool) -> Vec<FunctionDifference> {
    // Where the stage does not differ by more than noise, neither do its functions.
    let is_told = match stage.wall.verdict {
        Verdict::Slower | Verdict::Faster => is_asked,
        Verdict::Noise | Verdict::TooFewRuns | Verdict::OneSided => false,
    };
    let is_sure = |row: &&FunctionDifference| {
        is_told && (row.is_significant || row.a.blocked_ns != row.b.blocked_ns)
    };
    let functions = stage.functions.iter().filter(is_sure);
    functions.take(FUNCTIONS).cloned().collect()
}

/// Two cells of which at least one has no run that succeeded: what the host lacks for it, or how its
/// runs failed, is said of each claim.
pub fn missing(
    pairing: &Pairing,
    indices: (usize, usize),
    cells: (&QuestionCell, &QuestionCell),
) -> QuestionPair {
    let both = [cells.0, cells.1];
    let without: Vec<&QuestionCell> = both.into_iter().filter(|cell| cell.runs == 0).collect();
    let mut lacking: Vec<String> = Vec::new();
    for reason in without.iter().flat_map(|cell| &cell.lacking) {
        if !lacking.contains(reason) {
            lacking.push(reason.clone());
        }
    }
    let why: Vec<String> = without.into_iter().map(reason).collect();
    let why = why.join("; ");
    let claims = pairing.claims.iter().map(|claim| match lacking.as_slice() {
        [] => undecided(claim, &why),
        reasons => not_here(claim, reasons),
    });
    QuestionPair {
        a: indices.0,
        b: indices.1,
        claims: claims.collect(),
        missing: why,
        ..QuestionPair::default()
    }
}

/// The reason for which a cell has no figures.
fn reason(cell: &QuestionCell) -> String {
    let name = &cell.name;
    if !cell.lacking.is_empty() {
        format!("{name} cannot be run here: {}", cell.lacking.join("; "))
    } else if cell.failed > 0 {
        format!("no run of {name} succeeded: {}", cell.failure)
    } else {
        format!("{name} was not run")
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::fixture::{Doing, recording};
    use crate::report::finding::Judgement;
    use crate::{SideProfile, compare};
    use analysis::profile::profile;

    const PAIRING: &str = r#"
        a = { storage = "overlay" }
        b = { storage = "aufs" }
        stages = ["create"]
        [[claim]]
        says = "aufs is slower"
        source = "a study"
        stage = "create"
        test.wall-ratio = { at-least = 1.5 }
        [[claim]]
        says = "so is its start"
        source = "a study"
        stage = "start"
        test.wall-ratio = { at-least = 1.5 }
    "#;

    fn pairing() -> Pairing {
        toml::from_str(PAIRING).unwrap()
    }

    fn side(user_ns: u64) -> SideProfile {
        let (manifest, tables) = recording(&[Doing::User(user_ns)], 6);
        SideProfile {
            name: "side".to_owned(),
            recordings: vec![profile("side", &manifest, &tables)],
        }
    }

    #[test]
    fn claims_are_judged_and_what_cannot_be_is_said() {
        let comparison = compare(&side(1_000_000), &side(2_000_000), &[]).comparison;
        let pair = compared(&pairing(), (0, 1), comparison);
        let judged: Vec<Judgement> = pair.claims.iter().map(|claim| claim.judgement).collect();
        assert_eq!(judged, [Judgement::Confirmed, Judgement::Inconclusive]);
        let why = pair.claims[1].evidence("why").unwrap().text.clone();
        assert_eq!(
            why.unwrap(),
            "no stage is named \"start\"; there are create"
        );
        assert_eq!(pair.findings[0].rule, "computing");
        assert!(pair.stages[0].is_asked);
    }

    #[test]
    fn findings_of_other_stages_are_not_told() {
        let comparison = compare(&side(1_000_000), &side(2_000_000), &[]).comparison;
        let other = Pairing {
            stages: vec!["exec".to_owned()],
            ..pairing()
        };
        let pair = compared(&other, (0, 1), comparison);
        assert!(pair.findings.is_empty() && !pair.stages[0].is_asked);
    }

    #[test]
    fn what_a_cell_lacks_is_said_of_each_claim() {
        let cell = |lacking: &[&str], failed| QuestionCell {
            name: "aufs".to_owned(),
            lacking: lacking.iter().map(|&why| why.to_owned()).collect(),
            failed,
            failure: "it is tired".to_owned(),
            ..QuestionCell::default()
        };
        let there = QuestionCell {
            runs: 10,
            ..QuestionCell::default()
        };
        let verdict = |cell: &QuestionCell| {
            let pair = missing(&pairing(), (0, 1), (&there, cell));
            assert_eq!(pair.claims.len(), 2);
            (pair.claims[0].judgement, pair.missing)
        };
        assert_eq!(
            verdict(&cell(&["this kernel has no aufs"], 0)),
            (
                Judgement::NotOnThisKernel,
                "aufs cannot be run here: this kernel has no aufs".to_owned()
            )
        );
        let (judgement, why) = verdict(&cell(&[], 3));
        assert_eq!(judgement, Judgement::Inconclusive);
        assert_eq!(why, "no run of aufs succeeded: it is tired");
        assert_eq!(verdict(&cell(&[], 0)).1, "aufs was not run");
    }
}
