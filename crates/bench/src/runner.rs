//! Takes the runs of a bench one after the other, and keeps each as soon as it is over.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use super::estimate::Estimate;
use super::schedule::{self, Job};
use super::store::{Store, StoreError};
use setup::bench::{RunRecord, StageDuration};
use trace::manifest::BenchPlace;

/// One run, as it came out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// When it began, in nanoseconds since 1970 (UTC).
    pub started_unix_ns: u64,
    /// From the start of the engine's process to the end of all that belongs to the run.
    pub wall_ns: u64,
    /// Load average over a minute when it began, times 1000.
    pub load_milli: u32,
    /// The stages that it came through.
    pub stages: Vec<StageDuration>,
    /// The error message of a failed run.
    pub failure: Option<String>,
    /// Deviations from the request.
    pub warnings: Vec<String>,
    /// The set-up: versions, options, digests.
    pub description: BTreeMap<String, String>,
}

/// Does one run.
pub trait Executor {
    /// The error that ends the bench.
    type Error: From<StoreError>;

    /// Does `job`, and records it into `recording` where it is to be recorded. A run that fails is
    /// an outcome.
    ///
    /// # Errors
    /// When no run could succeed, as without the right to record.
    fn execute(
        &mut self,
        job: &Job<'_>,
        place: &BenchPlace,
        recording: Option<PathBuf>,
    ) -> Result<Outcome, Self::Error>;

    /// Whether to stop. What a run came to after this became true is not kept: it was disturbed.
    fn is_stopped(&self) -> bool;
}

/// Progress of a bench.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Runs that are over, warm-ups included, since this process began.
    pub done: u64,
    /// Runs of this process altogether.
    pub all: u64,
    /// Failed ones among those that are over.
    pub failed: u64,
    /// Time that the others are likely to take.
    pub left: Duration,
}

/// Is told how far the bench is.
pub trait Watcher {
    /// Before a run.
    fn begins(&mut self, job: &Job<'_>, standing: Standing);
    /// When all is over, or nothing more will be done.
    fn ends(&mut self, standing: Standing);
}

/// Which runs that are over are done again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// None: a failed run is a result, too.
    Nothing,
    /// Those that failed.
    Failed,
}

impl Retry {
    /// From whether failed runs are to be done again.
    pub const fn of(retry_failed: bool) -> Self {
        if retry_failed {
            Self::Failed
        } else {
            Self::Nothing
        }
    }
}

/// Does what is left of the bench in `store`; whether all of it is done.
///
/// # Errors
/// When a run cannot be kept, or the executor gives up.
pub fn run<E: Executor>(
    store: &mut Store,
    executor: &mut E,
    watcher: &mut dyn Watcher,
    retry: Retry,
) -> Result<bool, E::Error> {
    let header = store.header().clone();
    let is_done = |record: &&RunRecord| match retry {
        Retry::Nothing => true,
        Retry::Failed => record.failure.is_none(),
    };
    let schedule = schedule::remaining(&header, store.records().iter().filter(is_done));
    let mut batches = schedule.batches();
    let all: u64 = batches.iter().map(|batch| batch.runs).sum();
    let mut estimate = Estimate::of(store.records());
    let mut failed = 0;
    let mut descriptions = Descriptions::default();
    for (job, done) in schedule.jobs().zip(0..) {
        let job = &job;
        let standing = Standing {
            done,
            all,
            failed,
            left: estimate.total(&batches),
        };
        if executor.is_stopped() {
            watcher.ends(standing);
            return Ok(false);
        }
        watcher.begins(job, standing);
        let place = BenchPlace {
            title: header.title.clone(),
            seed: header.seed,
            position: store.records().len() as u64,
            number: job.number,
        };
        let recording = if job.traced {
            Some(store.recording_path(job)?)
        } else {
            None
        };
        let outcome = executor.execute(job, &place, recording)?;
        if executor.is_stopped() {
            watcher.ends(standing);
            return Ok(false);
        }
        if outcome.failure.is_some() {
            store.set_failed_apart(job)?;
            failed += 1;
        }
        let of_job = batches.iter_mut().find(|batch| batch.is_of(job));
        if let Some(batch) = of_job {
            batch.runs = batch.runs.saturating_sub(1);
        }
        let record = record(job, &place, outcome, &mut descriptions);
        estimate.learn(&record);
        store.append(record)?;
    }
    watcher.ends(Standing {
        done: all,
        all,
        failed,
        left: Duration::ZERO,
    });
    Ok(true)
}

/// The last description of each cell's set-up, by its names.
#[derive(Default)]
struct Descriptions(BTreeMap<(String, String), BTreeMap<String, String>>);

impl Descriptions {
    /// The description if it is not that of the cell's run before.
    fn news(
        &mut self,
        job: &Job<'_>,
        description: BTreeMap<String, String>,
    ) -> Option<BTreeMap<String, String>> {
        let key = (job.cell.configuration.clone(), job.cell.workload.clone());
        if description.is_empty() || self.0.get(&key) == Some(&description) {
            return None;
        }
        self.0.insert(key, description.clone());
        Some(description)
    }
}

fn record(
    job: &Job<'_>,
    place: &BenchPlace,
    outcome: Outcome,
    descriptions: &mut Descriptions,
) -> RunRecord {
    let is_recorded = job.traced && outcome.failure.is_none();
    RunRecord {
        configuration: job.cell.configuration.clone(),
        workload: job.cell.workload.clone(),
        number: job.number,
        warm_up: job.warm_up,
        traced: job.traced,
        position: place.position,
        started_unix_ns: outcome.started_unix_ns,
        wall_ns: outcome.wall_ns,
        load_milli: outcome.load_milli,
        stages: outcome.stages,
        failure: outcome.failure,
        warnings: outcome.warnings,
        recording: is_recorded.then(|| super::store::recording_name(job).display().to_string()),
        description: descriptions.news(job, outcome.description),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::path::Path;

    use super::*;
    use crate::fixture::header;
    use crate::store;
    use setup::bench::{BenchHeader, BenchMode};

    /// Makes every third run fail, and stops after as many as told.
    struct Mock {
        runs: usize,
        stop_after: usize,
        places: Vec<BenchPlace>,
    }

    impl Executor for Mock {
        type Error = StoreError;

        fn execute(
            &mut self,
            job: &Job<'_>,
            place: &BenchPlace,
            recording: Option<PathBuf>,
        ) -> Result<Outcome, StoreError> {
            self.runs += 1;
            self.places.push(place.clone());
            assert_eq!(recording.is_some(), job.traced);
            if let Some(path) = recording {
                std::fs::create_dir(path).unwrap();
            }
            Ok(Outcome {
                failure: job.number.is_multiple_of(3).then(|| "no hello".to_owned()),
                description: [("runtime_version".to_owned(), "1".to_owned())].into(),
                ..Outcome::default()
            })
        }

        fn is_stopped(&self) -> bool {
            self.runs >= self.stop_after
        }
    }

    #[derive(Default)]
    struct Notes(Vec<Standing>);

    impl Watcher for Notes {
        fn begins(&mut self, _: &Job<'_>, standing: Standing) {
            self.0.push(standing);
        }
        fn ends(&mut self, standing: Standing) {
            self.0.push(standing);
        }
    }

    fn bench(folder: &Path, header: BenchHeader, stop_after: usize) -> (bool, Mock, Notes) {
        retried(folder, header, stop_after, Retry::Nothing)
    }

    fn retried(
        folder: &Path,
        header: BenchHeader,
        stop_after: usize,
        retry: Retry,
    ) -> (bool, Mock, Notes) {
        let mut mock = Mock {
            runs: 0,
            stop_after,
            places: Vec::new(),
        };
        let mut notes = Notes::default();
        let mut store = Store::open(folder, header).unwrap();
        let is_done = run(&mut store, &mut mock, &mut notes, retry).unwrap();
        (is_done, mock, notes)
    }

    #[test]
    fn a_stopped_bench_goes_on_where_it_stopped() {
        let folder = tempfile::tempdir().unwrap();
        let header = header(BenchMode::Untraced, 2, 3);
        // Two warm-ups, then runs; the one during which it was stopped is not kept.
        let (is_done, _, notes) = bench(folder.path(), header.clone(), 5);
        assert!(!is_done);
        assert_eq!(
            notes.0.last().map(|last| (last.done, last.all)),
            Some((4, 8))
        );
        let (is_done, mock, notes) = bench(folder.path(), header.clone(), usize::MAX);
        assert!(is_done);
        assert_eq!(mock.runs, 2 + 4);
        assert_eq!(mock.places[0].position, 4);
        assert_eq!(notes.0.last().map(|last| last.left), Some(Duration::ZERO));
        let (_, records) = store::read(folder.path()).unwrap();
        let measured: Vec<_> = records.iter().filter(|record| !record.warm_up).collect();
        assert_eq!(measured.len(), 6);
        let positions: Vec<u64> = records.iter().map(|record| record.position).collect();
        assert_eq!(positions, (0..10).collect::<Vec<_>>());
        let (is_done, mock, _) = bench(folder.path(), header.clone(), usize::MAX);
        assert!(is_done && mock.runs == 0);
        // The third run of each of the two cells failed; they are warmed up again, too.
        let (_, mock, _) = retried(folder.path(), header, usize::MAX, Retry::Failed);
        assert_eq!(mock.runs, 4);
    }

    #[test]
    fn recordings_of_failed_runs_are_kept_apart() {
        let folder = tempfile::tempdir().unwrap();
        bench(folder.path(), header(BenchMode::Traced, 1, 3), usize::MAX);
        let (_, records) = store::read(folder.path()).unwrap();
        let last = records.last().unwrap();
        assert_eq!((last.number, last.recording.as_deref()), (3, None));
        let cell = "embedded+crun+overlay+host+image-0+none+root/hello-world";
        assert_eq!(records[2].recording, Some(format!("runs/{cell}/02")));
        assert!(folder.path().join("runs").join(cell).join("02").is_dir());
        assert!(!folder.path().join("runs").join(cell).join("03").exists());
        assert!(folder.path().join("failed").join(cell).join("03").is_dir());
        // The set-up is recorded once, because it did not change.
        let said = records.iter().filter(|record| record.description.is_some());
        assert_eq!(said.count(), 1);
    }
}
