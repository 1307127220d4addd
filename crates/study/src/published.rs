//! The published figures, and what they are good for.

use std::collections::BTreeMap;
use std::num::ParseIntError;

use crate::design::{StudyConfiguration, StudyStage, TESTS};

/// The figures that ctrprof brings along.
const STUDY: &str = include_str!("../../../experiments/study-2020.csv");
/// Columns before those of the stages.
const NAMES: [&str; 6] = ["manager", "image", "runtime", "storage", "rootless", "test"];
/// Nanoseconds of a hundredth of a millisecond, which is how exact the study is.
const HUNDREDTH_NS: u64 = 10_000;
/// By how much the fastest of 20 runs is expected below the middle, in standard deviations, if runs
/// are distributed normally (Tippett 1925; David and Nagaraja, Order Statistics, 2003).
const MIN_OF_20: f64 = 1.867;
/// How many standard deviations of a run, of both sides together, the means of the best 15 of 20 runs
/// may differ without being told apart. By simulation: of two samples of one distribution, that
/// standard deviation taken from their medians and fastest runs, 98 in 100 are within it if the
/// distribution is normal, 95 if it is as skewed as a lognormal one whose logarithm deviates by 0.5.
const NOISE_DEVIATIONS: f64 = 0.65;
/// The ratio by which the study's figures of the same thing differ though runs hardly vary, because
/// they were taken at other times: 95 in 100 starts of the same configuration with the smallest
/// database or archive are within this of those of hello world.
const BETWEEN_SESSIONS: f64 = 1.05;

/// A configuration and a test of the study, by their places in its lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CellKey {
    /// In [`Published::configurations`].
    pub configuration: usize,
    /// In [`TESTS`].
    pub test: usize,
}

impl CellKey {
    /// The workload that stands for the test.
    pub fn workload(self) -> &'static str {
        TESTS[self.test].workload
    }
}

/// The published figure of a stage of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Figure {
    /// Mean of the best 15 runs.
    pub best_mean_ns: u64,
    /// Median of all.
    pub median_ns: u64,
    /// The fastest.
    pub min_ns: u64,
}

impl Figure {
    /// Standard deviation of a run in parts of the mean, from the faster half: outliers are slow.
    fn deviation(&self) -> f64 {
        let half_ns = self.median_ns.saturating_sub(self.min_ns) as f64;
        half_ns / MIN_OF_20 / (self.best_mean_ns as f64).max(1.0)
    }
}

/// The ratio that figures of one and the same thing could have in the study.
pub fn noise(one: &Figure, other: &Figure) -> f64 {
    let deviation = one.deviation().hypot(other.deviation());
    (NOISE_DEVIATIONS * deviation).exp().max(BETWEEN_SESSIONS)
}

/// All figures.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Published {
    /// The configurations, in the order of the study.
    pub configurations: Vec<StudyConfiguration>,
    /// The published figures.
    pub figures: BTreeMap<(CellKey, StudyStage), Figure>,
}

/// A problem of a line.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("line {line} of the published figures {problem}")]
pub struct PublishedError {
    /// Its number; the first is 1.
    pub line: usize,
    /// The problem.
    pub problem: Problem,
}

/// Kinds of problems.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Problem {
    /// The head names other columns.
    #[error("names the columns '{0}', which are not those of docs/compare-study.md")]
    Columns(String),
    /// Too many or too few columns.
    #[error("has {0} columns instead of {1}")]
    Count(usize, usize),
    /// No configuration.
    #[error("has '{0}' where a configuration is expected")]
    Configuration(String),
    /// No test.
    #[error("names '{0}', which is none of the study's tests")]
    Test(String),
    /// No figure.
    #[error(
        "has '{0}' where a figure is expected: three times in milliseconds with slashes between"
    )]
    Figure(String),
    /// A second line of the same.
    #[error("repeats another line")]
    Repeated,
}

impl Published {
    /// The study's figures.
    ///
    /// # Errors
    /// None: a test reads them.
    pub fn study() -> Result<Self, PublishedError> {
        Self::parse(STUDY)
    }

    /// Reads comma-separated figures; lines that begin with `#` are remarks.
    ///
    /// # Errors
    /// When a line is none of the format's.
    pub fn parse(text: &str) -> Result<Self, PublishedError> {
        let lines = text.lines().enumerate();
        let mut lines = lines.filter(|(_, line)| !line.starts_with('#') && !line.is_empty());
        let expected = NAMES.map(str::to_owned).into_iter().chain(stage_columns());
        let expected = expected.collect::<Vec<_>>().join(",");
        let mut published = Self::default();
        match lines.next() {
            Some((_, head)) if head == expected => {}
            head => {
                let (index, head) = head.unwrap_or_default();
                let problem = Problem::Columns(head.to_owned());
                return Err(at(index)(problem));
            }
        }
        for (index, line) in lines {
            published.read(line).map_err(at(index))?;
        }
        Ok(published)
    }

    /// The place of a configuration.
    pub fn place(&self, configuration: &StudyConfiguration) -> Option<usize> {
        let mut known = self.configurations.iter();
        known.position(|other| other == configuration)
    }

    /// The configuration of a cell.
    pub fn configuration(&self, cell: CellKey) -> &StudyConfiguration {
        &self.configurations[cell.configuration]
    }

    fn read(&mut self, line: &str) -> Result<(), Problem> {
        let columns: Vec<&str> = line.split(',').collect();
        let stages = StudyStage::ALL.len();
        if columns.len() != NAMES.len() + stages {
            return Err(Problem::Count(columns.len(), NAMES.len() + stages));
        }
        let (names, figures) = columns.split_at(NAMES.len());
        let (label, test) = (names[..5].join(","), names[5]);
        let configuration = StudyConfiguration::from_label(&label);
        let configuration = configuration.ok_or(Problem::Configuration(label))?;
        let place = self.place(&configuration).unwrap_or_else(|| {
            self.configurations.push(configuration);
            self.configurations.len() - 1
        });
        let place_of_test = TESTS.iter().position(|known| known.name == test);
        let cell = CellKey {
            configuration: place,
            test: place_of_test.ok_or_else(|| Problem::Test(test.to_owned()))?,
        };
        for (&stage, text) in StudyStage::ALL.iter().zip(figures) {
            if text.is_empty() {
                continue;
            }
            let figure = figure(text).ok_or_else(|| Problem::Figure((*text).to_owned()))?;
            if self.figures.insert((cell, stage), figure).is_some() {
                return Err(Problem::Repeated);
            }
        }
        Ok(())
    }
}

fn at(index: usize) -> impl FnOnce(Problem) -> PublishedError {
    move |problem| PublishedError {
        line: index + 1,
        problem,
    }
}

fn stage_columns() -> impl Iterator<Item = String> {
    let stages = StudyStage::ALL.iter();
    stages.map(|stage| stage.study_name().to_owned())
}

/// `29.6/30.18/27.78`: the mean of the best, the median and the fastest.
fn figure(text: &str) -> Option<Figure> {
    let times: Vec<u64> = text.split('/').map(nanoseconds).collect::<Option<_>>()?;
    let [best_mean_ns, median_ns, min_ns] = *times.as_slice() else {
        return None;
    };
    let is_ordered = 0 < min_ns && min_ns <= median_ns && min_ns <= best_mean_ns;
    is_ordered.then_some(Figure {
        best_mean_ns,
        median_ns,
        min_ns,
    })
}

/// Milliseconds with at most two decimals.
fn nanoseconds(text: &str) -> Option<u64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(part) || part.len() > 2 {
        return None;
    }
    let hundredths: Result<u64, ParseIntError> = format!("{whole}{part:0<2}").parse();
    hundredths.ok()?.checked_mul(HUNDREDTH_NS)
}

#[cfg(test)]
mod tests;
