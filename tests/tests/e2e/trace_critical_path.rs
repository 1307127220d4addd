//! The critical path of tracees whose critical path is known.

use anyhow::{Context, Result, ensure};
use ctrprof_tests::ctrprof::{self, Level};
use ctrprof_tests::folded::{self, Piece, total_ns};
use ctrprof_tests::loop_device::LoopDevice;
use ctrprof_tests::real_time::turn_ms;
use ctrprof_tests::report;
use ctrprof_tests::scratch::Scratch;
use ctrprof_tests::tries;
use ctrprof_tests::turn::alone;

const MS: u64 = 1_000_000;

/// Traces a command and returns its critical path, after checking that it adds up to the stage.
fn path_of(traced: &[&str]) -> Result<Vec<Piece>> {
    let scratch = Scratch::new()?;
    let recording = scratch.path().join("recording");
    let report = ctrprof::traced_report(Level::Full, &recording, traced)?;
    let stages = report::stages(&report);
    let [stage] = stages.as_slice() else {
        anyhow::bail!("a command has one stage, not {}", stages.len());
    };
    let wall_ns = stage["wall_ns"]
        .as_u64()
        .context("the stage has no wall_ns")?;
    let phases = stage["phases"]
        .as_array()
        .context("the stage has no phases")?;
    let phases_ns: u64 = phases
        .iter()
        .filter_map(|phase| phase["critical_path_ns"].as_u64())
        .sum();
    assert_eq!(
        phases_ns, wall_ns,
        "phases on the critical path and wall time"
    );
    let path = folded::critical_path(&recording)?;
    assert_eq!(total_ns(&path, |_| true), wall_ns, "segments and wall time");
    let unknown_ns = total_ns(&path, |piece| piece.phase == "unknown");
    assert!(
        unknown_ns * 50 < wall_ns,
        "{unknown_ns} ns of {wall_ns} ns are unknown: {path:?}"
    );
    Ok(path)
}

/// Within 5 % or a millisecond, whichever is more. That must hold a tracee's own beginning, too, and
/// interrupts, which its CPU clock leaves out.
fn about(what: &str, actual_ns: u64, expected_ns: u64, path: &[Piece]) -> Result<()> {
    let tolerance_ns = (expected_ns / 20).max(MS);
    ensure!(
        actual_ns.abs_diff(expected_ns) <= tolerance_ns,
        "{what}: {actual_ns} ns, expected {expected_ns} ± {tolerance_ns} ns, in {path:#?}"
    );
    Ok(())
}

/// Repeats a measurement that others on the machine may have disturbed: one in three must be as
/// expected. What holds whatever the machine does is asserted, and not repeated.
fn settled(name: &str, measure: impl Fn() -> Result<()>) -> Result<()> {
    tries::one_of(3, name, |_| Ok(measure()))
}

fn user_ns(path: &[Piece], process: &str) -> u64 {
    total_ns(path, |piece| {
        piece.phase == "user" && piece.process == process
    })
}

#[test]
fn waiting_for_a_sleeping_child_is_its_timer() -> Result<()> {
    let _turn = alone();
    settled("waiting_for_a_sleeping_child_is_its_timer", || {
        let path = path_of(&[env!("CARGO_BIN_EXE_wait-for-child"), "sleep", "50"])?;
        let slept_ns = total_ns(&path, |piece| {
            piece.phase == "ipc" && piece.frames.iter().any(|frame| frame.contains("nanosleep"))
        });
        about("the child's sleep", slept_ns, 50 * MS, &path)?;
        Ok(())
    })
}

#[test]
fn waiting_for_a_computing_child_is_its_user_time() -> Result<()> {
    let _turn = alone();
    settled("waiting_for_a_computing_child_is_its_user_time", || {
        let path = path_of(&[env!("CARGO_BIN_EXE_wait-for-child"), "burn", "100"])?;
        about(
            "the child's user time",
            user_ns(&path, "wait-for-child"),
            100 * MS,
            &path,
        )?;
        Ok(())
    })
}

#[test]
fn waiting_for_a_reading_child_is_its_files_and_the_disk() -> Result<()> {
    let _turn = alone();
    let scratch = Scratch::new()?;
    let file = scratch.path().join("file");
    std::fs::write(&file, vec![1_u8; 1 << 25])?;
    let path = path_of(&[
        env!("CARGO_BIN_EXE_wait-for-child"),
        "read",
        file.to_str().context("not UTF-8")?,
    ])?;
    let read_ns = total_ns(&path, |piece| {
        ["files", "disk"].contains(&piece.phase.as_str())
            && piece.frames.iter().any(|frame| frame == "read")
    });
    let waited_ns = total_ns(&path, |piece| {
        piece.frames.iter().any(|frame| frame == "wait4")
    });
    assert!(
        read_ns > waited_ns,
        "read {read_ns} ns, waited {waited_ns} ns: {path:#?}"
    );
    Ok(())
}

#[test]
fn a_chain_of_processes_is_followed_to_each_one_s_part() -> Result<()> {
    let _turn = alone();
    settled(
        "a_chain_of_processes_is_followed_to_each_one_s_part",
        || {
            let path = path_of(&[env!("CARGO_BIN_EXE_relay"), "40", "20", "40", "3"])?;
            about(
                "the client's part",
                user_ns(&path, "relay"),
                120 * MS,
                &path,
            )?;
            about(
                "the server's part",
                user_ns(&path, "relay-server"),
                60 * MS,
                &path,
            )?;
            about(
                "the worker's part",
                user_ns(&path, "relay-worker"),
                120 * MS,
                &path,
            )?;
            Ok(())
        },
    )
}

#[test]
fn a_contended_futex_is_its_holder_s_user_time() -> Result<()> {
    let _turn = alone();
    settled("a_contended_futex_is_its_holder_s_user_time", || {
        let path = path_of(&[env!("CARGO_BIN_EXE_contended-futex"), "100"])?;
        about(
            "the holder's user time",
            user_ns(&path, "contended-futex"),
            100 * MS,
            &path,
        )?;
        Ok(())
    })
}

#[test]
fn a_throttled_reader_is_its_writer_s_user_time() -> Result<()> {
    let _turn = alone();
    settled("a_throttled_reader_is_its_writer_s_user_time", || {
        let path = path_of(&[env!("CARGO_BIN_EXE_throttled-pipe"), "10", "10"])?;
        about(
            "the writer's user time",
            user_ns(&path, "throttled-pipe"),
            100 * MS,
            &path,
        )?;
        Ok(())
    })
}

#[test]
fn fsync_waits_for_the_disk() -> Result<()> {
    let _turn = alone();
    let scratch = Scratch::new()?;
    let disk = LoopDevice::new(scratch.path(), 64 << 20)?;
    let mount_point = scratch.path().join("mounted");
    std::fs::create_dir(&mount_point)?;
    let mount_point = mount_point.to_str().context("not UTF-8")?;
    // The mount lives and dies with its namespace.
    let script = format!(
        "mount {} {mount_point} && exec {} {mount_point}/file 50",
        disk.path(),
        env!("CARGO_BIN_EXE_sync-file")
    );
    let path = path_of(&["unshare", "--mount", "sh", "-c", &script])?;
    let in_fsync = |piece: &Piece| piece.frames.iter().any(|frame| frame == "fsync");
    let fsync_ns = total_ns(&path, in_fsync);
    let disk_ns = total_ns(&path, |piece| in_fsync(piece) && piece.phase == "disk");
    assert!(
        disk_ns * 2 > fsync_ns && disk_ns > 0,
        "{disk_ns} ns of {fsync_ns} ns in fsync are disk: {path:#?}"
    );
    Ok(())
}

#[test]
fn network_namespaces_wait_for_grace_periods_or_named_locks() -> Result<()> {
    let _turn = alone();
    let unshare = env!("CARGO_BIN_EXE_unshare-net");
    // Enough at once that they are in each other's way on any number of CPUs.
    let script = format!("for loop in $(seq 16); do {unshare} 50 & done; wait");
    // The one that ends last, which the path leads through, may have had the lock whenever it ran.
    settled(
        "network_namespaces_wait_for_grace_periods_or_named_locks",
        || {
            let path = path_of(&["sh", "-c", &script])?;
            let waited_ns = total_ns(&path, |piece| {
                ["locks", "rcu"].contains(&piece.phase.as_str())
            });
            (waited_ns > 0)
                .then_some(())
                .with_context(|| format!("neither locks nor rcu: {path:#?}"))
        },
    )
}

#[test]
fn a_starved_thread_waits_for_its_cpu() -> Result<()> {
    let _turn = alone();
    settled("a_starved_thread_waits_for_its_cpu", || {
        let turn_ms = turn_ms()?;
        let work_ms = turn_ms * 3 / 2;
        let path = path_of(&[env!("CARGO_BIN_EXE_starved-thread"), &work_ms.to_string()])?;
        about(
            "its own user time",
            user_ns(&path, "starved-thread"),
            work_ms * MS,
            &path,
        )?;
        // The other thread's turn; others have theirs when that is over.
        let waited_ns = total_ns(&path, |piece| piece.phase == "runqueue");
        assert!(
            waited_ns > turn_ms * 9 / 10 * MS,
            "waited {waited_ns} ns for the CPU: {path:#?}"
        );
        Ok(())
    })
}
