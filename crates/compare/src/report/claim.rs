//! Claims: what somebody says of two configurations, in a form that can be tested.

use serde::{Deserialize, Serialize};

use super::measure::Measure;
use crate::report::SideName;

/// A file of claims: `[[claim]]` for each, and `[[measure]]` for what they are about.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claims {
    /// The measures of both sides.
    #[serde(rename = "measure", default)]
    pub measures: Vec<Measure>,
    /// The claims.
    #[serde(rename = "claim")]
    pub claims: Vec<Claim>,
}

/// A claim about two sides.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Claim {
    /// The claim, in words.
    pub says: String,
    /// Who claims it, and where.
    pub source: String,
    /// The stage that it is about; nothing for all of them together, where the test allows it.
    #[serde(default)]
    pub stage: Option<String>,
    /// The test that decides it.
    pub test: ClaimTest,
}

/// The test of a claim.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClaimTest {
    /// The wall time of B over that of A lies between bounds.
    WallRatio(Bounds),
    /// The number of system calls per run of B over that of A lies between bounds.
    CallRatio {
        /// Which calls; all if none is named.
        #[serde(default)]
        calls: Vec<String>,
        /// Between what.
        #[serde(flatten)]
        bounds: Bounds,
    },
    /// The number of system calls for each file that is opened lies between bounds.
    CallsPerFile {
        /// On which side.
        side: SideName,
        /// Which calls; all if none is named.
        #[serde(default)]
        calls: Vec<String>,
        /// Between what.
        #[serde(flatten)]
        bounds: Bounds,
    },
    /// The time that one call takes on the critical path of B over that of A lies between bounds.
    CostRatio {
        /// Which call.
        call: String,
        /// Between what.
        #[serde(flatten)]
        bounds: Bounds,
    },
    /// A measure of one side lies between bounds: durations in milliseconds, shares between 0 and 1.
    Measure {
        /// Its name.
        measure: String,
        /// On which side.
        side: SideName,
        /// Between what.
        #[serde(flatten)]
        bounds: Bounds,
    },
    /// A measure of B over the same of A lies between bounds.
    MeasureRatio {
        /// Its name.
        measure: String,
        /// Between what.
        #[serde(flatten)]
        bounds: Bounds,
    },
    /// A rule explains at least a share of the gap.
    Cause {
        /// Name of the rule.
        rule: String,
        /// Which share, between 0 and 1.
        share: f64,
    },
}

/// Bounds of a number, both included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Bounds {
    /// The least that it is claimed to be.
    #[serde(default)]
    pub at_least: Option<f64>,
    /// The most.
    #[serde(default)]
    pub at_most: Option<f64>,
}
