//! A container's life under a manager, profiled: what the report says, and that nothing is left.

use std::fs;
use std::path::Path;

use analysis::{inferred_stages, marked_stages};
use anyhow::{Context, Result, ensure};
use recording::Recording;
use serde_json::Value;
use trace::mark::Stage;

use crate::scratch::Scratch;
use crate::turn::alone;
use crate::{ctrprof, engine, report, tries};

/// How long each stage of a recording took by its marks, and as it is inferred for the same
/// container. A stage of several commands is inferred as several, which are added up.
fn by_marks_and_inferred(recording: &Path) -> Result<Vec<(Stage, u64, u64)>> {
    let recording = Recording::open(recording)?;
    let (manifest, tables) = (recording.manifest(), recording.tables()?);
    let Some(marked) = marked_stages(manifest, &tables).pop() else {
        return Ok(Vec::new());
    };
    let inferred = inferred_stages(manifest, &tables);
    let inferred = inferred
        .iter()
        .find(|run| run.container == marked.container);
    let inferred = inferred.map_or(&[][..], |run| run.stages.as_slice());
    let stages = marked.stages.iter().map(|window| {
        let alike = inferred.iter().filter(|other| other.stage == window.stage);
        let sum_ns: u64 = alike.map(|other| other.end_ns - other.start_ns).sum();
        (window.stage, window.end_ns - window.start_ns, sum_ns)
    });
    Ok(stages.collect())
}

/// The stages of a workload without a server.
pub const STAGES: [&str; 5] = ["create", "start", "exec", "stop", "remove"];

/// How often a container's life is taken through, where it takes luck to see something.
const TRIES: u32 = 3;

/// Folders that managers would make on a host that they were never used on.
const HOST_FOLDERS: [&str; 4] = [
    "/var/lib/containers",
    "/var/lib/cni",
    "/etc/containers/networks",
    "/root/.local/share/containers",
];

/// One container that went through its whole life.
pub struct Managed {
    /// The JSON report.
    pub report: Value,
    /// Standard error of `ctrprof run`.
    pub said: String,
    /// By stage how long it took, in nanoseconds: by its marks, and as it is inferred without them.
    pub by_marks_and_inferred: Vec<(Stage, u64, u64)>,
}

impl Managed {
    /// `ctrprof run WORKLOAD OPTIONS...` once, which must succeed, be explained and leave nothing.
    pub fn run(workload: &str, options: &[&str]) -> Result<Self> {
        let _alone = alone();
        let before = HOST_FOLDERS.map(|folder| Path::new(folder).exists());
        let scratch = Scratch::new()?;
        let recording = scratch.path().join("recording");
        let base = scratch.path().join("base");
        fs::create_dir(&base)?;
        let output = ctrprof::command()?
            .args(["run", workload, "--run-dir"])
            .arg(&base)
            .arg("--output")
            .arg(&recording)
            .args(options)
            .output()?;
        ctrprof::succeeded(&output).with_context(|| format!("{workload} {options:?}"))?;
        let managed = Self {
            report: ctrprof::report(&recording)?,
            said: String::from_utf8(output.stderr)?,
            by_marks_and_inferred: by_marks_and_inferred(&recording)?,
        };
        managed.check_nothing_is_left(&base)?;
        let after = HOST_FOLDERS.map(|folder| Path::new(folder).exists());
        ensure!(before == after, "one of {HOST_FOLDERS:?} is new");
        report::paths_are_whole(&managed.report)?;
        managed.check_nothing_is_unknown()?;
        Ok(managed)
    }

    /// A hello world, as [`Self::run`], in which its container was waited for in user mode. One in three
    /// will do: on a busy CPU, echo has ended before anybody waits for it.
    pub fn hello_world_waited_for(options: &[&str]) -> Result<Self> {
        let name = format!("hello_world_waited_for {}", options.join(" "));
        tries::one_of(TRIES, &name, |_| {
            let run = Self::run("hello-world", options)?;
            Ok(run.waited_for("container").map(|()| run))
        })
    }

    /// A hello world, as [`Self::run`], of which these stages are inferred as its marks bound them. One in three
    /// will do: what else the machine does comes between a mark and its command.
    pub fn hello_world_inferred(options: &[&str], stages: &[Stage]) -> Result<()> {
        let name = format!("hello_world_inferred {}", options.join(" "));
        tries::one_of(TRIES, &name, |_| {
            let run = Self::run("hello-world", options)?;
            Ok(run.is_inferred(stages))
        })
    }

    /// Fails unless each of these stages is inferred within 2 ms or 2 % of its marks.
    fn is_inferred(&self, stages: &[Stage]) -> Result<()> {
        const LIMIT_NS: u64 = 2_000_000;
        let all = &self.by_marks_and_inferred;
        for wanted in stages {
            let (stage, marked_ns, inferred_ns) = all
                .iter()
                .find(|(stage, ..)| stage == wanted)
                .with_context(|| format!("{wanted:?} has no marks"))?;
            ensure!(
                marked_ns.abs_diff(*inferred_ns) <= LIMIT_NS.max(marked_ns / 50),
                "{}: {marked_ns} ns by its marks, inferred {inferred_ns} ns: {all:?}",
                stage.name()
            );
        }
        Ok(())
    }

    /// The only run.
    fn only(&self) -> Result<&Value> {
        let runs = self.report["runs"].as_array().context("no runs")?;
        ensure!(runs.len() == 1, "{} runs: {runs:#?}", runs.len());
        Ok(&runs[0])
    }

    /// Names of its stages.
    pub fn stages(&self) -> Result<Vec<&str>> {
        Ok(report::stage_names(self.only()?))
    }

    /// A property of the configuration, as the manifest keeps it.
    pub fn property(&self, name: &str) -> Result<&str> {
        self.only()?["configuration"][name]
            .as_str()
            .with_context(|| format!("the configuration has no {name}"))
    }

    /// Fails unless a process with this name was seen in this role.
    pub fn has_process(&self, name: &str, role: &str) -> Result<()> {
        let processes = report::processes(&self.report);
        ensure!(
            processes.contains(&(name, role)),
            "no {name} as {role} in {processes:?}"
        );
        Ok(())
    }

    /// Fails unless some stage waited for a CPU's work in user mode by this role.
    pub fn waited_for(&self, role: &str) -> Result<()> {
        let is_on_path =
            |row: &Value| row["name"] == role && row["critical_path_ns"].as_u64() > Some(0);
        let mut of_user = report::stages(&self.report)
            .into_iter()
            .filter_map(|stage| stage["phases"].as_array())
            .flatten()
            .filter(|phase| phase["phase"] == "user")
            .filter_map(|phase| phase["parts"].as_array())
            .flatten();
        ensure!(of_user.any(is_on_path), "no {role} on any critical path");
        Ok(())
    }

    fn check_nothing_is_unknown(&self) -> Result<()> {
        let unknown = report::phase(&self.report, "unknown");
        ensure!(unknown.is_none(), "a phase is unknown: {unknown:?}");
        let processes = report::processes(&self.report);
        let others: Vec<_> = processes.iter().filter(|row| row.1 == "other").collect();
        ensure!(others.is_empty(), "processes without a role: {others:?}");
        Ok(())
    }

    /// No folder, mount, process, loop device or control group of the engine.
    fn check_nothing_is_left(&self, base: &Path) -> Result<()> {
        let left: Vec<_> = fs::read_dir(base)?.collect();
        ensure!(left.is_empty(), "folders are left: {left:?}");
        let base = base.to_string_lossy();
        for entry in fs::read_dir("/proc")? {
            let process = entry?.path();
            // Whoever is in the engine's mount namespace sees its folder. Processes end while they
            // are looked at.
            let mounts = fs::read_to_string(process.join("mountinfo")).unwrap_or_default();
            ensure!(
                !mounts.contains(&*base),
                "{} ({}) has a mount of the engine",
                process.display(),
                fs::read_to_string(process.join("comm"))
                    .unwrap_or_default()
                    .trim()
            );
        }
        for device in fs::read_dir("/sys/block")? {
            let file = device?.path().join("loop/backing_file");
            let file = fs::read_to_string(file).unwrap_or_default();
            ensure!(!file.contains(&*base), "a loop device is left on {file}");
        }
        let container = &self.only()?["container"];
        let container = container["name"].as_str().or(container["id"].as_str());
        let container = container.context("the container is not named")?;
        let (name, _) = container.rsplit_once('-').context("an odd name")?;
        let groups = engine::groups_named(&format!("{name}-"))?;
        ensure!(groups.is_empty(), "control groups are left: {groups:?}");
        Ok(())
    }
}
