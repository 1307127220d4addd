//! The configuration of a run, axis by axis, as the manifest of its recording keeps it.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use super::RunSpec;
use super::embedded::spec::{CPU_PERIOD_US, CPU_QUOTA_US, MEMORY_LIMIT_BYTES};
use super::results::EngineReport;
use super::runtime::RuntimeChoice;

/// Version of the library that is linked, as in Cargo.toml.
const LIBCONTAINER_VERSION: &str = "0.7.0";

/// Every axis and what else tells two configurations apart: versions, options, digests. The
/// engine's report says what was used where a choice was left to it.
pub fn configuration(spec: &RunSpec, report: &EngineReport) -> BTreeMap<String, String> {
    let mut axes = BTreeMap::new();
    let mut set = |axis: &str, value: String| {
        if !value.is_empty() {
            axes.insert(axis.to_owned(), value);
        }
    };
    set("manager", "embedded".to_owned());
    set("manager_version", env!("CARGO_PKG_VERSION").to_owned());
    set("runtime", spec.runtime.name());
    set("runtime_version", runtime_version(&spec.runtime));
    set("storage", report.storage.clone());
    set("storage_options", report.storage_options.clone());
    set("storage_backing", report.storage_backing.clone());
    set("cgroup", report.cgroup.clone());
    set("image", spec.image.name.clone());
    set("image_digest", format!("sha256:{}", spec.image.digest));
    set("network", "none".to_owned());
    set("rootless", "no".to_owned());
    set("seccomp", "none".to_owned());
    set("workload", spec.workload.name.clone());
    set("workload_command", spec.workload.argv.join(" "));
    set("limit_cpu_quota_us", CPU_QUOTA_US.to_string());
    set("limit_cpu_period_us", CPU_PERIOD_US.to_string());
    set("limit_memory_bytes", MEMORY_LIMIT_BYTES.to_string());
    axes
}

/// The first line that the runtime prints about its version; empty if it prints none.
fn runtime_version(runtime: &RuntimeChoice) -> String {
    match runtime {
        RuntimeChoice::Libcontainer => LIBCONTAINER_VERSION.to_owned(),
        RuntimeChoice::Program(path) => program_version(path).unwrap_or_default(),
    }
}

fn program_version(path: &Path) -> Option<String> {
    let output = Command::new(path)
        .arg("--version")
        .stdin(Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    Some(text.lines().next()?.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::harness::image::Image;
    use crate::harness::storage::StorageChoice;
    use crate::harness::workload::Workload;

    fn run_spec() -> RunSpec {
        RunSpec {
            image: Image {
                name: "host-gnu".to_owned(),
                root: PathBuf::from("/cache/x"),
                digest: "abc".to_owned(),
            },
            runtime: RuntimeChoice::Libcontainer,
            storage: StorageChoice::Auto,
            runs: 1,
            workload: Workload::hello_world(),
            base: PathBuf::from("/tmp"),
            report: PathBuf::from("/tmp/report"),
        }
    }

    #[test]
    fn every_axis_is_there_and_storage_is_what_was_used() {
        let report = EngineReport {
            storage: "copy".to_owned(),
            cgroup: "v2".to_owned(),
            ..EngineReport::default()
        };
        let axes = configuration(&run_spec(), &report);
        for axis in [
            "manager", "runtime", "storage", "cgroup", "image", "network", "rootless",
        ] {
            assert!(axes.contains_key(axis), "{axis}");
        }
        assert_eq!(axes["storage"], "copy");
        assert_eq!(axes["cgroup"], "v2");
        assert!(!axes.contains_key("storage_options"));
    }

    #[test]
    fn the_version_of_the_library_is_the_one_that_is_locked() {
        let lock = include_str!("../../../Cargo.lock");
        let locked = format!("name = \"libcontainer\"\nversion = \"{LIBCONTAINER_VERSION}\"");
        assert!(lock.contains(&locked));
    }
}
