//! One ordering: the published ratio beside the measured one, and what comes of it.

use super::StudyBench;
use super::measured::{MeasuredCell, Measurements, Sample};
use super::pairs::Pair;
use super::published::{CellKey, Figure, Published, noise};
use crate::design::{Counterpart, StudyStage};
use crate::report::{Doubt, Missing, StudyOrdering, StudySide, StudyVerdict};
use analysis::statistics::Interval;

/// The facts by which orderings are judged.
pub struct Judge<'a> {
    /// The published figures.
    pub published: &'a Published,
    /// The measurements.
    pub measured: &'a Measurements,
    /// The benches that it was measured in.
    pub benches: &'a [StudyBench<'a>],
}

/// A cell on one side of an ordering, with the figures of its stage.
#[derive(Clone, Copy)]
struct Side<'a> {
    key: CellKey,
    figure: &'a Figure,
    cell: &'a MeasuredCell,
    sample: &'a Sample,
}

impl Judge<'_> {
    /// The verdict on a pair in a stage. None where the study has no such ordering.
    pub fn judge(&self, pair: &Pair, stage: StudyStage) -> Option<Result<StudyOrdering, Missing>> {
        let figure = |key: CellKey| Some((key, self.published.figures.get(&(key, stage))?));
        let (one, other) = (figure(pair.one)?, figure(pair.other)?);
        // The first of two that are equal counts as the faster one; that is then within the noise.
        let (faster, slower) = if one.1.best_mean_ns <= other.1.best_mean_ns {
            (one, other)
        } else {
            (other, one)
        };
        Some(self.sides(faster, slower, stage).map(|(faster, slower)| {
            let verdict = verdict(faster, slower);
            StudyOrdering {
                axis: pair.axis,
                stage,
                faster: self.side(faster),
                slower: self.side(slower),
                published_ppm: ppm(
                    slower.figure.best_mean_ns as f64 / faster.figure.best_mean_ns as f64
                ),
                published_noise_ppm: ppm(noise(faster.figure, slower.figure)),
                measured_ppm: ppm(slower.sample.mean_ns / faster.sample.mean_ns.max(1.0)),
                measured_low_ppm: verdict.interval.map(|interval| ppm(interval.low)),
                measured_high_ppm: verdict.interval.map(|interval| ppm(interval.high)),
                verdict: verdict.verdict,
                doubts: verdict.doubts,
            }
        }))
    }

    /// The measurements of both sides: of one bench if one has both, else of two that belong
    /// together; those with most runs.
    fn sides<'s>(
        &'s self,
        faster: (CellKey, &'s Figure),
        slower: (CellKey, &'s Figure),
        stage: StudyStage,
    ) -> Result<(Side<'s>, Side<'s>), Missing> {
        if stage.counterpart() == Counterpart::None {
            return Err(Missing::NoCounterpart);
        }
        let (ours, theirs) = (self.cells(faster.0), self.cells(slower.0));
        match (ours, theirs) {
            (Err(one), Err(other)) => return Err(one.min(other)),
            (Err(one), Ok(_)) | (Ok(_), Err(one)) => return Err(one),
            (Ok(_), Ok(_)) => {}
        }
        let side = |(key, figure): (CellKey, &'s Figure)| {
            let cells = self.cells(key).unwrap_or_default().iter();
            let sides = cells.filter_map(move |cell| {
                let sample = cell.samples.get(&stage)?;
                Some(Side {
                    key,
                    figure,
                    cell,
                    sample,
                })
            });
            sides.collect::<Vec<_>>()
        };
        let (faster, slower) = (side(faster), side(slower));
        if faster.is_empty() || slower.is_empty() {
            return Err(Missing::NoStage);
        }
        let pairs = faster
            .iter()
            .flat_map(|&one| slower.iter().map(move |&other| (one, other)));
        let together = pairs.filter(|(one, other)| self.belong_together(one.cell, other.cell));
        let best = together.max_by_key(|(one, other)| {
            let is_one = one.cell.bench == other.cell.bench;
            (is_one, one.sample.runs.min(other.sample.runs))
        });
        best.ok_or(Missing::Apart)
    }

    fn cells(&self, key: CellKey) -> Result<&[MeasuredCell], Missing> {
        let cells = self.measured.cells.get(&key).map(Vec::as_slice);
        cells.ok_or_else(|| self.measured.why_missing(key))
    }

    /// Whether times of both may be compared with one another.
    fn belong_together(&self, one: &MeasuredCell, other: &MeasuredCell) -> bool {
        let [one, other] = [one, other].map(|cell| {
            let header = self.benches[cell.bench].header;
            let host = &header.host;
            (
                (&host.kernel, &host.machine, host.cpus, &host.cgroup),
                (header.mode, &header.cache),
            )
        });
        one == other
    }

    fn side(&self, side: Side<'_>) -> StudySide {
        StudySide {
            configuration: self.published.configuration(side.key).clone(),
            workload: side.key.workload().to_owned(),
            published_ns: side.figure.best_mean_ns,
            measured_ns: side.sample.mean_ns.round() as u64,
            runs: side.sample.runs,
            bench: side.cell.bench as u64,
        }
    }
}

/// A verdict, and what it rests on.
struct Verdict {
    interval: Option<Interval>,
    verdict: StudyVerdict,
    doubts: Vec<Doubt>,
}

fn verdict(faster: Side<'_>, slower: Side<'_>) -> Verdict {
    let published = slower.figure.best_mean_ns as f64 / faster.figure.best_mean_ns as f64;
    let interval = slower.sample.over(faster.sample);
    let doubts = [
        (
            Doubt::PublishedNoise,
            published <= noise(faster.figure, slower.figure),
        ),
        (
            Doubt::MeasuredNoise,
            interval.is_some_and(|interval| interval.contains(1.0)),
        ),
        (Doubt::FewRuns, interval.is_none()),
    ];
    let doubts: Vec<Doubt> = doubts
        .into_iter()
        .filter_map(|(doubt, holds)| holds.then_some(doubt))
        .collect();
    let verdict = match interval {
        Some(interval) if doubts.is_empty() && interval.low > 1.0 => StudyVerdict::Agree,
        Some(_) if doubts.is_empty() => StudyVerdict::Disagree,
        Some(_) | None => StudyVerdict::CannotTell,
    };
    Verdict {
        interval,
        verdict,
        doubts,
    }
}

/// Millionths, rounded.
fn ppm(ratio: f64) -> u64 {
    (ratio * 1e6).round() as u64
}
