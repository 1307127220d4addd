//! The study's cells in benches: measurements, and what is missing.

use std::collections::{BTreeMap, BTreeSet};

use super::StudyBench;
use super::names::{Named, is_stand_in, named};
use super::published::{CellKey, Published};
use crate::design::{Counterpart, StudyStage};
use crate::report::{AsideReason, Missing, SetAside};
use analysis::bench::{CellRuns, cell_runs, failure_counts};
use analysis::statistics::{Bootstrap, Interval, best_count, mean_of_best};
use compare::report::MIN_RUNS;
use setup::bench::{Cell, RunRecord};
use setup::configuration::{Configuration, NetworkKind};

/// The network that the study's containers had.
const STUDY_NETWORK: NetworkKind = NetworkKind::Bridge;

/// The runs of a stage of a cell.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// How many.
    pub runs: u64,
    /// Mean of the best three quarters of them.
    pub mean_ns: f64,
    /// The same of resamples; empty where there are too few runs for an interval.
    pub draws: Vec<f64>,
}

impl Sample {
    /// The interval of this sample's time over that of another. None with too few runs.
    pub fn over(&self, other: &Self) -> Option<Interval> {
        if self.runs.min(other.runs) < MIN_RUNS {
            return None;
        }
        let both = self.draws.iter().zip(&other.draws);
        let ratios = both.map(|(own, other)| own / other.max(1.0));
        Bootstrap::default().between(ratios.collect())
    }
}

/// A cell that was measured.
#[derive(Clone, Debug, PartialEq)]
pub struct MeasuredCell {
    /// Which of the benches, counted from 0.
    pub bench: usize,
    /// How many runs succeeded.
    pub runs: u64,
    /// How many failed.
    pub failed: u64,
    /// Whether its name in the study is from its configuration.
    pub is_derived: bool,
    /// Whether it has the network of the study's containers.
    pub has_network: bool,
    /// Whether its image is made of the host's files.
    pub is_stand_in: bool,
    /// Stages beside those of the study that its runs went through.
    pub other_stages: BTreeSet<&'static str>,
    /// The study's stages that they went through.
    pub samples: BTreeMap<StudyStage, Sample>,
}

/// All benches by the study's cells.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measurements {
    /// The measurements; more than one of a cell where several benches have it.
    pub cells: BTreeMap<CellKey, Vec<MeasuredCell>>,
    /// The reasons for which others were not measured; cells that no bench has are not in it.
    pub missing: BTreeMap<CellKey, Missing>,
    /// Cells that are none of the study's.
    pub set_aside: Vec<SetAside>,
}

impl Measurements {
    /// The benches' measurements of the study's cells.
    pub fn new(benches: &[StudyBench<'_>], published: &Published) -> Self {
        let mut measurements = Self::default();
        for (index, bench) in benches.iter().enumerate() {
            measurements.add(index, bench, published);
        }
        for key in measurements.cells.keys() {
            // Another bench has what this one lacks.
            measurements.missing.remove(key);
        }
        measurements
    }

    /// The reason for which a cell was not measured.
    pub fn why_missing(&self, key: CellKey) -> Missing {
        self.missing.get(&key).cloned().unwrap_or(Missing::NotAsked)
    }

    fn add(&mut self, index: usize, bench: &StudyBench<'_>, published: &Published) {
        let impossible = bench.header.impossible.iter();
        let all = bench.header.cells.iter();
        let mut ambiguous = Ambiguous::new(
            all.chain(impossible.clone().map(|cell| &cell.cell)),
            published,
        );
        for cell in impossible {
            if let Some(named) = self.name(index, &cell.cell, published, &mut ambiguous) {
                self.miss(named.key, Missing::Impossible(cell.reasons.join("; ")));
            }
        }
        for runs in cell_runs(bench.header, bench.records) {
            if let Some(named) = self.name(index, runs.cell, published, &mut ambiguous) {
                self.place(index, named, &runs);
            }
        }
    }

    /// The cell's name in the study, if it has one of its own; else it is set aside.
    fn name(
        &mut self,
        bench: usize,
        cell: &Cell,
        published: &Published,
        ambiguous: &mut Ambiguous,
    ) -> Option<Named> {
        let named = named(cell, published).and_then(|named| {
            if ambiguous.keys.contains(&named.key) {
                self.miss(named.key, Missing::Ambiguous);
                return Err(AsideReason::Ambiguous);
            }
            Ok(named)
        });
        match named {
            Ok(named) => Some(named),
            Err(why) => {
                self.set_aside(bench as u64, cell, why);
                None
            }
        }
    }

    fn set_aside(&mut self, bench: u64, cell: &Cell, why: AsideReason) {
        let mut entries = self.set_aside.iter_mut();
        let entry = entries.find(|entry| {
            (entry.bench, &entry.configuration, entry.why) == (bench, &cell.configuration, why)
        });
        match entry {
            Some(entry) => entry.workloads.push(cell.workload.clone()),
            None => self.set_aside.push(SetAside {
                bench,
                configuration: cell.configuration.clone(),
                label: cell.label.clone(),
                why,
                workloads: vec![cell.workload.clone()],
            }),
        }
    }

    fn place(&mut self, bench: usize, named: Named, runs: &CellRuns<'_>) {
        if runs.counted.is_empty() {
            let mut failures = failure_counts(&runs.failed).into_iter();
            let why = failures
                .next()
                .map_or(Missing::NotRun, |failure| Missing::Failed(failure.message));
            self.miss(named.key, why);
            return;
        }
        let configuration: Option<Configuration> = runs.cell.configuration.parse().ok();
        let configuration = configuration.as_ref();
        let cell = MeasuredCell {
            bench,
            runs: runs.counted.len() as u64,
            failed: runs.failed.len() as u64,
            is_derived: named.is_derived,
            has_network: configuration.is_none_or(|known| known.network == STUDY_NETWORK),
            is_stand_in: configuration.is_some_and(|known| is_stand_in(&known.image)),
            other_stages: other_stages(&runs.counted),
            samples: samples(runs, bench),
        };
        self.cells.entry(named.key).or_default().push(cell);
    }

    /// Of several reasons the first of the list counts.
    fn miss(&mut self, key: CellKey, why: Missing) {
        let known = self.missing.entry(key).or_insert_with(|| why.clone());
        if why < *known {
            *known = why;
        }
    }
}

/// The cells of the study that more than one cell of a bench stands for.
struct Ambiguous {
    keys: BTreeSet<CellKey>,
}

impl Ambiguous {
    fn new<'a>(cells: impl Iterator<Item = &'a Cell>, published: &Published) -> Self {
        let mut seen = BTreeSet::new();
        let names = cells.filter_map(|cell| named(cell, published).ok());
        let keys = names
            .map(|named| named.key)
            .filter(|key| !seen.insert(*key));
        Self {
            keys: keys.collect(),
        }
    }
}

/// The stages that the study has nothing like.
fn other_stages(runs: &[&RunRecord]) -> BTreeSet<&'static str> {
    let stages = runs.iter().flat_map(|run| &run.stages);
    let is_published = |stage| {
        let mut known = StudyStage::ALL.iter();
        known.any(|known| known.counterpart() == Counterpart::Stage(stage))
    };
    stages
        .map(|timing| timing.stage)
        .filter(|stage| !is_published(*stage))
        .map(|stage| stage.name())
        .collect()
}

fn samples(runs: &CellRuns<'_>, bench: usize) -> BTreeMap<StudyStage, Sample> {
    let stages = StudyStage::ALL.iter();
    let samples = stages.filter_map(|&stage| {
        let durations = runs.counted.iter().filter_map(|run| duration(run, stage));
        let durations_ns: Vec<f64> = durations.map(|duration_ns| duration_ns as f64).collect();
        let cell = runs.cell;
        let name = format!(
            "{bench} {} {} {}",
            cell.configuration,
            cell.workload,
            stage.name()
        );
        Some((stage, sample(&durations_ns, seed(&name))?))
    });
    samples.collect()
}

/// How long the study's stage took in a run.
fn duration(run: &RunRecord, stage: StudyStage) -> Option<u64> {
    match stage.counterpart() {
        Counterpart::Stage(stage) => {
            let mut timings = run.stages.iter();
            let timing = timings.find(|timing| timing.stage == stage)?;
            Some(timing.duration_ns)
        }
        Counterpart::Total => Some(run.total_ns()),
        Counterpart::None => None,
    }
}

fn sample(durations_ns: &[f64], seed: u64) -> Option<Sample> {
    let best = best_count(durations_ns.len());
    let statistic = |values: &[f64]| mean_of_best(values, best);
    let runs = durations_ns.len() as u64;
    let bootstrap = Bootstrap {
        seed,
        ..Bootstrap::default()
    };
    Some(Sample {
        runs,
        mean_ns: statistic(durations_ns)?,
        draws: if runs < MIN_RUNS {
            Vec::new()
        } else {
            bootstrap.draws(durations_ns, statistic)
        },
    })
}

/// A seed for each name, since samples that are compared with one another must not be drawn alike:
/// FNV-1a (Fowler, Noll and Vo; RFC 9923).
fn seed(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use setup::random::Random;

    /// A sample of runs that take between 80 and 120 ms, the middle more often.
    fn drawn(random: &mut Random) -> Option<Sample> {
        let part = |random: &mut Random| random.below(10_000_001) as f64;
        let runs: Vec<f64> = (0..10)
            .map(|_| 8e7 + (0..4).map(|_| part(random)).sum::<f64>())
            .collect();
        sample(&runs, random.next_u64())
    }

    /// As docs/compare-study.md says.
    #[test]
    fn samples_of_one_distribution_are_seldom_told_apart() {
        let mut random = Random::new(15);
        let pairs = 250;
        let told = (0..pairs).filter(|_| {
            let interval = drawn(&mut random)
                .zip(drawn(&mut random))
                .and_then(|(one, other)| one.over(&other));
            interval.is_some_and(|interval| !interval.contains(1.0))
        });
        let share = told.count() as f64 / f64::from(pairs);
        assert!((0.03..0.13).contains(&share), "{share}");
    }

    #[test]
    fn names_give_seeds_of_their_own() {
        assert_eq!(seed(""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(seed("a"), 0xaf63_dc4c_8601_ec8c);
        assert_ne!(
            seed("0 x hello-world create"),
            seed("0 x hello-world start")
        );
    }
}
