//! How long runs take, from those that are over, or from rules of thumb before any is.

use std::collections::BTreeMap;
use std::time::Duration;

use super::schedule::Batch;
use setup::bench::{Cell, RunRecord, WorkloadLabel};
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
    pub fn wall(&self, cell: &Cell, traced: bool) -> Duration {
        let configuration = &cell.configuration;
        let known = groups(configuration, &cell.workload, traced)
            .iter()
            .find_map(|group| self.sums.get(group).copied());
        let Some((sum_ns, runs)) = known else {
            let recording = if traced { RECORDING } else { Duration::ZERO };
            return rule_of_thumb(manager_of(configuration)) + of_size(&cell.workload) + recording;
        };
        Duration::from_nanos(sum_ns / runs.max(1))
    }

    /// How long these runs are likely to take together.
    pub fn total(&self, batches: &[Batch<'_>]) -> Duration {
        let each = batches.iter().map(|batch| {
            let wall_ns = self.wall(batch.cell, batch.traced).as_nanos();
            wall_ns.saturating_mul(u128::from(batch.runs))
        });
        let total_ns = each.fold(0, u128::saturating_add);
        Duration::from_nanos(u64::try_from(total_ns).unwrap_or(u64::MAX))
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
        let schedule = remaining(&header, &[]);
        let jobs: Vec<_> = schedule.jobs().take(3).collect();
        let mut estimate = Estimate::default();
        let wall = |estimate: &Estimate, job: usize| estimate.wall(jobs[job].cell, false);
        assert_eq!(wall(&estimate, 0), Duration::from_millis(100));
        let mut done = record(&jobs[0]);
        done.wall_ns = 7_000;
        estimate.learn(&done);
        // Of the same manager, so the same time for now.
        assert_eq!(wall(&estimate, 1), Duration::from_nanos(7_000));
        done = record(&jobs[1]);
        done.wall_ns = 9_000;
        estimate.learn(&done);
        assert_eq!(wall(&estimate, 1), Duration::from_nanos(9_000));
        assert_eq!(wall(&estimate, 2), Duration::from_nanos(8_000));
        // Of each cell a warm-up and two runs.
        let total = estimate.total(&schedule.batches());
        assert_eq!(total, Duration::from_nanos(3 * 24_000));
    }

    #[test]
    fn no_number_of_runs_overflows() {
        let mut header = header(BenchMode::ObserverCheck, 2, u32::MAX);
        header.cells[0].workload = "io-read/xl".to_owned();
        let batches = remaining(&header, &[]).batches();
        let days = Duration::from_secs(24 * 60 * 60);
        assert!(Estimate::default().total(&batches) > days);
    }

    #[test]
    fn recording_takes_longer() {
        let header = header(BenchMode::Traced, 1, 1);
        let estimate = Estimate::default();
        assert!(estimate.wall(&header.cells[0], true) > estimate.wall(&header.cells[0], false));
    }

    #[test]
    fn more_data_takes_longer() {
        let header = header(BenchMode::Untraced, 1, 1);
        let of = |workload: &str| {
            let mut cell = header.cells[0].clone();
            cell.workload = workload.to_owned();
            Estimate::default().wall(&cell, false)
        };
        assert!(of("io-read/xl") > of("io-read/lg"));
        assert!(of("io-read/lg") > of("io-read/xs"));
        assert_eq!(of("io-read/xs"), of("hello-world"));
    }
}
