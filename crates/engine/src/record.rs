//! The configuration of a run, axis by axis, as the manifest of its recording keeps it.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::image::Image;
use crate::limits::{CPU_PERIOD_US, CPU_QUOTA_US, MEMORY_LIMIT_BYTES};
use crate::results::EngineReport;
use crate::spec::RunSpec;
use crate::workload::Workload;
use crate::workload::catalogue::Kind;
use setup::configuration::SeccompChoice;
use setup::runtime::RuntimeChoice;

/// Version of the library that is linked, as in Cargo.toml.
const LIBCONTAINER_VERSION: &str = "0.7.0";

/// Every axis and what else tells two configurations apart: versions, options, digests. What the
/// engine's report describes is what was used, and stands above what was asked for.
pub fn record(spec: &RunSpec, report: &EngineReport) -> BTreeMap<String, String> {
    let configuration = &spec.configuration;
    let size = spec
        .workload
        .size
        .map_or_else(String::new, |size| size.to_string());
    let asked = [
        ("manager", configuration.manager.to_string()),
        ("runtime", configuration.runtime.name()),
        ("runtime_version", runtime_version(&configuration.runtime)),
        ("storage", configuration.storage.name().to_owned()),
        ("cgroup", configuration.cgroup.to_string()),
        ("cgroup_source", configuration.cgroup_source.to_string()),
        ("cgroup_attach", configuration.cgroup_attach.to_string()),
        ("image", spec.image.name.clone()),
        ("image_digest", image_digest(&spec.image)),
        ("network", configuration.network.to_string()),
        ("rootless", yes_or_no(configuration.rootless).to_owned()),
        ("workload", spec.workload.name.clone()),
        ("workload_command", spec.workload.command.join(" ")),
        ("workload_size", size),
        ("workload_unit", unit(&spec.workload).to_owned()),
        ("workload_units", units(&spec.workload)),
        ("cache", spec.cache.to_string()),
        ("cache_resident_pages", resident_pages(report)),
        ("warmups", spec.warmups.to_string()),
        ("limit_cpu_quota_us", CPU_QUOTA_US.to_string()),
        ("limit_cpu_period_us", CPU_PERIOD_US.to_string()),
        ("limit_memory_bytes", MEMORY_LIMIT_BYTES.to_string()),
    ];
    let mut axes: BTreeMap<String, String> =
        asked.map(|(name, value)| (name.to_owned(), value)).into();
    axes.extend(report.description.clone());
    // Managers tell which profile they have, not that they were told to leave it out.
    if configuration.seccomp == SeccompChoice::None {
        axes.insert("seccomp".to_owned(), SeccompChoice::None.to_string());
    }
    axes.retain(|_, value| !value.is_empty());
    axes
}

/// Of the workload's data before its command, in the run in which most was in memory.
fn resident_pages(report: &EngineReport) -> String {
    let data = report.runs.iter().map(|run| run.data);
    match data.max_by_key(|data| data.pages) {
        Some(data) if data.of > 0 => format!("{} of {}", data.pages, data.of),
        Some(_) | None => String::new(),
    }
}

/// What the units of work of the workload are; empty where nothing is counted.
fn unit(workload: &Workload) -> &'static str {
    let kind: Option<Kind> = workload.name.parse().ok();
    kind.and_then(Kind::unit).unwrap_or_default()
}

/// How many units of work the workload has; empty where nothing is counted.
fn units(workload: &Workload) -> String {
    let kind: Option<Kind> = workload.name.parse().ok();
    let units = kind.and_then(|kind| kind.units(workload.size));
    units.map_or_else(String::new, |units| units.to_string())
}

const fn yes_or_no(value: bool) -> &'static str {
    if value { "yes" } else { "no" }
}

/// Empty for a reference, whose digest its manager knows.
fn image_digest(image: &Image) -> String {
    match &*image.digest {
        "" => String::new(),
        digest => format!("sha256:{digest}"),
    }
}

/// The first line that the runtime prints about its version; empty if it prints none.
fn runtime_version(runtime: &RuntimeChoice) -> String {
    match runtime {
        RuntimeChoice::Libcontainer => LIBCONTAINER_VERSION.to_owned(),
        RuntimeChoice::Liblxc | RuntimeChoice::None => String::new(),
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
    use setup::cache::CachePolicy;
    use setup::configuration::Configuration;
    use setup::size::Size;

    fn run_spec() -> RunSpec {
        RunSpec {
            configuration: Configuration::default(),
            workload: Workload::hello_world(),
            image: Image {
                name: "host-gnu".to_owned(),
                root: PathBuf::from("/cache/x"),
                digest: "abc".to_owned(),
                ..Image::default()
            },
            cache: CachePolicy::Warm,
            first_run: 1,
            runs: 1,
            warmups: 0,
            base: PathBuf::from("/tmp"),
            state: None,
            report: PathBuf::from("/tmp/report"),
            progress: None,
            time_limit_s: None,
        }
    }

    #[test]
    fn every_axis_is_there_and_storage_is_what_was_used() {
        let used = [
            ("storage", "vfs"),
            ("cgroup", "v2"),
            ("storage_options", ""),
        ];
        let report = EngineReport {
            description: used
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
            ..EngineReport::default()
        };
        let axes = record(&run_spec(), &report);
        for axis in [
            "manager", "runtime", "storage", "cgroup", "image", "network", "rootless",
        ] {
            assert!(axes.contains_key(axis), "{axis}");
        }
        assert_eq!(axes["storage"], "vfs");
        assert_eq!(axes["cgroup"], "v2");
        assert!(!axes.contains_key("storage_options"));
    }

    #[test]
    fn units_of_work_are_those_of_the_size() {
        let named = |name, size| {
            let workload = Workload::named(name, size).unwrap_or_default();
            format!("{} {}", units(&workload), unit(&workload))
        };
        assert_eq!(named("io-read", Some(Size::Md)), "1000 file");
        assert_eq!(named("db-read", Some(Size::Xs)), "9 query");
        assert_eq!(named("http-server", None), "1 request");
        assert_eq!(named("hello-world", None), " ");
    }

    #[test]
    fn a_profile_that_was_left_out_is_not_the_managers() {
        let mut spec = run_spec();
        let profile = ("seccomp".to_owned(), "/usr/share/seccomp.json".to_owned());
        let report = EngineReport {
            description: [profile].into(),
            ..EngineReport::default()
        };
        assert_eq!(record(&spec, &report)["seccomp"], "/usr/share/seccomp.json");
        spec.configuration.seccomp = SeccompChoice::None;
        assert_eq!(record(&spec, &report)["seccomp"], "none");
    }

    #[test]
    fn the_version_of_the_library_is_the_one_that_is_locked() {
        let lock = include_str!("../../../Cargo.lock");
        let locked = format!("name = \"libcontainer\"\nversion = \"{LIBCONTAINER_VERSION}\"");
        assert!(lock.contains(&locked));
    }
}
