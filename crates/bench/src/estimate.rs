//! How long runs take, from those that are over, or from rules of thumb before any is.

use std::collections::BTreeMap;
use std::time::Duration;

use super::schedule::Job;
use setup::bench::{RunRecord, WorkloadLabel};
use setup::configuration::{Configuration, ManagerKind};
use setup::size::Size;

/// Time that recording adds to a run: attaching probes, calibration, waiting for quiet, decoding.
const RECORDING: Duration = Duration::from_millis(2_500);

/// Times of runs that are over.
#[derive(Clone, Debug, Default)]
pub struct Estimate {
    /// Sum of times and number of runs: by cell, by manager, and of all; recorded runs apart.
    sums: BTreeMap<Group, (u64, u64)>,
}

/// Runs that take about as long as one another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Group {
    Cell(String, String, bool),
    Manager(Option<ManagerKind>, bool),
    All(bool),
}

/// Nothing for a label that this version cannot read.
fn manager_of(configuration: &str) -> Option<ManagerKind> {
    let configuration: Configuration = configuration.parse().ok()?;
    Some(configuration.manager)
}

/// A lifecycle from the start of the engine's process to its end: an order of magnitude.
fn rule_of_thumb(manager: Option<ManagerKind>) -> Duration {
    Duration::from_millis(match manager {
        Some(ManagerKind::Embedded) => 100,
        // Namespaces and the end of their deletion.
        Some(ManagerKind::Bare) => 500,
        Some(ManagerKind::Podman | ManagerKind::Lxc) => 1_000,
        // With the start and the end of a daemon.
        Some(ManagerKind::Docker | ManagerKind::Containerd | ManagerKind::Lxd) | None => 4_000,
    })
}

/// Time that the larger sizes of a workload add to that: making, reading and removing their data.
fn of_size(workload: &str) -> Duration {
    let has_data = workload.starts_with("db-") || workload.starts_with("io-");
    Duration::from_secs(match WorkloadLabel::from(workload).size {
        Some(Size::Lg) if has_data => 2,
        Some(Size::Xl) if has_data => 20,
        Some(_) | None => 0,
    })
}

fn groups(configuration: &str, workload: &str, traced: bool) -> [Group; 3] {
    [
        Group::Cell(configuration.to_owned(), workload.to_owned(), traced),
        Group::Manager(manager_of(configuration), traced),
        Group::All(traced),
    ]
}

impl Estimate {
    /// An estimate from these runs.
    pub fn of(records: &[RunRecord]) -> Self {
        let mut estimate = Self::default();
        for record in records {
            estimate.learn(record);
        }
        estimate
    }

    /// Takes one more run into account.
    pub fn learn(&mut self, record: &RunRecord) {
        for group in groups(&record.configuration, &record.workload, record.traced) {
            let (sum_ns, runs) = self.sums.entry(group).or_default();
            *sum_ns = sum_ns.saturating_add(record.wall_ns);
            *runs += 1;
        }
    }

    /// How long a run is likely to take: as the runs of its cell did, else those of its manager,
    /// else all; before any, a rule of thumb.
    pub fn wall(&self, job: &Job<'_>) -> Duration {
        let configuration = &job.cell.configuration;
        let known = groups(configuration, &job.cell.workload, job.traced)
            .iter()
            .find_map(|group| self.sums.get(group).copied());
        let Some((sum_ns, runs)) = known else {
            let recording = if job.traced {
                RECORDING
            } else {
                Duration::ZERO
            };
            return rule_of_thumb(manager_of(configuration))
                + of_size(&job.cell.workload)
                + recording;
        };
        Duration::from_nanos(sum_ns / runs.max(1))
    }

    /// How long these runs are likely to take together.
    pub fn total(&self, jobs: &[Job<'_>]) -> Duration {
        jobs.iter().map(|job| self.wall(job)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{header, record};
    use crate::schedule::remaining;
    use setup::bench::BenchMode;

    #[test]
    fn a_run_takes_as_long_as_those_most_like_it() {
        let header = header(BenchMode::Untraced, 3, 2);
        let jobs = remaining(&header, &[]);
        let mut estimate = Estimate::default();
        assert_eq!(estimate.wall(&jobs[0]), Duration::from_millis(100));
        let mut done = record(&jobs[0]);
        done.wall_ns = 7_000;
        estimate.learn(&done);
        // Of the same manager, so the same time for now.
        assert_eq!(estimate.wall(&jobs[1]), Duration::from_nanos(7_000));
        done = record(&jobs[1]);
        done.wall_ns = 9_000;
        estimate.learn(&done);
        assert_eq!(estimate.wall(&jobs[1]), Duration::from_nanos(9_000));
        assert_eq!(estimate.wall(&jobs[2]), Duration::from_nanos(8_000));
        let total = estimate.total(&jobs[..3]);
        assert_eq!(total, Duration::from_nanos(24_000));
    }

    #[test]
    fn recording_takes_longer() {
        let traced = header(BenchMode::Traced, 1, 1);
        let jobs = remaining(&traced, &[]);
        let estimate = Estimate::default();
        assert!(estimate.wall(&jobs[1]) > estimate.wall(&jobs[0]));
    }

    #[test]
    fn more_data_takes_longer() {
        let header = header(BenchMode::Untraced, 1, 1);
        let of = |workload: &str| {
            let mut cell = header.cells[0].clone();
            cell.workload = workload.to_owned();
            let job = Job {
                cell: &cell,
                number: 1,
                warm_up: false,
                traced: false,
            };
            Estimate::default().wall(&job)
        };
        assert!(of("io-read/xl") > of("io-read/lg"));
        assert!(of("io-read/lg") > of("io-read/xs"));
        assert_eq!(of("io-read/xs"), of("hello-world"));
    }
}
