//! Findings in the making.

use crate::model::comparison::{Change, Figures, PartDifference, StageDifference, Verdict};
use crate::model::finding::{Evidence, Finding, Judgement, PartName};

/// A finding in the making: a rule's sentence about a stage.
#[derive(Clone, Debug)]
pub struct Draft<'s> {
    stage: &'s StageDifference,
    finding: Finding,
}

impl<'s> Draft<'s> {
    /// A sentence of a rule, with `{name}` for each piece of evidence.
    pub fn new(rule: &str, stage: &'s StageDifference, sentence: &str) -> Self {
        let finding = Finding {
            rule: rule.to_owned(),
            stage: stage.name.clone(),
            sentence: sentence.to_owned(),
            evidence: vec![Evidence::difference("gap", stage.wall.difference)],
            judgement: Judgement::Inconclusive,
            explained: Change::default(),
            share_ppm: None,
            advice: String::new(),
            parts: Vec::new(),
        };
        Self { stage, finding }
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
        let has_runs = match self.stage.wall.verdict {
            Verdict::Slower | Verdict::Faster | Verdict::Noise => true,
            Verdict::TooFewRuns | Verdict::OneSided => false,
        };
        if has_runs && explained.is_significant() {
            self.finding.judgement = Judgement::Confirmed;
        }
        let gap_ns = i128::from(self.stage.wall.difference.value_ns);
        let share = (i128::from(explained.value_ns) * 1_000_000).checked_div(gap_ns);
        self.finding.share_ppm = share.and_then(|share| i64::try_from(share).ok());
        let evidence = Evidence::difference("explained", explained);
        self.finding.evidence.push(evidence);
        self.finding
    }
}

fn name_of(part: &PartDifference) -> PartName {
    PartName {
        role: part.role,
        phase: part.phase,
        subphase: part.subphase.clone(),
        syscall: part.syscall.clone(),
    }
}
