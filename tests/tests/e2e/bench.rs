//! Benches on the real kernel: they survive being killed, lose nothing, leave nothing, and count
//! what fails.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, ensure};
use bench::store;
use ctrprof_tests::ctrprof::{command, succeeded};
use ctrprof_tests::engine::wait_until;
use ctrprof_tests::form;
use ctrprof_tests::leftovers::Listing;
use ctrprof_tests::scratch::Scratch;
use ctrprof_tests::turn::{alone, beside_others};
use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;
use serde_json::Value;
use setup::bench::RunRecord;
use setup::random::Random;
use study::design::StudyConfiguration;
use study::published::Published;

/// A matrix, its results, and where its engines make their folders.
struct Bench {
    folder: Scratch,
}

impl Bench {
    fn new(matrix: &str) -> Result<Self> {
        let folder = Scratch::new()?;
        fs::write(folder.path().join("matrix.toml"), matrix)?;
        fs::create_dir(folder.path().join("base"))?;
        Ok(Self { folder })
    }

    fn results(&self) -> PathBuf {
        self.folder.path().join("results")
    }

    fn base(&self) -> PathBuf {
        self.folder.path().join("base")
    }

    fn command(&self, options: &[&str]) -> Result<Command> {
        let mut bench = command()?;
        bench
            .arg("bench")
            .arg(self.folder.path().join("matrix.toml"))
            .arg("-o")
            .arg(self.results())
            .arg("--run-dir")
            .arg(self.base())
            .args(options)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Ok(bench)
    }

    fn run(&self, options: &[&str]) -> Result<Output> {
        Ok(self.command(options)?.output()?)
    }

    fn json(&self, options: &[&str]) -> Result<Value> {
        let output = self.run(&[&["--format", "json"], options].concat())?;
        succeeded(&output)?;
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    /// Starts it in a process group of its own.
    fn spawn(&self, options: &[&str]) -> Result<Child> {
        Ok(self.command(options)?.process_group(0).spawn()?)
    }

    /// The runs that are over, measured ones alone.
    fn records(&self) -> Result<Vec<RunRecord>> {
        let (_, records) = store::read(&self.results())?;
        Ok(records
            .into_iter()
            .filter(|record| !record.warm_up)
            .collect())
    }

    fn results_text(&self) -> String {
        // Killed before the first run, it has none.
        fs::read_to_string(self.results().join("results.jsonl")).unwrap_or_default()
    }
}

const HELLO: &str = r#"
workloads = "hello-world"
[[configurations]]
storage = "overlay"
"#;

/// Five configurations.
const KILLED: &str = r#"
workloads = "hello-world"
[[configurations]]
runtime = ["libcontainer", "crun"]
storage = ["overlay", "bind"]
[[configurations]]
storage = "overlay"
network = "bridge"
"#;

#[test]
fn a_bench_that_is_killed_again_and_again_loses_nothing_and_leaves_nothing() -> Result<()> {
    let _turn = alone();
    // Of each configuration; the bench must not be over before it is killed for the last time.
    let runs = form::choose(25, 100);
    let (rounds, longest_ms) = form::choose((2, 400), (5, 6_000));
    let bench = Bench::new(&format!("runs = {runs}\n{KILLED}"))?;
    let before = Listing::take()?;
    let seed = SystemTime::UNIX_EPOCH.elapsed()?.as_nanos() as u64;
    println!("seed {seed}");
    let mut random = Random::new(seed);
    for round in 0..rounds {
        let mut child = bench.spawn(&["--untraced"])?;
        std::thread::sleep(Duration::from_millis(500 + random.below(longest_ms) as u64));
        let bench_alone = Pid::from_raw(child.id() as i32);
        // Alone, or with its engine and whatever that started and did not put elsewhere.
        if round % 2 == 0 {
            kill(bench_alone, Signal::SIGKILL)?;
        } else {
            killpg(bench_alone, Signal::SIGKILL)?;
        }
        child.wait()?;
        let finished = bench.results_text();
        let whole = finished.rfind('\n').map_or(0, |end| end + 1);
        let kept = &finished[..whole];
        // The next one repairs what was torn, and adds to the rest.
        let mut next = bench.spawn(&["--untraced"])?;
        let adds = wait_until("the next bench adds a run", || {
            let text = bench.results_text();
            let is_over = next.try_wait()?.is_some();
            Ok(is_over || (text.len() > whole && text.ends_with('\n')))
        });
        if next.try_wait()?.is_none() {
            kill(Pid::from_raw(next.id() as i32), Signal::SIGINT)?;
        }
        let output = next.wait_with_output()?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        adds.with_context(|| said.clone())?;
        assert_eq!(output.status.code(), Some(130), "{said}");
        ensure!(
            bench.results_text().starts_with(kept),
            "finished runs were lost in round {round}"
        );
    }
    succeeded(&bench.run(&["--untraced"])?)?;
    let records = bench.records()?;
    let distinct: BTreeSet<(String, u32)> = records
        .iter()
        .map(|record| (record.configuration.clone(), record.number))
        .collect();
    assert_eq!((records.len(), distinct.len()), (5 * runs, 5 * runs));
    let failed: Vec<_> = records
        .iter()
        .filter_map(|run| run.failure.as_ref())
        .collect();
    assert!(failed.is_empty(), "{failed:?}");
    succeeded(&command()?.arg("clean").output()?)?;
    let left = Listing::take()?.since(&before, &bench.base());
    assert!(left.is_empty(), "{left:#?}");
    // An engine that still ends removes its folder itself.
    let empty = wait_until("the folder of engines is empty", || {
        Ok(fs::read_dir(bench.base())?.count() == 0)
    });
    empty.with_context(|| {
        format!(
            "left: {:?}",
            fs::read_dir(bench.base()).map(Iterator::collect::<Vec<_>>)
        )
    })
}

#[test]
fn after_ctrl_c_the_same_command_goes_on() -> Result<()> {
    let _turn = beside_others();
    let bench = Bench::new(HELLO)?;
    let options = ["--untraced", "-n", "30"];
    let child = bench.spawn(&options)?;
    wait_until("three runs are over", || {
        Ok(bench.results_text().lines().count() >= 3)
    })?;
    kill(Pid::from_raw(child.id() as i32), Signal::SIGINT)?;
    let output = child.wait_with_output()?;
    let said = String::from_utf8(output.stderr)?;
    assert_eq!(output.status.code(), Some(130), "{said}");
    assert!(said.contains("the same command goes on"), "{said}");
    assert_eq!(fs::read_dir(bench.base())?.count(), 0);
    let over = bench.records()?;
    assert!(over.len() < 30 && over.iter().all(|run| run.failure.is_none()));
    succeeded(&bench.run(&options)?)?;
    let records = bench.records()?;
    assert_eq!((records.len(), &records[..over.len()]), (30, &over[..]));
    Ok(())
}

#[test]
fn a_bench_may_grow_and_must_not_change() -> Result<()> {
    let _turn = beside_others();
    let bench = Bench::new(HELLO)?;
    succeeded(&bench.run(&["--untraced", "-n", "2"])?)?;
    let fewer = bench.run(&["--untraced", "-n", "1"])?;
    let said = String::from_utf8(fewer.stderr)?;
    assert!(
        !fewer.status.success() && said.contains("2 runs and has 1"),
        "{said}"
    );
    let traced = bench.run(&["-n", "2"])?;
    let said = String::from_utf8(traced.stderr)?;
    assert!(
        said.contains("the mode was untraced and is traced"),
        "{said}"
    );
    succeeded(&bench.run(&["--untraced", "-n", "3"])?)?;
    let numbers: Vec<u32> = bench.records()?.iter().map(|run| run.number).collect();
    assert_eq!(numbers, [1, 2, 3]);
    Ok(())
}

#[test]
fn each_recording_is_whole_and_says_where_it_stands() -> Result<()> {
    let _turn = beside_others();
    let bench = Bench::new(HELLO)?;
    let report = bench.json(&["-n", "2"])?;
    assert_eq!(report["complete"], true);
    for record in bench.records()? {
        let place = record.recording.context("a run was not recorded")?;
        let recording = bench.results().join(place);
        let manifest: Value =
            serde_json::from_str(&fs::read_to_string(recording.join("manifest.json"))?)?;
        assert_eq!(manifest["bench"]["number"], record.number);
        assert_eq!(manifest["bench"]["position"], record.position);
        assert_eq!(manifest["configuration"]["storage"], "overlay");
        let output = command()?
            .arg("report")
            .arg(&recording)
            .args(["--format", "json"])
            .output()?;
        succeeded(&output)?;
        let report: Value = serde_json::from_slice(&output.stdout)?;
        // The same as the harness took it, but for what may come between clock and mark.
        let create = &report["runs"][0]["stages"][0];
        let harness_ns = record.stages[0].duration_ns;
        let recorded_ns = create["wall_ns"].as_u64().context("no wall time")?;
        assert!(
            recorded_ns.abs_diff(harness_ns) < 20_000_000,
            "{recorded_ns} {harness_ns}"
        );
    }
    // A bench is reported by its directory, too.
    let output = command()?.arg("report").arg(bench.results()).output()?;
    succeeded(&output)?;
    let text = String::from_utf8(output.stdout)?;
    assert!(
        text.contains("95 % interval") && text.contains("create"),
        "{text}"
    );
    Ok(())
}

#[test]
fn an_observer_check_says_what_recording_costs_each_stage() -> Result<()> {
    let _turn = beside_others();
    let bench = Bench::new(HELLO)?;
    let report = bench.json(&["--observer-check", "-n", "3"])?;
    let cell = &report["cells"][0];
    let observer = cell["observer"].as_array().context("no observer")?;
    let stages: Vec<&str> = observer
        .iter()
        .filter_map(|stage| stage["name"].as_str())
        .collect();
    assert_eq!(
        stages,
        ["create", "start", "exec", "stop", "remove", "total"]
    );
    for stage in observer {
        assert_eq!(stage["pairs"], 3, "{stage}");
        let untraced = stage["untraced_median_ns"].as_u64().context("no median")?;
        assert!(untraced > 0);
    }
    assert_eq!(bench.records()?.len(), 6);
    Ok(())
}

/// A runtime that is crun, but for what the script does before.
fn runtime(bench: &Bench, script: &str) -> Result<PathBuf> {
    let path = bench.folder.path().join("crun-of-the-test");
    fs::write(&path, format!("#!/bin/sh\n{script}\nexec crun \"$@\"\n"))?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
    Ok(path)
}

fn with_runtime(script: &str, head: &str) -> Result<Bench> {
    let bench = Bench::new("")?;
    let path = runtime(&bench, script)?;
    let path = path.display();
    let matrix = format!("{head}\nwarmups = 0\n{HELLO}runtime = \"{path}\"\n");
    fs::write(bench.folder.path().join("matrix.toml"), matrix)?;
    Ok(bench)
}

#[test]
fn runs_that_fail_are_counted_shown_and_in_no_statistic() -> Result<()> {
    let _turn = beside_others();
    // Fails every second time that a container is to be started, at once: a fast failure.
    let script = r#"
        case " $* " in *" start "*)
            toggle="$0.failed"
            if [ -e "$toggle" ]; then rm "$toggle"; else touch "$toggle"; echo too tired >&2; exit 1; fi
        esac"#;
    let bench = with_runtime(script, "runs = 6")?;
    let output = bench.run(&["--untraced", "--format", "json"])?;
    assert_eq!(output.status.code(), Some(1));
    let report: Value = serde_json::from_slice(&output.stdout)?;
    let cell = &report["cells"][0];
    assert_eq!((&cell["runs"], &cell["failed"]), (&3.into(), &3.into()));
    let why = cell["failures"][0]["message"].as_str().unwrap_or_default();
    assert!(why.contains("too tired"), "{why}");
    for stage in cell["stages"].as_array().context("no stages")? {
        assert_eq!(stage["runs"], 3, "{stage}");
    }
    assert_eq!(report["complete"], true);
    Ok(())
}

#[test]
fn a_run_that_hangs_is_stopped_and_has_failed() -> Result<()> {
    let _turn = beside_others();
    let script = r#"case " $* " in *" start "*) sleep 1000; esac"#;
    let bench = with_runtime(script, "runs = 1\ntimeout-s = 2")?;
    let output = bench.run(&["--untraced", "--format", "json"])?;
    let report: Value = serde_json::from_slice(&output.stdout)?;
    let why = report["cells"][0]["failures"][0]["message"]
        .as_str()
        .unwrap_or_default();
    assert!(why.contains("stopped after 2 s"), "{why}");
    assert_eq!(fs::read_dir(bench.base())?.count(), 0);
    Ok(())
}

#[test]
fn a_plan_lists_every_configuration_of_the_study_with_its_runs_or_the_reason() -> Result<()> {
    let _turn = beside_others();
    let study = concat!(env!("CARGO_MANIFEST_DIR"), "/../experiments/study-72.toml");
    let output = command()?
        .args(["plan", study, "--format", "json"])
        .output()?;
    succeeded(&output)?;
    let plan: Value = serde_json::from_slice(&output.stdout)?;
    let list = |name: &str| plan[name].as_array().cloned().unwrap_or_default();
    let (possible, impossible) = (list("cells"), list("impossible"));
    let labels: BTreeSet<&str> = possible
        .iter()
        .chain(&impossible)
        .filter_map(|cell| cell["label"].as_str())
        .collect();
    // The 72 of the study, and its prototype: those that it has published figures of.
    assert_eq!(labels.len(), 73, "{labels:#?}");
    let published = Published::study()?;
    for label in labels {
        let configuration = StudyConfiguration::from_label(label);
        let place = configuration.and_then(|configuration| published.place(&configuration));
        assert!(place.is_some(), "{label}");
    }
    ensure!(possible.iter().all(|cell| cell["left"].as_u64() > Some(0)));
    let is_told = |cell: &Value| {
        cell["reasons"]
            .as_array()
            .is_some_and(|why| !why.is_empty())
    };
    ensure!(impossible.iter().all(is_told));
    Ok(())
}
