//! The order to an engine's process, and how it is started.

use std::env;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::image::Image;
use super::workload::Workload;
use setup::cache::CachePolicy;
use setup::configuration::{Configuration, ManagerKind};

/// Runs of one configuration with one workload, one after the other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunSpec {
    /// The configuration.
    pub configuration: Configuration,
    /// The workload of each container.
    pub workload: Workload,
    /// The image, ready to be used.
    pub image: Image,
    /// Number of the first run.
    pub first_run: u64,
    /// How many runs.
    pub runs: u64,
    /// Whether the workload finds its data in memory.
    #[serde(default)]
    pub cache: CachePolicy,
    /// How many runs before them, without marks and apart from all figures.
    pub warmups: u64,
    /// Where the engine makes its folder; [`env::temp_dir`] is a good choice.
    pub base: PathBuf,
    /// Where managers keep images and layers from one engine to the next; else in the engine's
    /// folder.
    pub state: Option<PathBuf>,
    /// Where the engine writes its report.
    pub report: PathBuf,
    /// Where the engine writes how many runs are over, as eight bytes in the machine's order; nowhere
    /// unless somebody looks at it, since the write is recorded with all else.
    pub progress: Option<PathBuf>,
    /// Longest that the engine may take, in seconds: then it is stopped as by Ctrl-C.
    pub time_limit_s: Option<u32>,
}

impl RunSpec {
    /// Reads what [`RunSpec::write`] wrote.
    ///
    /// # Errors
    /// When the file is missing or holds something else.
    pub fn read(path: &Path) -> io::Result<Self> {
        let file = BufReader::new(File::open(path)?);
        Ok(serde_json::from_reader(file)?)
    }

    /// Writes it for the engine.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        let mut file = BufWriter::new(File::create(path)?);
        serde_json::to_writer(&mut file, self)?;
        file.flush()
    }

    /// The command that starts an engine for what was written to `path`: this program with a hidden
    /// subcommand. The embedded engine is a manager, as its name in recordings says, and so is one
    /// that makes no container; for the others the process is the client that drives them.
    ///
    /// # Errors
    /// When this program's own path cannot be found out, as without /proc.
    pub fn command(&self, path: &Path) -> io::Result<(PathBuf, Vec<OsString>)> {
        let subcommand = match self.configuration.manager {
            ManagerKind::Embedded | ManagerKind::Bare => "engine",
            ManagerKind::Podman
            | ManagerKind::Docker
            | ManagerKind::Containerd
            | ManagerKind::Lxc
            | ManagerKind::Lxd => "drive",
        };
        Ok((env::current_exe()?, vec![subcommand.into(), path.into()]))
    }
}
