//! Who joins what is traced, and who does not.

use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};
use ctrprof_tests::ctrprof::{self, Level};
use ctrprof_tests::report;
use ctrprof_tests::scratch::Scratch;
use ctrprof_tests::turn::alone;

/// Makes and removes bridges in a network namespace of its own, so many times.
const BRIDGES: &str = "i=0; while [ $i -lt $1 ]; do \
    ip link add ctrprof-bridge type bridge && ip link del ctrprof-bridge || exit 1; \
    i=$((i+1)); done";

/// How many bridges are made under the profiler.
const TRACED_BRIDGES: usize = 20;

/// A process that is killed and reaped when dropped.
struct Busy(Child);

impl Drop for Busy {
    fn drop(&mut self) {
        if let Err(error) = self.0.kill().and_then(|()| self.0.wait()) {
            eprintln!("failed to end a process: {error}");
        }
    }
}

#[test]
fn who_waits_for_the_same_kernel_lock_does_not_join() -> Result<()> {
    let _turn = alone();
    let scratch = Scratch::new()?;
    let recording = scratch.path().join("recording");
    // Both hold rtnl_mutex most of the time, and each wakes the other when it lets go of it, inside
    // of a send to the kernel.
    let stranger = Command::new("unshare")
        .args(["--net", "sh", "-c", BRIDGES, "sh", "100000"])
        .stderr(Stdio::inherit())
        .spawn()
        .context("failed to start unshare")?;
    let mut stranger = Busy(stranger);
    let count = TRACED_BRIDGES.to_string();
    let traced = ["unshare", "--net", "sh", "-c", BRIDGES, "sh", &count];
    let report = ctrprof::traced_report(Level::Full, &recording, &traced)?;
    ensure!(
        stranger.0.try_wait()?.is_none(),
        "the stranger ended before what was traced"
    );
    let processes = report::processes(&report);
    let of_ip = processes.iter().filter(|(name, _)| *name == "ip").count();
    ensure!(
        of_ip == 2 * TRACED_BRIDGES,
        "{of_ip} processes of ip for {TRACED_BRIDGES} bridges"
    );
    Ok(())
}

#[test]
fn who_waits_for_the_lock_of_a_folder_does_not_join() -> Result<()> {
    let _turn = alone();
    let scratch = Scratch::new()?;
    let recording = scratch.path().join("recording");
    let folder = scratch.path().join("folder");
    std::fs::create_dir(&folder)?;
    let folder = folder.to_str().context("not UTF-8")?;
    // Each wakes the other when it lets go of the folder, one of them inside of a connect.
    let program = env!("CARGO_BIN_EXE_busy-folder");
    let stranger = Command::new(program)
        .args(["files", folder])
        .stderr(Stdio::inherit())
        .spawn()
        .context("failed to start the stranger")?;
    let mut stranger = Busy(stranger);
    let traced = [program, "connect", folder, "20000"];
    let report = ctrprof::traced_report(Level::Summary, &recording, &traced)?;
    ensure!(stranger.0.try_wait()?.is_none(), "the stranger ended");
    let processes = report::processes(&report);
    let of_it = processes.iter().filter(|(name, _)| *name == "busy-folder");
    ensure!(of_it.count() == 1, "{processes:?}");
    Ok(())
}
