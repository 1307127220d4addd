//! Where a question's recordings come from: its own directory, and those of other hosts.

use std::path::{Path, PathBuf};

use anyhow::Result;

use analysis::bench::bench_report;
use bench::store;
use setup::bench::NamedCell;
use setup::bench::{BenchReport, CellReport, RunRecord};
use trace::manifest::Host;

/// A bench directory, read.
pub struct Results {
    /// Where it is.
    pub directory: PathBuf,
    /// Its runs.
    pub records: Vec<RunRecord>,
    /// Their statistics.
    report: BenchReport,
}

/// The sources of a question's results: its own first, then those of other hosts.
pub struct Sources(Vec<Results>);

impl Sources {
    /// Reads bench directories; the first may not be there yet.
    pub fn read(own: &Path, others: &[PathBuf]) -> Result<Self> {
        let own = store::is_bench(own).then_some(own).into_iter();
        let directories = own.chain(others.iter().map(PathBuf::as_path));
        let read = directories.map(|directory| {
            let (header, records) = store::read(directory)?;
            let report = bench_report(&header, &records);
            Ok(Results {
                directory: directory.to_owned(),
                records,
                report,
            })
        });
        Ok(Self(read.collect::<Result<_>>()?))
    }

    /// The machine that the first results are of.
    pub fn host(&self) -> Option<&Host> {
        self.0.first().map(|results| &results.report.host)
    }

    /// Whether every run of the question's own that was asked for is over.
    pub fn is_complete(&self) -> bool {
        self.0.first().is_some_and(|own| own.report.complete)
    }

    /// Where a cell was run: the first with a run that succeeded, else the first that tried.
    pub fn of(&self, cell: &NamedCell) -> Option<(&Results, &CellReport)> {
        let tried: Vec<(&Results, &CellReport)> = self
            .0
            .iter()
            .filter_map(|results| Some((results, results.of(cell)?)))
            .collect();
        let succeeded = tried.iter().find(|(_, report)| report.runs > 0);
        succeeded.or_else(|| tried.first()).copied()
    }
}

impl Results {
    fn of(&self, cell: &NamedCell) -> Option<&CellReport> {
        let mut cells = self.report.cells.iter();
        cells.find(|report| {
            report.cell.configuration == cell.configuration && report.cell.workload == cell.workload
        })
    }
}
