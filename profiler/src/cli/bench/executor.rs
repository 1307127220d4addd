//! One run of a bench: an engine's process of its own, recorded or bare.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};

use super::log::Log;
use crate::cli::measure;
use crate::cli::pipeline::Destination;
use bench::plan::PlannedCell;
use bench::runner::{Executor, Outcome};
use bench::schedule::Job;
use capture::CaptureOptions;
use capture::host;
use engine::image::{self, Image};
use engine::interrupt::Interrupt;
use engine::record;
use engine::results::{EngineReport, RunReport};
use engine::spec::RunSpec;
use engine::workload::Workload;
use setup::bench::StageDuration;
use setup::bench::directory::folder_name;
use setup::cache::CachePolicy;
use setup::image::ImageSource;
use trace::manifest::{BenchPlace, Manifest};

/// The state that all runs of a bench share.
pub struct Engines {
    /// The cells that can be run.
    pub cells: Vec<PlannedCell>,
    /// How runs are recorded.
    pub options: CaptureOptions,
    /// Where engines make their folders.
    pub base: PathBuf,
    /// Where an engine is told what to do, and reports.
    pub scratch: PathBuf,
    /// Where managers keep images and layers from one run to the next.
    pub state: PathBuf,
    /// Longest that a run may take, in seconds.
    pub timeout_s: u32,
    /// Whether to stop.
    pub interrupt: Interrupt,
    /// Standard error of the engines.
    pub log: Log,
    /// Whether workloads find their data in memory.
    pub cache: CachePolicy,
    /// Images that are ready, or why one could not be made, by source and workload.
    pub images: BTreeMap<String, Result<Image, String>>,
    /// The set-up as an engine described it, and that with versions and digests, by configuration.
    pub descriptions: BTreeMap<String, (Description, Description)>,
}

/// The set-up, by name of the axis or of a finer property.
type Description = BTreeMap<String, String>;

impl Executor for Engines {
    type Error = anyhow::Error;

    fn execute(
        &mut self,
        job: &Job<'_>,
        place: &BenchPlace,
        recording: Option<PathBuf>,
    ) -> Result<Outcome> {
        let spec = match self.spec(job)? {
            Ok(spec) => spec,
            Err(failure) => {
                return Ok(Outcome {
                    started_unix_ns: unix_ns(),
                    failure: Some(failure),
                    ..Outcome::default()
                });
            }
        };
        let logged = self.log.length();
        // A report that an engine before it left would tell of another run.
        let _ = std::fs::remove_file(&spec.report);
        let load_milli = host().load_milli;
        let started_unix_ns = unix_ns();
        let started = Instant::now();
        let (report, status) = match &recording {
            Some(recording) => self.traced(&spec, place, recording)?,
            None => {
                let (report, status) = measure::untraced(&spec, &self.scratch, &self.interrupt)?;
                (report, status.to_string())
            }
        };
        let wall_ns = u64::try_from(started.elapsed().as_nanos()).unwrap_or(u64::MAX);
        let mut outcome = Outcome {
            started_unix_ns,
            wall_ns,
            load_milli,
            ..Outcome::default()
        };
        match report {
            Some(report) => {
                outcome.description = self.description(&spec, &report);
                fill(&mut outcome, report);
            }
            None => {
                let said = self.log.since(logged);
                outcome.failure = Some(format!("the engine could not begin ({status}): {said}"));
            }
        }
        let is_late = started.elapsed().as_secs() >= u64::from(self.timeout_s);
        if is_late && outcome.failure.is_some() {
            let limit_s = self.timeout_s;
            outcome.failure = Some(format!(
                "it was stopped after {limit_s} s, the longest that a run may take; raise timeout-s if that is too short"
            ));
        }
        Ok(outcome)
    }

    fn is_stopped(&self) -> bool {
        self.interrupt.check().is_err()
    }
}

impl Engines {
    fn traced(
        &self,
        spec: &RunSpec,
        place: &BenchPlace,
        recording: &Path,
    ) -> Result<(Option<EngineReport>, String)> {
        let destination = Destination::Kept(recording.to_owned());
        let amend = |manifest: &mut Manifest| {
            manifest.command = std::env::args().skip(1).collect();
            manifest.bench = Some(place.clone());
        };
        let (report, recorded) =
            measure::traced(spec, &self.scratch, &self.options, &destination, amend)?;
        let manifest = recorded.kept()?;
        let status = format!("exit status: {}", manifest.exit_status.unwrap_or(-1));
        Ok((report, status))
    }

    /// The image for a workload, made at most once for a bench.
    fn image(&mut self, source: &ImageSource, workload: &Workload) -> Result<Image, String> {
        let key = format!("{source} {}", workload.label());
        let made = self.images.entry(key);
        let prepare = || image::prepare(source, workload).map_err(|error| error.to_string());
        made.or_insert_with(prepare).clone()
    }

    /// The order to the engine; a failure of this run alone if its image cannot be made.
    fn spec(&mut self, job: &Job<'_>) -> Result<Result<RunSpec, String>> {
        let is_own = |planned: &&PlannedCell| planned.cell.is_same(job.cell);
        let planned = self.cells.iter().find(is_own);
        let planned = planned.with_context(|| format!("{:?} was not planned", job.cell))?;
        let PlannedCell {
            configuration,
            workload,
            ..
        } = planned.clone();
        let image = match self.image(&configuration.image, &workload) {
            Ok(image) => image,
            Err(failure) => return Ok(Err(failure)),
        };
        Ok(Ok(RunSpec {
            image,
            cache: self.cache,
            workload,
            first_run: u64::from(job.number),
            runs: 1,
            // The first container of a daemon takes longer than those after it.
            warmups: u64::from(configuration.manager.has_daemon()),
            base: self.base.clone(),
            state: Some(self.state.join(folder_name(&job.cell.configuration))),
            report: self.scratch.join("report.json"),
            progress: None,
            time_limit_s: Some(self.timeout_s),
            configuration,
        }))
    }

    /// Programs are asked for their versions once, not before each run.
    fn description(&mut self, spec: &RunSpec, report: &EngineReport) -> Description {
        let said = &report.description;
        let key = format!("{} {}", spec.configuration, spec.workload.label());
        match self.descriptions.get(&key) {
            Some((known, whole)) if known == said => whole.clone(),
            Some(_) | None => {
                let whole = record::record(spec, report);
                let both = (said.clone(), whole.clone());
                self.descriptions.insert(key, both);
                whole
            }
        }
    }
}

fn fill(outcome: &mut Outcome, report: EngineReport) {
    outcome.warnings = report.warnings;
    match report.runs.into_iter().next() {
        Some(run) => {
            outcome.stages = durations(&run);
            outcome.failure = run.failure;
        }
        None => {
            let why = outcome.warnings.last().cloned().unwrap_or_default();
            outcome.failure = Some(format!("the engine made no run: {why}"));
        }
    }
}

fn durations(run: &RunReport) -> Vec<StageDuration> {
    let stages = run.stages.iter().map(|timing| StageDuration {
        stage: timing.stage,
        duration_ns: timing.ended_ns.saturating_sub(timing.started_ns),
    });
    stages.collect()
}

fn unix_ns() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
    })
}
