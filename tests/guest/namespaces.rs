//! Namespaces that the engine makes itself, compared with the kernel's function that deletes them.

use anyhow::{Context, Result, ensure};
use ctrprof_tests::ctrprof;
use ctrprof_tests::scratch::{Scratch, alone};
use recording::Recording;
use trace::mark::{MarkCode, Stage};
use trace::rows::Tables;

/// A stretch of the recording's clock, in nanoseconds.
type Stretch = (u64, u64);

/// One run's stages, and when the kernel deleted namespaces.
struct Run {
    create: Stretch,
    remove: Stretch,
    deletions: Vec<Stretch>,
}

fn run(workload: &str) -> Result<Run> {
    let scratch = Scratch::new()?;
    let recording = scratch.path().join("recording");
    let output = ctrprof::command()?
        .args(["run", workload, "--manager", "bare", "--size", "sm", "-o"])
        .arg(&recording)
        .output()?;
    ctrprof::succeeded(&output)?;
    let tables = Recording::open(&recording)?.tables()?;
    let run = Run {
        create: stage(&tables, Stage::Create)?,
        remove: stage(&tables, Stage::Remove)?,
        deletions: deletions(&tables)?,
    };
    println!(
        "{workload}: create {:?}, remove {:?}, deletions {:?}",
        run.create, run.remove, run.deletions
    );
    Ok(run)
}

fn stage(tables: &Tables, stage: Stage) -> Result<Stretch> {
    let at = |code: MarkCode| {
        let mark = tables.marks.iter().find(|mark| mark.code == code.to_u64());
        mark.map(|mark| mark.at_ns).context("a stage has no mark")
    };
    Ok((at(MarkCode::Begin(stage))?, at(MarkCode::End(stage))?))
}

/// Runs of `cleanup_net`, in order.
fn deletions(tables: &Tables) -> Result<Vec<Stretch>> {
    let mut names = tables.strings.iter();
    let name = names
        .find(|string| string.text == "cleanup_net")
        .context("cleanup_net never ran")?;
    let runs = tables
        .functions
        .iter()
        .filter(|run| run.function == name.id);
    let mut runs: Vec<_> = runs
        .map(|run| (run.start_ns, run.start_ns + run.duration_ns))
        .collect();
    runs.sort_unstable();
    Ok(runs)
}

fn overlap(one: Stretch, other: Stretch) -> bool {
    one.0 < other.1 && other.0 < one.1
}

#[test]
fn the_stage_remove_ends_when_the_kernel_has_deleted_them() -> Result<()> {
    let _alone = alone();
    let run = run("netns")?;
    let (begun_ns, ended_ns) = run.remove;
    let of_stage = run.deletions.iter();
    let of_stage: Vec<_> = of_stage
        .filter(|(start_ns, _)| (begun_ns..ended_ns).contains(start_ns))
        .collect();
    // The last is that of the witness, whose beginning ends the stage. Its end may come after the
    // recording's, and then it is not known.
    let over = of_stage.iter().filter(|(_, end_ns)| *end_ns <= ended_ns);
    let over = over.count();
    ensure!(over >= 1, "no deletion is over");
    ensure!(of_stage.len() - over <= 1, "several are not over");
    ensure!(
        run.deletions
            .iter()
            .all(|&deletion| !overlap(deletion, run.create)),
        "namespaces are deleted beside the stage create"
    );
    Ok(())
}

#[test]
fn churn_has_the_kernel_delete_others_beside_the_stage_create() -> Result<()> {
    let _alone = alone();
    let run = run("netns-churn")?;
    ensure!(
        run.deletions
            .iter()
            .any(|&deletion| overlap(deletion, run.create)),
        "no namespaces are deleted beside the stage create"
    );
    Ok(())
}
