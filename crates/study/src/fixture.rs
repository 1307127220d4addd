//! Benches with known times, for the tests.

use super::StudyBench;
use super::published::Published;
use setup::bench::{
    BENCH_FORMAT_VERSION, BenchHeader, BenchMode, Cell, ImpossibleCell, RunRecord, StageDuration,
};
use trace::manifest::Host;
use trace::mark::Stage;

/// Runs of each cell.
pub const RUNS: u32 = 10;

/// A bench that is put together.
#[derive(Clone, Debug)]
pub struct Fixture {
    pub header: BenchHeader,
    pub records: Vec<RunRecord>,
}

impl Fixture {
    /// Without any cell.
    #[expect(clippy::new_without_default, reason = "no default bench is meant")]
    pub fn new() -> Self {
        Self {
            header: BenchHeader {
                format: BENCH_FORMAT_VERSION,
                ctrprof: "0.1.0".to_owned(),
                title: "a test".to_owned(),
                mode: BenchMode::Untraced,
                seed: 1,
                runs: RUNS,
                warmups: 0,
                cache: "warm".to_owned(),
                timeout_s: 60,
                host: Host {
                    kernel: "6.1.0".to_owned(),
                    ..Host::default()
                },
                cells: Vec::new(),
                impossible: Vec::new(),
            },
            records: Vec::new(),
        }
    }

    /// With a cell of hello world that has this label, and `RUNS` runs whose creates take about
    /// `create_ms`.
    pub fn cell(self, label: &str, create_ms: u64) -> Self {
        self.workload(label, "hello-world", create_ms)
    }

    /// The same of another workload.
    pub fn workload(mut self, label: &str, workload: &str, create_ms: u64) -> Self {
        let cell = cell(label, workload);
        for number in 1..=RUNS {
            // A hundredth of spread.
            let create_ns = create_ms * (1_000_000 + u64::from(number) * 1_000);
            self.records.push(run(&cell, number, create_ns));
        }
        self.header.cells.push(cell);
        self
    }

    /// With a cell that is not run.
    pub fn not_run(mut self, label: &str) -> Self {
        self.header.cells.push(cell(label, "hello-world"));
        self
    }

    /// With a cell that cannot be run.
    pub fn impossible(mut self, label: &str, why: &str) -> Self {
        self.header.impossible.push(ImpossibleCell {
            cell: cell(label, "hello-world"),
            reasons: vec![why.to_owned()],
        });
        self
    }

    /// With this failure of the last run of the last cell.
    pub fn failing(mut self, why: &str) -> Self {
        if let Some(record) = self.records.last_mut() {
            record.failure = Some(why.to_owned());
        }
        self
    }

    /// As it is given.
    pub fn bench(&self) -> StudyBench<'_> {
        StudyBench {
            directory: "a.bench".to_owned(),
            header: &self.header,
            records: &self.records,
        }
    }
}

/// A cell whose configuration says nothing.
fn cell(label: &str, workload: &str) -> Cell {
    Cell {
        configuration: format!("cell of {label}"),
        workload: workload.to_owned(),
        label: label.to_owned(),
    }
}

/// A run with the stages create and remove.
pub fn run(cell: &Cell, number: u32, create_ns: u64) -> RunRecord {
    let timing = |stage, duration_ns| StageDuration { stage, duration_ns };
    RunRecord {
        configuration: cell.configuration.clone(),
        workload: cell.workload.clone(),
        number,
        warm_up: false,
        traced: false,
        position: 0,
        started_unix_ns: 0,
        wall_ns: 0,
        load_milli: 0,
        stages: vec![
            timing(Stage::Create, create_ns),
            timing(Stage::Remove, 1_000),
        ],
        failure: None,
        warnings: Vec::new(),
        recording: None,
        description: None,
    }
}

/// Figures of creates of hello world: each configuration's mean of the best in hundredths of a
/// millisecond, with runs that hardly vary.
pub fn published(creates: &[(&str, u64)]) -> Published {
    let mut text = String::from(
        "manager,image,runtime,storage,rootless,test,create,start,exec,1st response,ping,total\n",
    );
    for (label, hundredths) in creates {
        let time = format!("{}.{:02}", hundredths / 100, hundredths % 100);
        text += &format!("{label},Hello World,{time}/{time}/{time},,,,,\n");
    }
    #[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    Published::parse(&text).unwrap()
}
