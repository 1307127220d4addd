//! Reasons to doubt the figures of a comparison.

use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, Serializer};

/// One of the two sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SideName {
    /// The base of the comparison.
    A,
    /// The side that is compared with the base.
    B,
}

impl SideName {
    /// Both.
    pub const ALL: [Self; 2] = [Self::A, Self::B];

    /// `A` or `B`, as people write it.
    pub const fn letter(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
        }
    }
}

/// The fewest runs of a side that a verdict is given on.
pub const MIN_RUNS: u64 = 5;

/// A reason to doubt a comparison, with what helps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Warning {
    /// Records were lost: times and counts of that side are too low.
    LostRecords {
        /// Which side.
        side: SideName,
        /// How many.
        lost: u64,
        /// Of how many.
        sent: u64,
    },
    /// A recording ended early.
    Interrupted {
        /// Which side.
        side: SideName,
        /// The reason.
        reason: String,
    },
    /// Not enough runs for an interval that means something.
    FewRuns {
        /// Which side.
        side: SideName,
        /// The fewest runs of any stage.
        runs: u64,
    },
    /// Some runs did not go through all stages that others of their side did: they failed, or the
    /// recording ended first.
    IncompleteRuns {
        /// Which side.
        side: SideName,
        /// The stage that fewer runs have.
        stage: String,
        /// How many have it.
        runs: u64,
        /// How many there are.
        of: u64,
    },
    /// A stage that only one side went through.
    OneSidedStage {
        /// Which side.
        side: SideName,
        /// The stage.
        stage: String,
    },
    /// The runs of some stages lie far apart.
    WideSpread {
        /// Which side.
        side: SideName,
        /// The stages.
        stages: Vec<String>,
        /// Distance between the quartiles over the median, in millionths, of the stage where it is
        /// largest.
        spread_ppm: u64,
    },
    /// The sides were recorded on different kernels.
    OtherKernel {
        /// Release on side A.
        a: String,
        /// Release on side B.
        b: String,
    },
    /// The sides were recorded on different machines.
    OtherHost {
        /// Machine of side A, in words.
        a: String,
        /// Machine of side B.
        b: String,
    },
    /// The machine was busier for one side than for the other.
    OtherLoad {
        /// Highest load average of side A, times 1000.
        a_milli: u32,
        /// Highest load average of side B, times 1000.
        b_milli: u32,
    },
    /// The machine had more to run than it has CPUs.
    BusyHost {
        /// Which side.
        side: SideName,
        /// Highest load average, times 1000.
        load_milli: u32,
        /// CPUs.
        cpus: u32,
    },
    /// Recordings of one side, or of both, are of different levels.
    OtherLevel {
        /// Level of side A.
        a: String,
        /// Level of side B.
        b: String,
    },
    /// Short system calls were added up: their share of the critical path is estimated.
    SummaryLevel,
    /// Different probes ran.
    OtherProbes {
        /// Those that ran for side A only.
        only_a: Vec<String>,
        /// Those that ran for side B only.
        only_b: Vec<String>,
    },
    /// Different rates of samples, or none: kernel functions cannot be compared with each other.
    OtherSampleRate {
        /// Samples per second and CPU on side A.
        a_hz: u32,
        /// The same on side B.
        b_hz: u32,
    },
    /// More than one thing differs between the configurations, so that no difference can be put
    /// down to one of them.
    SeveralAxes {
        /// The axes.
        axes: Vec<String>,
    },
    /// Nothing differs between the configurations as far as they were recorded.
    SameConfiguration,
    /// The recordings of one side are of different configurations.
    MixedSide {
        /// Which side.
        side: SideName,
        /// The axes in which they differ.
        axes: Vec<String>,
    },
    /// Switches were missed and put in by inference.
    ImputedSwitches {
        /// Which side.
        side: SideName,
        /// Their share of the critical paths, in millionths.
        share_ppm: u64,
    },
    /// Rules of thumb decided a good part of the critical paths.
    RulesOfThumb {
        /// Which side.
        side: SideName,
        /// Their share of the critical paths, in millionths.
        share_ppm: u64,
    },
    /// The probes took a good part of the time, and may weigh more on one side.
    ObserverCost {
        /// Their share of side A's wall time, in millionths.
        a_ppm: u64,
        /// Their share of side B's.
        b_ppm: u64,
    },
}

impl Warning {
    /// The stable name of its kind, used in JSON.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::LostRecords { .. } => "lost-records",
            Self::Interrupted { .. } => "interrupted",
            Self::FewRuns { .. } => "few-runs",
            Self::IncompleteRuns { .. } => "incomplete-runs",
            Self::OneSidedStage { .. } => "one-sided-stage",
            Self::WideSpread { .. } => "wide-spread",
            Self::OtherKernel { .. } => "other-kernel",
            Self::OtherHost { .. } => "other-host",
            Self::OtherLoad { .. } => "other-load",
            Self::BusyHost { .. } => "busy-host",
            Self::OtherLevel { .. } => "other-level",
            Self::SummaryLevel => "summary-level",
            Self::OtherProbes { .. } => "other-probes",
            Self::OtherSampleRate { .. } => "other-sample-rate",
            Self::SeveralAxes { .. } => "several-axes",
            Self::SameConfiguration => "same-configuration",
            Self::MixedSide { .. } => "mixed-side",
            Self::ImputedSwitches { .. } => "imputed-switches",
            Self::RulesOfThumb { .. } => "rules-of-thumb",
            Self::ObserverCost { .. } => "observer-cost",
        }
    }

    /// Every kind, in the order in which warnings are listed.
    pub const KINDS: &'static [&'static str] = &[
        "lost-records",
        "interrupted",
        "few-runs",
        "incomplete-runs",
        "one-sided-stage",
        "wide-spread",
        "other-kernel",
        "other-host",
        "other-load",
        "busy-host",
        "other-level",
        "summary-level",
        "other-probes",
        "other-sample-rate",
        "several-axes",
        "same-configuration",
        "mixed-side",
        "imputed-switches",
        "rules-of-thumb",
        "observer-cost",
    ];

    /// The side that it is about, if it is about one.
    pub const fn side(&self) -> Option<SideName> {
        match self {
            Self::LostRecords { side, .. }
            | Self::Interrupted { side, .. }
            | Self::FewRuns { side, .. }
            | Self::IncompleteRuns { side, .. }
            | Self::OneSidedStage { side, .. }
            | Self::WideSpread { side, .. }
            | Self::BusyHost { side, .. }
            | Self::MixedSide { side, .. }
            | Self::ImputedSwitches { side, .. }
            | Self::RulesOfThumb { side, .. } => Some(*side),
            Self::OtherKernel { .. }
            | Self::OtherHost { .. }
            | Self::OtherLoad { .. }
            | Self::OtherLevel { .. }
            | Self::SummaryLevel
            | Self::OtherProbes { .. }
            | Self::OtherSampleRate { .. }
            | Self::SeveralAxes { .. }
            | Self::SameConfiguration
            | Self::ObserverCost { .. } => None,
        }
    }

    /// Whether figures are wrong, not just less sure.
    pub const fn is_grave(&self) -> bool {
        match self {
            Self::LostRecords { .. } | Self::Interrupted { .. } | Self::OtherLevel { .. } => true,
            Self::FewRuns { .. }
            | Self::IncompleteRuns { .. }
            | Self::OneSidedStage { .. }
            | Self::WideSpread { .. }
            | Self::OtherKernel { .. }
            | Self::OtherHost { .. }
            | Self::OtherLoad { .. }
            | Self::BusyHost { .. }
            | Self::SummaryLevel
            | Self::OtherProbes { .. }
            | Self::OtherSampleRate { .. }
            | Self::SeveralAxes { .. }
            | Self::SameConfiguration
            | Self::MixedSide { .. }
            | Self::ImputedSwitches { .. }
            | Self::RulesOfThumb { .. }
            | Self::ObserverCost { .. } => false,
        }
    }

    /// The fact and the advice, in one sentence.
    pub fn sentence(&self) -> String {
        match self {
            Self::LostRecords { side, lost, sent } => format!(
                "{lost} of {sent} records of {} were lost: its times and counts are too low; record \
                 it again with larger buffers",
                side.letter()
            ),
            Self::Interrupted { side, reason } => format!(
                "a recording of {} ended early ({reason}): its last stage may be cut",
                side.letter()
            ),
            Self::FewRuns { side, runs } => format!(
                "{} has {runs} {}: of so few, {}; record 10 or more",
                side.letter(),
                if *runs == 1 { "run" } else { "runs" },
                if *runs < MIN_RUNS {
                    "no difference is told from noise"
                } else {
                    "intervals come out too narrow"
                }
            ),
            Self::IncompleteRuns {
                side,
                stage,
                runs,
                of,
            } => format!(
                "only {runs} of {of} runs of {} came through {stage}: the others failed, or the \
                 recording ended first",
                side.letter()
            ),
            Self::OneSidedStage { side, stage } => {
                format!("only {} went through {stage}", side.letter())
            }
            Self::WideSpread {
                side,
                stages,
                spread_ppm,
            } => format!(
                "runs of {} vary widely ({}): their quartiles lie up to {} of the median apart; more \
                 runs, or a quieter machine, narrow the intervals",
                side.letter(),
                stages.join(", "),
                percent(*spread_ppm)
            ),
            Self::OtherKernel { a, b } => format!(
                "the kernels differ (A {a}, B {b}): what the kernel does may differ with them"
            ),
            Self::OtherHost { a, b } => format!(
                "the machines differ (A {a}; B {b}): times cannot be compared with each other"
            ),
            Self::OtherLoad { a_milli, b_milli } => format!(
                "the machine was not as busy for both (load A {}, B {}); interleave the runs",
                load(*a_milli),
                load(*b_milli)
            ),
            Self::BusyHost {
                side,
                load_milli,
                cpus,
            } => format!(
                "the machine was busy when {} was recorded (load {} on {cpus} CPUs): waits for a CPU \
                 weigh more than they would",
                side.letter(),
                load(*load_milli)
            ),
            Self::OtherLevel { a, b } => format!(
                "the levels differ (A {a}, B {b}): short calls are measured on one side and estimated \
                 on the other; record both at one level"
            ),
            Self::SummaryLevel => {
                "short system calls were added up in the kernel: how much of them \
                 lies on the critical path is estimated from their share of user time"
                    .to_owned()
            }
            Self::OtherProbes { only_a, only_b } => format!(
                "different probes ran{}{}",
                listed(" only for A: ", only_a),
                listed(" only for B: ", only_b)
            ),
            Self::OtherSampleRate { a_hz, b_hz } => format!(
                "samples were taken at different rates (A {a_hz} Hz, B {b_hz} Hz): kernel functions \
                 are not told apart"
            ),
            Self::SeveralAxes { axes } => format!(
                "the configurations differ in {}: no difference can be put down to one of them",
                axes.join(", ")
            ),
            Self::SameConfiguration => "the configurations are the same as far as they were \
                 recorded: what differs is noise, or was not recorded"
                .to_owned(),
            Self::MixedSide { side, axes } => format!(
                "the recordings of {} differ among themselves in {}",
                side.letter(),
                axes.join(", ")
            ),
            Self::ImputedSwitches { side, share_ppm } => format!(
                "{} of the critical paths of {} rest on switches that were missed and put in by \
                 inference",
                percent(*share_ppm),
                side.letter()
            ),
            Self::RulesOfThumb { side, share_ppm } => format!(
                "rules of thumb decided {} of the critical paths of {}: plausible, not proven",
                percent(*share_ppm),
                side.letter()
            ),
            Self::ObserverCost { a_ppm, b_ppm } => format!(
                "observing took about {} of A's time and {} of B's; compare untraced wall times too",
                percent(*a_ppm),
                percent(*b_ppm)
            ),
        }
    }
}

impl Serialize for Warning {
    /// As its kind, its side and its sentence.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Warning", 4)?;
        fields.serialize_field("kind", self.kind())?;
        fields.serialize_field("side", &self.side())?;
        fields.serialize_field("grave", &self.is_grave())?;
        fields.serialize_field("sentence", &self.sentence())?;
        fields.end()
    }
}

/// Millionths as whole per cent.
fn percent(ppm: u64) -> String {
    format!("{} %", (ppm + 5_000) / 10_000)
}

/// A load average with two decimals.
fn load(milli: u32) -> String {
    let hundredths = (u64::from(milli) + 5) / 10;
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

fn listed(before: &str, names: &[String]) -> String {
    if names.is_empty() {
        String::new()
    } else {
        format!("{before}{}", names.join(", "))
    }
}
