//! The engine's process: what it is asked to do, and that it leaves nothing.

use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use engine::cgroup::SHARED_PARENT;
use engine::image;
use engine::results::EngineReport;
use engine::spec::RunSpec;
use engine::workload::Workload;
use setup::cache::CachePolicy;
use setup::configuration::Configuration;
use setup::storage::{StorageChoice, StorageKind};

use crate::scratch::Scratch;

/// How long anything may take that takes seconds at most on an idle machine, daemons included.
const PATIENCE: Duration = Duration::from_secs(60);

/// A folder for one engine, and what it is asked to do.
pub struct Scene {
    /// The folder.
    pub folder: Scratch,
    /// The run that the engine is asked for.
    pub spec: RunSpec,
}

impl Scene {
    /// A hello world on an overlay.
    pub fn new() -> Result<Self> {
        ensure!(
            nix::unistd::geteuid().is_root(),
            "these tests make containers; run them as root: sudo cargo xtask test"
        );
        let folder = Scratch::new()?;
        let spec = RunSpec {
            configuration: Configuration {
                storage: StorageChoice::Kind(StorageKind::Overlay),
                ..Configuration::default()
            },
            image: image::host_gnu()?,
            cache: CachePolicy::Warm,
            first_run: 1,
            runs: 1,
            warmups: 0,
            state: None,
            workload: Workload::hello_world(),
            base: folder.path().join("base"),
            report: folder.path().join("report.json"),
            progress: None,
            time_limit_s: None,
        };
        fs::create_dir(&spec.base)?;
        Ok(Self { folder, spec })
    }

    /// Fails unless the shell in the container prints exactly this for the script.
    pub fn expect(mut self, script: &str, expected: &str) -> Result<()> {
        self.spec.workload = shell(script);
        self.spec.workload.expected_stdout = Some(expected.to_owned());
        self.succeed()
    }

    /// Fails unless the engine succeeds and leaves nothing.
    pub fn succeed(&self) -> Result<()> {
        let output = self.run()?;
        let stderr = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{}: {stderr}", output.status);
        Ok(())
    }

    /// Returns the error message, on one line, of a run that must fail.
    pub fn fail(&self) -> Result<String> {
        let output = self.run()?;
        ensure!(!output.status.success(), "it succeeded");
        Ok(String::from_utf8_lossy(&output.stderr).into_owned())
    }

    /// An engine that has begun a run whose workload does not end, and its first exec'd process.
    pub fn hanging(&mut self) -> Result<Child> {
        self.spec.workload = shell("sleep 1000");
        let engine = self.command()?.stderr(Stdio::piped()).spawn()?;
        let name = format!("ctrprof-{}-", engine.id());
        // The entry point, the shell (which may become the sleeper).
        wait_until("the workload runs", || Ok(sleepers_in(&name)? >= 2))?;
        Ok(engine)
    }

    /// The arguments of an engine that is told what to run.
    pub fn arguments(&self) -> Result<Vec<OsString>> {
        let told = self.folder.path().join("spec.json");
        self.spec.write(&told)?;
        Ok(self.spec.command(&told)?.1)
    }

    fn command(&self) -> Result<Command> {
        let mut command = crate::ctrprof::command()?;
        command.args(self.arguments()?);
        Ok(command)
    }

    fn run(&self) -> Result<Output> {
        let child = self
            .command()?
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let pid = child.id();
        let output = child.wait_with_output()?;
        self.check_nothing_is_left(pid)?;
        Ok(output)
    }

    /// Reads the engine's report.
    pub fn report(&self) -> Result<EngineReport> {
        Ok(EngineReport::read(&self.spec.report)?)
    }

    /// No folder, mount, control group or process of the engine with this number.
    pub fn check_nothing_is_left(&self, engine: u32) -> Result<()> {
        let left: Vec<_> = fs::read_dir(&self.spec.base)?.collect();
        ensure!(left.is_empty(), "folders are left: {left:?}");
        let mounts = fs::read_to_string("/proc/self/mountinfo")?;
        let base = self.spec.base.to_string_lossy();
        ensure!(!mounts.contains(base.as_ref()), "mounts are left: {mounts}");
        let name = format!("ctrprof-{engine}-");
        let groups = groups_named(&name)?;
        ensure!(groups.is_empty(), "control groups are left: {groups:?}");
        let processes = processes_in(&name)?;
        ensure!(processes.is_empty(), "processes are left: {processes:?}");
        Ok(())
    }
}

/// A script for the container's shell.
pub fn shell(script: &str) -> Workload {
    Workload {
        name: "script".to_owned(),
        command: ["/bin/sh", "-c", script].map(str::to_owned).into(),
        ..Workload::default()
    }
}

/// Waits for a condition, but not for ever.
pub fn wait_until(what: &str, mut condition: impl FnMut() -> Result<bool>) -> Result<()> {
    let begun = Instant::now();
    while !condition()? {
        if begun.elapsed() > PATIENCE {
            bail!("waited {PATIENCE:?} in vain: {what}");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}

/// Control groups, in any hierarchy, whose name begins like this: below its root, or below a group
/// of that all engines share.
pub fn groups_named(prefix: &str) -> Result<Vec<PathBuf>> {
    let root = PathBuf::from("/sys/fs/cgroup");
    let mut hierarchies = vec![root.clone()];
    for entry in fs::read_dir(&root)? {
        hierarchies.push(entry?.path());
    }
    let shared = hierarchies
        .iter()
        .map(|hierarchy| hierarchy.join(SHARED_PARENT));
    let parents: Vec<PathBuf> = shared.chain(hierarchies.iter().cloned()).collect();
    let mut groups = Vec::new();
    for parent in parents {
        let Ok(entries) = fs::read_dir(parent) else {
            continue;
        };
        for entry in entries {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with(prefix) {
                groups.push(entry.path());
            }
        }
    }
    Ok(groups)
}

/// A live process in a control group that an engine made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Number of the process.
    pub pid: String,
    /// Name of its command.
    pub name: String,
    /// The group, by its path in its hierarchy: it bears the engine's name.
    pub group: String,
}

impl fmt::Display for Member {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} ({}) in {}", self.pid, self.name, self.group)
    }
}

/// The live processes in control groups whose name begins like this.
pub fn processes_in(prefix: &str) -> Result<Vec<Member>> {
    let mut members = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let entry = entry?;
        let pid = entry.file_name().to_string_lossy().into_owned();
        // Processes end while they are looked at.
        let Ok(groups) = fs::read_to_string(entry.path().join("cgroup")) else {
            continue;
        };
        let Some(group) = group_named(prefix, &groups) else {
            continue;
        };
        let state = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        let is_alive = !state.is_empty() && !state.contains(") Z ");
        if let (true, Ok(name)) = (is_alive, fs::read_to_string(entry.path().join("comm"))) {
            members.push(Member {
                pid,
                name: name.trim_end().to_owned(),
                group: group.to_owned(),
            });
        }
    }
    Ok(members)
}

/// The first of a process's groups (`HIERARCHY:CONTROLLERS:PATH`, cgroups(7)) that bears a name that
/// begins like this.
fn group_named<'a>(prefix: &str, groups: &'a str) -> Option<&'a str> {
    let paths = groups.lines().filter_map(|line| line.splitn(3, ':').nth(2));
    let mut named = paths.filter(|path| path.contains(&format!("/{prefix}")));
    named.next()
}

fn sleepers_in(prefix: &str) -> Result<usize> {
    let members = processes_in(prefix)?;
    Ok(members
        .iter()
        .filter(|member| member.name == "sleep")
        .count())
}

#[cfg(test)]
mod tests {
    use engine::cgroup::CgroupLayout;

    use super::*;

    #[test]
    fn a_process_is_found_by_the_group_that_it_is_in() -> Result<()> {
        let root = match CgroupLayout::of_host()? {
            CgroupLayout::V2 => "/sys/fs/cgroup",
            CgroupLayout::V1 | CgroupLayout::Hybrid => "/sys/fs/cgroup/pids",
        };
        // No name that engines give: tests that look for what those leave run beside this one.
        let name = format!("test-of-ctrprof-{}-1", std::process::id());
        let group = PathBuf::from(root).join(&name);
        let mut sleeper = Command::new("sleep").arg("60").spawn()?;
        let pid = sleeper.id().to_string();
        let found = fs::create_dir(&group)
            .and_then(|()| fs::write(group.join("cgroup.procs"), &pid))
            .map_err(anyhow::Error::from)
            .and_then(|()| processes_in("test-of-ctrprof-"));
        sleeper.kill()?;
        sleeper.wait()?;
        fs::remove_dir(&group)?;
        let expected = Member {
            pid,
            name: "sleep".to_owned(),
            group: format!("/{name}"),
        };
        assert_eq!(found?, [expected]);
        Ok(())
    }
}
