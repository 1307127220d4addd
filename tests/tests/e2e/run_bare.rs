//! Manager `bare`: network namespaces made at once and deleted, without a container.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use ctrprof_tests::engine::Scene;
use ctrprof_tests::scratch::Scratch;
use ctrprof_tests::turn::{alone, beside_others};
use ctrprof_tests::{ctrprof, form, report, tries};
use engine::image;
use engine::workload::Workload;
use recording::Recording;
use setup::configuration::{Configuration, ManagerKind};
use setup::runtime::RuntimeChoice;
use setup::size::Size;
use trace::mark::{MarkCode, Stage};
use trace::rows::{OffCpu, Tables};

const WORKLOADS: [&str; 2] = ["netns", "netns-churn"];

fn scene(workload: &str, size: Size) -> Result<Scene> {
    let mut scene = Scene::new()?;
    let spec = &mut scene.spec;
    spec.configuration = Configuration {
        manager: ManagerKind::Bare,
        runtime: RuntimeChoice::None,
        ..Configuration::default()
    };
    spec.workload = Workload::named(workload, Some(size))?;
    spec.image = image::prepare(&spec.configuration.image, &spec.workload)?;
    Ok(scene)
}

#[test]
fn namespaces_of_every_size_are_made_and_deleted_several_times() -> Result<()> {
    let _turn = beside_others();
    for workload in WORKLOADS {
        for size in form::choose(vec![Size::Xs, Size::Md], Size::ALL.to_vec()) {
            let mut scene = scene(workload, size)?;
            scene.spec.runs = 2;
            scene.succeed()?;
            let report = scene.report()?;
            for run in report.runs {
                let stages: Vec<_> = run.stages.iter().map(|timing| timing.stage).collect();
                assert_eq!(stages, [Stage::Create, Stage::Remove], "{workload} {size}");
            }
            let count = size.namespaces().to_string();
            assert_eq!(report.description["namespaces"], count);
        }
    }
    Ok(())
}

/// A recording of one run, in a folder that goes with the first of the two.
fn recorded(workload: &str, size: Size) -> Result<(Scratch, PathBuf)> {
    let scratch = Scratch::new()?;
    let recording = scratch.path().join("recording");
    let output = ctrprof::command()?
        .args(["run", workload, "--manager", "bare", "--size", size.name()])
        .arg("-o")
        .arg(&recording)
        .output()?;
    ctrprof::succeeded(&output)?;
    Ok((scratch, recording))
}

#[test]
fn every_stage_is_explained() -> Result<()> {
    let _turn = alone();
    let (_scratch, recording) = recorded("netns", Size::Xl)?;
    let report = ctrprof::report(&recording)?;
    report::paths_are_whole(&report)?;
    ensure!(report::phase(&report, "unknown").is_none(), "{report}");
    assert_eq!(
        report::stage_names(&report["runs"][0]),
        ["create", "remove"]
    );
    assert_eq!(report::calls(&report, "unshare").count, 64);
    let (sent, received, lost) = report::records(&report)?;
    assert_eq!((sent, lost), (received, 0));
    Ok(())
}

/// Names of the locks that the stage `create` waited for.
fn locks_of_create(workload: &str) -> Result<Vec<String>> {
    let (_scratch, recording) = recorded(workload, Size::Xl)?;
    let report = ctrprof::report(&recording)?;
    let locks = report["runs"][0]["stages"][0]["locks"].as_array();
    let names = locks.context("no locks")?.iter();
    Ok(names
        .filter_map(|lock| lock["name"].as_str())
        .map(str::to_owned)
        .collect())
}

/// Whether locks are waited for, and which, depends on who comes in whose way.
#[test]
fn kernel_locks_that_are_waited_for_have_names() -> Result<()> {
    const KNOWN: [&str; 5] = [
        "rtnl_mutex",
        "pernet_ops_rwsem",
        "net_rwsem",
        "pcpu_alloc_mutex",
        "kernfs_rwsem",
    ];
    let _turn = alone();
    let name = "kernel_locks_that_are_waited_for_have_names";
    tries::one_of(5, name, |_| {
        let names = locks_of_create("netns-churn")?;
        let is_known = names.iter().any(|name| KNOWN.contains(&name.as_str()));
        Ok(is_known
            .then_some(())
            .with_context(|| format!("it waited for no lock that has a name: {names:?}")))
    })
}

/// The time is the kernel's own, and it waits for grace periods. One in three will do: the worker may
/// have others to delete first.
#[test]
fn the_deletion_is_explained_by_what_the_kernels_worker_does() -> Result<()> {
    let _turn = alone();
    let name = "the_deletion_is_explained_by_what_the_kernels_worker_does";
    tries::one_of(3, name, |_| Ok(deletion_is_explained()))
}

fn deletion_is_explained() -> Result<()> {
    let (_scratch, recording) = recorded("netns", Size::Md)?;
    let report = ctrprof::report(&recording)?;
    report::paths_are_whole(&report)?;
    ensure!(report::phase(&report, "unknown").is_none(), "{report}");
    let remove = &report["runs"][0]["stages"][1];
    let phases = remove["phases"].as_array().context("no phases")?;
    let on_path_ns = |name: &str| -> u64 {
        let rows = phases.iter().filter(|row| row["phase"] == name);
        rows.filter_map(|row| row["critical_path_ns"].as_u64())
            .sum()
    };
    let wall_ns = remove["wall_ns"].as_u64().context("no wall time")?;
    ensure!(on_path_ns("rcu") > 0, "{remove}");
    ensure!(on_path_ns("ipc") * 4 < wall_ns, "{remove}");
    ensure!(
        report::parts(&report, "rcu").contains(&"cleanup_net"),
        "{remove}"
    );
    Ok(())
}

/// Waits of the kernel's worker while it deletes namespaces, with the functions that it is in.
fn waits_in_deletion(tables: &Tables) -> Vec<(&OffCpu, BTreeSet<&str>)> {
    let name = |address: &u64| {
        let mut symbols = tables.symbols.iter();
        let symbol = symbols.find(|symbol| symbol.tgid == 0 && symbol.address == *address)?;
        Some(symbol.name.as_str())
    };
    let functions = |row: &OffCpu| -> BTreeSet<&str> {
        let stack = tables
            .stacks
            .iter()
            .find(|stack| Some(stack.id) == row.stack);
        stack.map_or_else(BTreeSet::new, |stack| {
            stack.frames.iter().filter_map(name).collect()
        })
    };
    let rows = tables.off_cpu.iter().map(|row| (row, functions(row)));
    rows.filter(|(_, functions)| functions.contains("cleanup_net"))
        .collect()
}

fn bounds(tables: &Tables, stage: Stage) -> Result<(u64, u64)> {
    let at = |code: MarkCode| {
        let mark = tables.marks.iter().find(|mark| mark.code == code.to_u64());
        mark.map(|mark| mark.at_ns).context("a stage has no mark")
    };
    Ok((at(MarkCode::Begin(stage))?, at(MarkCode::End(stage))?))
}

fn tables(recording: &Path) -> Result<Tables> {
    Ok(Recording::open(recording)?.tables()?)
}

/// The last that the worker does is to wait for callbacks of RCU.
#[test]
fn the_stage_remove_holds_the_whole_deletion() -> Result<()> {
    let _turn = alone();
    let (_scratch, recording) = recorded("netns", Size::Sm)?;
    let tables = tables(&recording)?;
    let (begun_ns, ended_ns) = bounds(&tables, Stage::Remove)?;
    let waits = waits_in_deletion(&tables);
    let is_last = |(row, functions): &&(&OffCpu, BTreeSet<&str>)| {
        functions.contains("rcu_barrier")
            && row.from_ns >= begun_ns
            && row.to_ns.is_some_and(|to_ns| to_ns <= ended_ns)
    };
    let last = waits.iter().filter(is_last).count();
    ensure!(last > 0, "{} waits, none of them the last", waits.len());
    Ok(())
}

#[test]
fn churn_has_others_deleted_beside_the_stage_create() -> Result<()> {
    let _turn = alone();
    let (_scratch, recording) = recorded("netns-churn", Size::Lg)?;
    let tables = tables(&recording)?;
    let (begun_ns, ended_ns) = bounds(&tables, Stage::Create)?;
    let is_beside =
        |row: &OffCpu| row.from_ns < ended_ns && row.to_ns.is_none_or(|to_ns| to_ns > begun_ns);
    let waits = waits_in_deletion(&tables);
    let beside = waits.iter().filter(|(row, _)| is_beside(row)).count();
    ensure!(beside > 0, "{} waits, none beside it", waits.len());
    Ok(())
}

#[test]
fn bare_and_its_workloads_are_refused_apart_from_each_other() -> Result<()> {
    let _turn = beside_others();
    for (arguments, why) in [
        (&["run", "netns"][..], "use manager bare"),
        (
            &["run", "hello-world", "--manager", "bare"],
            "is done in a container",
        ),
        (
            &["run", "netns", "--manager", "bare", "--network", "host"],
            "leave them out",
        ),
        (
            &["run", "hello-world", "--runtime", "none"],
            "bare has no runtime",
        ),
    ] {
        let output = ctrprof::command()?.args(arguments).output()?;
        let stderr = String::from_utf8_lossy(&output.stderr);
        ensure!(!output.status.success(), "{arguments:?} ran");
        ensure!(stderr.contains(why), "{arguments:?}: {stderr}");
    }
    Ok(())
}
