//! The words of a published study of container configurations (2020), whose figures measurements are
//! compared with: what it calls configurations, tests and stages, and which of ours they are.
//!
//! Its figures are in `experiments/study-2020.csv`; docs/compare-study.md says how they are compared.

use std::fmt;

use serde::{Deserialize, Serialize};

use setup::bench::TOTAL;
use trace::mark::Stage;

/// Kernel that the study was measured on.
pub const KERNEL: &str = "4.15";
/// Its machine, disk and distribution.
pub const MACHINE: &[&str] = &["i5-2410M", "SATA SSD", "Ubuntu 18.04"];
/// Runs of each test.
pub const RUNS: u32 = 20;

/// One of the study's configurations, in its own words.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct StudyConfiguration {
    /// docker, podman, lxd, or contingious, which is its prototype.
    pub manager: String,
    /// alpine or centos.
    pub image: String,
    /// crun, runc, kata-runtime, kata-fc, or lxc for LXD.
    pub runtime: String,
    /// Name of the storage driver; LXD's plain copies are `dir`, the prototype's mounts `bind`.
    pub storage: String,
    /// Whether a user who is not root ran it.
    pub rootless: bool,
}

impl StudyConfiguration {
    /// From a label: the columns manager, image, runtime, storage and rootless of the study's
    /// measurements, with commas between them.
    pub fn from_label(label: &str) -> Option<Self> {
        let columns: Vec<&str> = label.split(',').map(str::trim).collect();
        let [manager, image, runtime, storage, rootless] = columns.as_slice() else {
            return None;
        };
        let rootless = match *rootless {
            "0" => false,
            "1" => true,
            _ => return None,
        };
        Some(Self {
            manager: (*manager).to_owned(),
            image: (*image).to_owned(),
            runtime: (*runtime).to_owned(),
            storage: (*storage).to_owned(),
            rootless,
        })
    }
}

impl fmt::Display for StudyConfiguration {
    /// `podman alpine crun overlay rootless`
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            manager,
            image,
            runtime,
            storage,
            rootless,
        } = self;
        write!(formatter, "{manager} {image} {runtime} {storage}")?;
        if *rootless {
            formatter.write_str(" rootless")?;
        }
        Ok(())
    }
}

/// A test of the study, and the workload that does the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StudyTest {
    /// Its name in the study.
    pub name: &'static str,
    /// The workload, with its size.
    pub workload: &'static str,
}

const fn test(name: &'static str, workload: &'static str) -> StudyTest {
    StudyTest { name, workload }
}

/// All of them. The sizes of ours are those of the study.
pub const TESTS: [StudyTest; 23] = [
    test("Hello World", "hello-world"),
    test("Database read xs", "db-read/xs"),
    test("Database read sm", "db-read/sm"),
    test("Database read md", "db-read/md"),
    test("Database read lg", "db-read/lg"),
    test("Database read xl", "db-read/xl"),
    test("Database write xs", "db-write/xs"),
    test("Database write sm", "db-write/sm"),
    test("Database write md", "db-write/md"),
    test("Database write lg", "db-write/lg"),
    test("Database write xl", "db-write/xl"),
    test("IO read xs", "io-read/xs"),
    test("IO read sm", "io-read/sm"),
    test("IO read md", "io-read/md"),
    test("IO read lg", "io-read/lg"),
    test("IO read xl", "io-read/xl"),
    test("IO write xs", "io-write/xs"),
    test("IO write sm", "io-write/sm"),
    test("IO write md", "io-write/md"),
    test("IO write lg", "io-write/lg"),
    test("IO write xl", "io-write/xl"),
    test("Http server", "http-server"),
    test("Ping", "ping"),
];

/// A stage that the study has figures of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StudyStage {
    /// From the request to a container that can be started.
    Create,
    /// From there to its running entry point.
    Start,
    /// The test's command.
    Exec,
    /// To the first answer of a server: `1st response`.
    Response,
    /// By its figures, some 10 ms in all configurations, virtual machines too: the round trip that
    /// ping(8) prints, which is the network's and no stage of a container.
    Ping,
    /// From the request to the answer.
    Total,
}

impl StudyStage {
    /// All of them, in the order of a lifecycle.
    pub const ALL: &'static [Self] = &[
        Self::Create,
        Self::Start,
        Self::Exec,
        Self::Response,
        Self::Ping,
        Self::Total,
    ];

    /// The name in reports: that of ours where there is one.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Start => "start",
            Self::Exec => "exec",
            Self::Response => "response",
            Self::Ping => "ping",
            Self::Total => TOTAL,
        }
    }

    /// Its name in the study.
    pub const fn study_name(self) -> &'static str {
        match self {
            Self::Response => "1st response",
            Self::Create | Self::Start | Self::Exec | Self::Ping | Self::Total => self.name(),
        }
    }

    /// Which measurement of ours is of the same thing.
    pub const fn counterpart(self) -> Counterpart {
        match self {
            Self::Create => Counterpart::Stage(Stage::Create),
            Self::Start => Counterpart::Stage(Stage::Start),
            Self::Exec => Counterpart::Stage(Stage::Exec),
            Self::Response => Counterpart::Stage(Stage::Response),
            Self::Ping => Counterpart::None,
            Self::Total => Counterpart::Total,
        }
    }
}

/// The counterpart of a stage of the study.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counterpart {
    /// A stage of ours.
    Stage(Stage),
    /// The sum of ours up to the answer.
    Total,
    /// Nothing.
    None,
}

/// In what the two sides of an ordering differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StudyAxis {
    /// The manager alone.
    Manager,
    /// The manager, with a runtime or storage that belongs to it.
    Stack,
    /// The image.
    Image,
    /// The runtime.
    Runtime,
    /// The storage.
    Storage,
    /// Whether it is root who runs it.
    Rootless,
    /// The size of a test: one and the next larger one.
    Size,
    /// The kind of a test of one size: read or write.
    Operation,
}

impl StudyAxis {
    /// All of them, in the order of reports.
    pub const ALL: &'static [Self] = &[
        Self::Manager,
        Self::Stack,
        Self::Image,
        Self::Runtime,
        Self::Storage,
        Self::Rootless,
        Self::Size,
        Self::Operation,
    ];

    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Manager => "manager",
            Self::Stack => "stack",
            Self::Image => "image",
            Self::Runtime => "runtime",
            Self::Storage => "storage",
            Self::Rootless => "rootless",
            Self::Size => "size",
            Self::Operation => "operation",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_the_columns_of_the_study() {
        let found = StudyConfiguration::from_label("podman,alpine,crun,overlay,1");
        let shown = found.map(|configuration| configuration.to_string());
        assert_eq!(
            shown.as_deref(),
            Some("podman alpine crun overlay rootless")
        );
        for label in ["", "podman", "a,b,c,d,2", "a,b,c,d,0,0", "crun on overlay"] {
            assert_eq!(StudyConfiguration::from_label(label), None, "{label}");
        }
    }

    #[test]
    fn no_stage_of_ours_stands_for_two_of_the_study() {
        let stages = StudyStage::ALL.iter().map(|stage| stage.counterpart());
        let taken: Vec<Counterpart> = stages
            .filter(|counterpart| *counterpart != Counterpart::None)
            .collect();
        for (index, counterpart) in taken.iter().enumerate() {
            assert!(!taken[..index].contains(counterpart), "{counterpart:?}");
        }
        assert_eq!(taken.len(), 5);
    }
}
