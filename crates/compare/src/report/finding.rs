//! Findings: sentences that explain a difference, with the numbers that prove them.

use serde::{Deserialize, Serialize};

use crate::report::{Actor, Change, Ratio};
use trace::phase::Phase;

/// A sentence that explains a difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "finding"))]
pub struct Finding {
    /// Name of the rule that found it; `claim` for the verdict on a claim.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = crate::explain::rule_names())))]
    pub rule: String,
    /// The stage that it is about.
    pub stage: String,
    /// The sentence, with `{name}` for each piece of evidence: it holds no number of its own.
    pub sentence: String,
    /// The numbers and names of the sentence, and others that prove it.
    pub evidence: Vec<Evidence>,
    /// Whether the figures prove it.
    pub judgement: Judgement,
    /// How much of the gap it explains.
    pub explained: Change,
    /// That over the gap, in millionths; null where there is no gap.
    pub share_ppm: Option<i64>,
    /// Advice; empty where there is none.
    pub advice: String,
    /// Which parts of the critical path it explains; none is explained twice by rules that tell
    /// more from slower.
    pub parts: Vec<PartName>,
}

impl Finding {
    /// A piece of evidence, by name.
    pub fn evidence(&self, name: &str) -> Option<&Evidence> {
        self.evidence.iter().find(|evidence| evidence.name == name)
    }
}

/// The explanation of a comparison, and the verdicts on claims about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Explanation {
    /// Findings of the rules: confirmed ones first, of these and of the others those that explain most time
    /// first.
    pub findings: Vec<Finding>,
    /// The verdict on each claim.
    pub claims: Vec<Finding>,
}

/// Whether figures prove a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "judgement"))]
#[serde(rename_all = "kebab-case")]
pub enum Judgement {
    /// They do: the interval of what it explains does not hold 0, and nothing that is said of the recordings
    /// makes its figures unreliable.
    Confirmed,
    /// They prove the contrary.
    Refuted,
    /// This kernel does not have what it is about.
    NotOnThisKernel,
    /// They do not suffice.
    Inconclusive,
}

impl Judgement {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::Confirmed,
        Self::Refuted,
        Self::NotOnThisKernel,
        Self::Inconclusive,
    ];

    /// The stable name, used in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Refuted => "refuted",
            Self::NotOnThisKernel => "not-on-this-kernel",
            Self::Inconclusive => "inconclusive",
        }
    }
}

/// A part of the critical path, all file systems together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "part_name"))]
pub struct PartName {
    /// Whose time it is.
    pub role: Actor,
    /// Phase.
    pub phase: Phase,
    /// Kind within the phase; for a kernel lock its name; empty if the phase has none.
    pub subphase: String,
    /// System call; null if none.
    pub syscall: Option<String>,
    /// In words, what it waited for or worked on; empty if no more is known than phase and call.
    pub cause: String,
}

/// A number or a name that a sentence rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "evidence"))]
pub struct Evidence {
    /// Its name in the sentence.
    pub name: String,
    /// Unit of the value.
    pub unit: Unit,
    /// The value; null for a name.
    pub value: Option<i64>,
    /// Lower end of its 95 % confidence interval, in the unit of the value; null where none was
    /// worked out.
    pub low: Option<i64>,
    /// Upper end of that interval; null where none was worked out.
    pub high: Option<i64>,
    /// The name; null for a value.
    pub text: Option<String>,
}

/// Unit of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "unit"))]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// A duration in nanoseconds.
    DurationNs,
    /// A difference of durations in nanoseconds.
    DifferenceNs,
    /// A number, times 1000.
    Milli,
    /// A ratio, in millionths.
    Ppm,
    /// A share of a whole, in millionths.
    SharePpm,
    /// No number: the name of a system call, a function, a file.
    Name,
}

impl Unit {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::DurationNs,
        Self::DifferenceNs,
        Self::Milli,
        Self::Ppm,
        Self::SharePpm,
        Self::Name,
    ];

    /// The stable name, used in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::DurationNs => "duration-ns",
            Self::DifferenceNs => "difference-ns",
            Self::Milli => "milli",
            Self::Ppm => "ppm",
            Self::SharePpm => "share-ppm",
            Self::Name => "name",
        }
    }
}

impl Evidence {
    /// A duration.
    pub fn duration(name: &str, duration_ns: u64) -> Self {
        Self::number(name, Unit::DurationNs, clamped(duration_ns))
    }

    /// A difference of durations, with its interval.
    pub fn difference(name: &str, change: Change) -> Self {
        Self {
            low: change.low_ns,
            high: change.high_ns,
            ..Self::number(name, Unit::DifferenceNs, change.value_ns)
        }
    }

    /// A number, given in thousandths.
    pub fn milli(name: &str, thousandths: u64) -> Self {
        Self::number(name, Unit::Milli, clamped(thousandths))
    }

    /// A ratio, in millionths.
    pub fn ppm(name: &str, millionths: u64) -> Self {
        Self::number(name, Unit::Ppm, clamped(millionths))
    }

    /// A share of a whole, in millionths.
    pub fn share(name: &str, millionths: i64) -> Self {
        Self::number(name, Unit::SharePpm, millionths)
    }

    /// A ratio, with its interval.
    pub fn ratio(name: &str, ratio: Ratio) -> Self {
        Self {
            low: ratio.low_ppm.map(clamped),
            high: ratio.high_ppm.map(clamped),
            ..Self::number(name, Unit::Ppm, clamped(ratio.value_ppm))
        }
    }

    /// The name of something.
    pub fn name(name: &str, text: &str) -> Self {
        Self {
            name: name.to_owned(),
            unit: Unit::Name,
            value: None,
            low: None,
            high: None,
            text: Some(text.to_owned()),
        }
    }

    fn number(name: &str, unit: Unit, value: i64) -> Self {
        Self {
            name: name.to_owned(),
            unit,
            value: Some(value),
            low: None,
            high: None,
            text: None,
        }
    }
}

fn clamped(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
