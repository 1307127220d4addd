//! The harness: it takes containers through their lifecycle under a configuration, and marks the
//! edges of each stage on the kernel's clock.
//!
//! [`command`] says how to start the engine's process for a [`RunSpec`]; that process calls
//! [`embedded::run`] and leaves a [`results::EngineReport`]; [`configuration`] puts both together
//! for the manifest. Each axis of the matrix is a trait with small implementations: [`runtime`],
//! [`storage`], [`image`].

pub mod bench;
pub mod cgroup;
pub mod child;
pub mod configuration;
pub mod embedded;
pub mod image;
pub mod interrupt;
pub mod lifecycle;
pub mod mark;
pub mod results;
pub mod runtime;
pub mod storage;
pub mod workload;

use std::env;
use std::ffi::OsString;
use std::io;
use std::path::PathBuf;

pub use configuration::configuration;
use image::Image;
use runtime::RuntimeChoice;
use storage::StorageChoice;
use workload::Workload;

/// What `ctrprof run` asks of an engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunSpec {
    /// The image, ready to be used.
    pub image: Image,
    /// The runtime.
    pub runtime: RuntimeChoice,
    /// The storage.
    pub storage: StorageChoice,
    /// How many runs.
    pub runs: u64,
    /// What is executed in each container.
    pub workload: Workload,
    /// Where the engine makes its folder; [`env::temp_dir`] is a good choice.
    pub base: PathBuf,
    /// Where the engine writes its report.
    pub report: PathBuf,
}

/// The command that starts an engine for `spec`: this program with its hidden subcommand.
///
/// # Errors
/// When this program's own path cannot be found out, as without /proc.
pub fn command(spec: &RunSpec) -> io::Result<(PathBuf, Vec<OsString>)> {
    Ok((env::current_exe()?, arguments(spec)))
}

/// The arguments of that command.
pub fn arguments(spec: &RunSpec) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = vec!["engine".into()];
    let options: [(&str, OsString); 7] = [
        ("--image", spec.image.root.clone().into()),
        ("--runtime", spec.runtime.argument().into()),
        ("--storage", spec.storage.name().into()),
        ("--runs", spec.runs.to_string().into()),
        ("--run-dir", spec.base.clone().into()),
        ("--report", spec.report.clone().into()),
        ("--workload", spec.workload.name.clone().into()),
    ];
    for (name, value) in options {
        arguments.extend([name.into(), value]);
    }
    if let Some(expected) = &spec.workload.expected_stdout {
        arguments.extend(["--expect".into(), expected.into()]);
    }
    arguments.push("--".into());
    arguments.extend(spec.workload.argv.iter().map(OsString::from));
    arguments
}
