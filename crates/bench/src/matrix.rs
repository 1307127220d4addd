//! The matrix of a bench: a TOML file that names configurations axis by axis, with globs.
//! docs/bench.md is its reference.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use setup::bench::{WORKLOAD, WorkloadLabel};
use setup::cache::CachePolicy;
use setup::configuration::AXES;
use setup::pattern::{self, Patterns};

/// Runs before the measured ones, where nothing else is asked for.
pub const DEFAULT_WARMUPS: u32 = 1;
/// Seed of the order of runs, where nothing else is asked for.
pub const DEFAULT_SEED: u64 = 1;
/// Longest that a run may take where nothing else is asked for, in seconds.
pub const DEFAULT_TIMEOUT_S: u64 = 600;
/// Values of the axes that a matrix names; the others are left to their defaults.
pub type Point = BTreeMap<String, String>;

/// A matrix as it is written.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Matrix {
    /// Its title, a few words.
    #[serde(default)]
    pub title: String,
    /// Measured runs of each configuration with each workload.
    #[serde(default = "default_runs")]
    pub runs: u32,
    /// Runs before those, which are not measured.
    #[serde(default = "default_warmups")]
    pub warmups: u32,
    /// Seed of the order of runs.
    #[serde(default = "default_seed")]
    pub seed: u64,
    /// Page cache in which runs begin: `warm` or `cold`.
    #[serde(default)]
    pub cache: CachePolicy,
    /// Longest that one run may take, in seconds.
    #[serde(default = "default_timeout_s")]
    pub timeout_s: u64,
    /// The name that its source has for a configuration: a text with `{axis}` in it.
    #[serde(default)]
    pub label: String,
    /// The names that the source has for values of an axis: `value`, or `manager/value`.
    #[serde(default)]
    pub labels: BTreeMap<String, BTreeMap<String, String>>,
    /// Of each entry, all combinations of its values.
    pub configurations: Vec<Entry>,
    /// Configurations that are left out: all that match every axis of an entry.
    #[serde(default)]
    pub exclude: Vec<Entry>,
    /// Workloads of each configuration: names, or names with sizes as in `io-read/md`.
    pub workloads: Patterns,
}

/// Patterns by axis.
pub type Entry = BTreeMap<String, Patterns>;

const fn default_runs() -> u32 {
    20
}

const fn default_warmups() -> u32 {
    DEFAULT_WARMUPS
}

const fn default_seed() -> u64 {
    DEFAULT_SEED
}

const fn default_timeout_s() -> u64 {
    DEFAULT_TIMEOUT_S
}

/// The reasons for which a matrix cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MatrixError {
    /// No TOML, or of another shape.
    #[error("{0}")]
    Toml(#[from] toml::de::Error),
    /// A name that is no axis.
    #[error("{section} names '{name}', which is no axis; the axes are {}", AXES.join(", "))]
    NoAxis {
        /// Where.
        section: &'static str,
        /// The name.
        name: String,
    },
    /// A glob without a match.
    #[error("{axis} = \"{pattern}\" matches nothing; there is {}", known.join(", "))]
    NoMatch {
        /// The axis, or `workloads`.
        axis: String,
        /// The glob.
        pattern: String,
        /// The values that it could have matched.
        known: Vec<String>,
    },
    /// Nothing to run.
    #[error("the matrix names no {0}; add one")]
    Empty(&'static str),
    /// A number of runs that measures nothing.
    #[error("runs = 0 measures nothing; leave it out for 20")]
    NoRuns,
}

/// The values that globs choose from.
pub trait Known {
    /// The values of an axis. Values that are open, such as paths, are not among them.
    fn values(&self, axis: &str) -> Vec<String>;
    /// The workloads, each with its size where it has one.
    fn workloads(&self) -> Vec<String>;
    /// Whether a workload is so unlike the others that a glob which begins with a wildcard does not
    /// mean it.
    fn is_apart(&self, workload: &str) -> bool;
}

impl Matrix {
    /// Reads a matrix.
    ///
    /// # Errors
    /// When the text is no TOML, or no matrix; the error says where.
    pub fn parse(text: &str) -> Result<Self, MatrixError> {
        let matrix: Self = toml::from_str(text)?;
        matrix.check()?;
        Ok(matrix)
    }

    /// Looks whether what was read from TOML is a matrix.
    ///
    /// # Errors
    /// When it is not.
    pub fn check(&self) -> Result<(), MatrixError> {
        if self.runs == 0 {
            return Err(MatrixError::NoRuns);
        }
        for entry in &self.configurations {
            check_axes("a configuration", entry.keys(), &[])?;
        }
        for entry in &self.exclude {
            check_axes("an exclusion", entry.keys(), &[WORKLOAD])?;
        }
        check_axes("labels", self.labels.keys(), &[])
    }

    /// Every configuration that the matrix names, once each, in the order of its entries.
    ///
    /// # Errors
    /// When a glob matches nothing, or there is no configuration.
    pub fn points(&self, known: &dyn Known) -> Result<Vec<Point>, MatrixError> {
        let mut seen = BTreeSet::new();
        let mut points = Vec::new();
        for entry in &self.configurations {
            for point in combinations(entry, known)? {
                if seen.insert(point.clone()) {
                    points.push(point);
                }
            }
        }
        if points.is_empty() {
            return Err(MatrixError::Empty("configuration"));
        }
        Ok(points)
    }

    /// The workloads that the matrix names, once each.
    ///
    /// # Errors
    /// When a glob matches nothing, or there is no workload.
    pub fn workloads(&self, known: &dyn Known) -> Result<Vec<String>, MatrixError> {
        let apart = |workload: &str| known.is_apart(workload);
        let known = known.workloads();
        let mut chosen: Vec<String> = Vec::new();
        for pattern in &self.workloads.0 {
            let is_vague = pattern.starts_with(['*', '?']);
            let found: Vec<&String> = known
                .iter()
                .filter(|workload| is_workload(pattern, workload))
                .filter(|workload| !(is_vague && apart(workload)))
                .collect();
            if found.is_empty() {
                return Err(MatrixError::NoMatch {
                    axis: "workloads".to_owned(),
                    pattern: pattern.clone(),
                    known,
                });
            }
            for workload in found {
                if !chosen.contains(workload) {
                    chosen.push(workload.clone());
                }
            }
        }
        if chosen.is_empty() {
            return Err(MatrixError::Empty("workload"));
        }
        Ok(chosen)
    }

    /// Whether an entry of `exclude` leaves this out. `axes` gives the value of every axis, those
    /// that the matrix does not name included.
    pub fn excludes(&self, axes: &dyn Fn(&str) -> String, workload: &str) -> bool {
        let is_hit = |(axis, patterns): (&String, &Patterns)| {
            if axis == WORKLOAD {
                let mut patterns = patterns.0.iter();
                return patterns.any(|pattern| is_workload(pattern, workload));
            }
            patterns.matches(&axes(axis))
        };
        self.exclude.iter().any(|entry| entry.iter().all(is_hit))
    }

    /// The name that the matrix's source has for a configuration; empty if it has none. A name for
    /// a value of one manager alone stands above one for the value.
    pub fn label(&self, axes: &dyn Fn(&str) -> String) -> String {
        let manager = axes("manager");
        AXES.iter().fold(self.label.clone(), |label, &axis| {
            let value = axes(axis);
            let of_manager = format!("{manager}/{value}");
            let name = self.labels.get(axis).and_then(|names| {
                let own = names.get(&of_manager);
                own.or_else(|| names.get(&value))
            });
            label.replace(&format!("{{{axis}}}"), name.unwrap_or(&value))
        })
    }
}

/// A pattern names a workload with its size, or without: then all its sizes.
pub fn is_workload(pattern: &str, workload: &str) -> bool {
    let name = WorkloadLabel::from(workload).name;
    pattern::matches(pattern, workload) || pattern::matches(pattern, &name)
}

fn check_axes<'a>(
    section: &'static str,
    names: impl Iterator<Item = &'a String>,
    others: &[&str],
) -> Result<(), MatrixError> {
    let is_known = |name: &str| AXES.contains(&name) || others.contains(&name);
    match names.into_iter().find(|name| !is_known(name)) {
        Some(name) => Err(MatrixError::NoAxis {
            section,
            name: name.clone(),
        }),
        None => Ok(()),
    }
}

/// All combinations of the values of an entry; the last axis changes fastest.
fn combinations(entry: &Entry, known: &dyn Known) -> Result<Vec<Point>, MatrixError> {
    let mut points = vec![Point::new()];
    for axis in AXES {
        let Some(patterns) = entry.get(axis) else {
            continue;
        };
        let values = values(axis, patterns, known)?;
        let with = |point: &Point, value: &String| {
            let mut point = point.clone();
            point.insert(axis.to_owned(), value.clone());
            point
        };
        points = points
            .iter()
            .flat_map(|point| values.iter().map(move |value| with(point, value)))
            .collect();
    }
    Ok(points)
}

/// The values that patterns stand for. A plain value is taken as it is: it may be a path.
fn values(axis: &str, patterns: &Patterns, known: &dyn Known) -> Result<Vec<String>, MatrixError> {
    let mut values: Vec<String> = Vec::new();
    for pattern in &patterns.0 {
        let found = if pattern::is_glob(pattern) {
            let known = known.values(axis).into_iter();
            known
                .filter(|value| pattern::matches(pattern, value))
                .collect()
        } else {
            vec![pattern.clone()]
        };
        if found.is_empty() {
            return Err(MatrixError::NoMatch {
                axis: axis.to_owned(),
                pattern: pattern.clone(),
                known: known.values(axis),
            });
        }
        values.extend(found);
    }
    Ok(values)
}

#[cfg(test)]
mod tests;
