//! The report of the engine's process to the process that started it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::cache::Residency;

use trace::mark::Stage;

/// The outcomes of the runs, written once when the engine ends.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EngineReport {
    /// The set-up, by name of the axis or of a finer property of the configuration.
    pub description: BTreeMap<String, String>,
    /// Deviations from the request, each in one sentence.
    pub warnings: Vec<String>,
    /// The runs, in order.
    pub runs: Vec<RunReport>,
}

/// One run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunReport {
    /// Its number, as in its marks; the first is 1.
    pub run: u64,
    /// The stages that it came through.
    pub stages: Vec<StageTiming>,
    /// Pages of the workload's data that were in memory right before its command.
    #[serde(default)]
    pub data: Residency,
    /// The error message of a failed run, whose times are no measurement.
    pub failure: Option<String>,
}

/// When a stage began and ended, in nanoseconds of `CLOCK_MONOTONIC`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageTiming {
    /// The stage.
    pub stage: Stage,
    /// When it began.
    pub started_ns: u64,
    /// When it ended.
    pub ended_ns: u64,
}

impl EngineReport {
    /// Runs that failed.
    pub fn failures(&self) -> impl Iterator<Item = (u64, &str)> {
        self.runs
            .iter()
            .filter_map(|run| Some((run.run, run.failure.as_deref()?)))
    }

    /// Reads what an engine wrote.
    ///
    /// # Errors
    /// When the file is missing, as after an engine that was killed, or holds something else.
    pub fn read(path: &Path) -> io::Result<Self> {
        let file = BufReader::new(File::open(path)?);
        Ok(serde_json::from_reader(file)?)
    }

    /// Writes it for [`EngineReport::read`].
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        let mut file = BufWriter::new(File::create(path)?);
        serde_json::to_writer(&mut file, self)?;
        io::Write::flush(&mut file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("engine.json");
        let timing = StageTiming {
            stage: Stage::Exec,
            started_ns: 5,
            ended_ns: u64::MAX,
        };
        let run = RunReport {
            run: 1,
            stages: vec![timing],
            data: Residency { pages: 1, of: 2 },
            failure: Some("why".to_owned()),
        };
        let report = EngineReport {
            description: [("storage".to_owned(), "vfs".to_owned())].into(),
            runs: vec![run],
            ..EngineReport::default()
        };
        report.write(&path)?;
        assert_eq!(EngineReport::read(&path)?, report);
        assert_eq!(report.failures().collect::<Vec<_>>(), [(1, "why")]);
        Ok(())
    }
}
