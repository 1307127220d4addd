//! Findings in the making.

use std::collections::BTreeSet;

use crate::report::finding::{Evidence, Finding, Judgement, PartName};
use crate::report::{
    Actor, Change, Figures, PartDifference, StageDifference, Verdict, WallDifference,
};
use analysis::report::CauseRow;

/// A finding in the making: a sentence about a stage.
#[derive(Clone, Debug)]
pub struct Draft {
    gap_ns: i64,
    has_runs: bool,
    finding: Finding,
}

impl Draft {
    /// A sentence of a rule, with `{name}` for each piece of evidence.
    pub fn new(rule: &str, stage: &StageDifference, sentence: &str) -> Self {
        Self::over(rule, &stage.name, &stage.wall, sentence)
    }

    /// A sentence of a rule about a stage, or all of them together, by name and wall time.
    pub fn over(rule: &str, stage: &str, wall: &WallDifference, sentence: &str) -> Self {
        let draft = Self {
            gap_ns: wall.difference.value_ns,
            has_runs: match wall.verdict {
                Verdict::Slower | Verdict::Faster | Verdict::Noise => true,
                Verdict::TooFewRuns | Verdict::OneSided => false,
            },
            finding: blank(rule, stage, sentence),
        };
        draft.with(Evidence::difference("gap", wall.difference))
    }

    /// A sentence about a claim, which has been judged.
    pub fn judged(rule: &str, stage: &str, sentence: &str, judgement: Judgement) -> Self {
        let mut finding = blank(rule, stage, sentence);
        finding.judgement = judgement;
        Self {
            gap_ns: 0,
            has_runs: false,
            finding,
        }
    }

    /// A finding about rows of the critical paths of one recording: their time, and that of its stages
    /// together, in nanoseconds; what it says follows ([`Self::says`]). It is a measurement, not an estimate
    /// of a difference: it is confirmed.
    pub fn single<'r>(
        rule: &str,
        stage: &str,
        rows: impl Iterator<Item = &'r CauseRow>,
        (time_ns, total_ns): (u64, u64),
    ) -> Self {
        let mut draft = Self::judged(rule, stage, "", Judgement::Confirmed);
        let value_ns = i64::try_from(time_ns).unwrap_or(i64::MAX);
        let share = i128::from(value_ns) * 1_000_000;
        draft.finding.explained = Change {
            value_ns,
            ..Change::default()
        };
        draft.finding.share_ppm = share
            .checked_div(i128::from(total_ns))
            .and_then(|share| i64::try_from(share).ok());
        let names = rows.map(|row| PartName {
            role: Actor::Role(row.role),
            phase: row.phase,
            subphase: row.part.clone(),
            syscall: row.syscall.clone(),
            cause: row.cause.clone(),
        });
        let names: BTreeSet<PartName> = names.collect();
        draft.finding.parts = names.into_iter().collect();
        draft
    }

    /// Sets its sentence, with `{name}` for each piece of evidence.
    #[must_use]
    pub fn says(mut self, sentence: &str) -> Self {
        sentence.clone_into(&mut self.finding.sentence);
        self
    }

    /// Adds a piece of evidence.
    #[must_use]
    pub fn with(mut self, evidence: Evidence) -> Self {
        self.finding.evidence.push(evidence);
        self
    }

    /// Says what to try.
    #[must_use]
    pub fn try_this(mut self, advice: &str) -> Self {
        advice.clone_into(&mut self.finding.advice);
        self
    }

    /// Adds the figures of a part as evidence: `count_a`, `count_b`, and, where both sides have it,
    /// `cost_a`, `cost_b`.
    #[must_use]
    pub fn figures(mut self, figures: &Figures) -> Self {
        self = self
            .with(Evidence::milli("count_a", figures.a.count_milli))
            .with(Evidence::milli("count_b", figures.b.count_milli))
            .with(Evidence::duration("time_a", figures.a.path_ns))
            .with(Evidence::duration("time_b", figures.b.path_ns));
        if let (Some(a_ns), Some(b_ns)) = (figures.a.cost_ns, figures.b.cost_ns) {
            self = self
                .with(Evidence::duration("cost_a", a_ns))
                .with(Evidence::duration("cost_b", b_ns));
        }
        self
    }

    /// Says which part the finding explains: all of its difference.
    #[must_use]
    pub fn explains(mut self, part: &PartDifference) -> Self {
        self.finding.parts.push(name_of(part));
        self.amounts_to(part.figures.difference)
    }

    /// Says which parts the finding explains; how much that is, is said with [`Self::amounts_to`].
    #[must_use]
    pub fn about(mut self, parts: &[&PartDifference]) -> Self {
        let names = parts.iter().map(|part| name_of(part));
        self.finding.parts.extend(names);
        self
    }

    /// Says how much of the gap the finding explains.
    #[must_use]
    pub fn amounts_to(mut self, explained: Change) -> Self {
        self.finding.explained = explained;
        self
    }

    /// The finding. It is confirmed where the interval of what it explains does not hold 0 and there
    /// are enough runs for a verdict; else it is plausible, and inconclusive.
    pub fn finish(mut self) -> Finding {
        let explained = self.finding.explained;
        if self.has_runs && explained.is_significant() {
            self.finding.judgement = Judgement::Confirmed;
        }
        let share = i128::from(explained.value_ns) * 1_000_000;
        let share = share.checked_div(i128::from(self.gap_ns));
        self.finding.share_ppm = share.and_then(|share| i64::try_from(share).ok());
        let evidence = Evidence::difference("explained", explained);
        self.finding.evidence.push(evidence);
        self.finding
    }

    /// The finding, as it was judged.
    pub fn finish_judged(self) -> Finding {
        self.finding
    }
}

fn blank(rule: &str, stage: &str, sentence: &str) -> Finding {
    Finding {
        rule: rule.to_owned(),
        stage: stage.to_owned(),
        sentence: sentence.to_owned(),
        evidence: Vec::new(),
        judgement: Judgement::Inconclusive,
        explained: Change::default(),
        share_ppm: None,
        advice: String::new(),
        parts: Vec::new(),
    }
}

fn name_of(part: &PartDifference) -> PartName {
    PartName {
        role: part.role,
        phase: part.phase,
        subphase: part.subphase.clone(),
        syscall: part.syscall.clone(),
        cause: part.cause.clone(),
    }
}
