//! Runtimes of one's own, whatever they are called: the container that they make is told.

use anyhow::{Context, Result, ensure};
use ctrprof_tests::ctrprof::{self, Level};
use ctrprof_tests::report;
use ctrprof_tests::scratch::Scratch;
use ctrprof_tests::turn::beside_others;

#[test]
fn a_runtime_made_of_unshare_makes_a_container_with_stages() -> Result<()> {
    let _turn = beside_others();
    let scratch = Scratch::new()?;
    let report = ctrprof::traced_report(
        Level::Full,
        &scratch.path().join("recording"),
        &["unshare", "--fork", "--pid", "--mount-proc", "sleep", "0.1"],
    )?;
    report::paths_are_whole(&report)?;
    let runs = report["runs"].as_array().context("no runs")?;
    let is_container = |run: &&serde_json::Value| run["container"].is_object();
    let run = runs.iter().find(is_container).context("no container")?;
    assert_eq!(report::stage_names(run), ["create", "exec", "stop"]);
    let exec_ns = run["stages"][1]["wall_ns"].as_u64();
    ensure!(exec_ns >= Some(100_000_000), "{exec_ns:?} ns");
    let processes = report::processes(&report);
    for expected in [("unshare", "runtime"), ("sleep", "container")] {
        ensure!(processes.contains(&expected), "{expected:?}: {processes:?}");
    }
    Ok(())
}
