//! Waits for a CPU of tracees of which one knows why they wait.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};
use ctrprof_tests::ctrprof::{self, Level};
use ctrprof_tests::folded::{self, total_ns};
use ctrprof_tests::quota::QuotaGroup;
use ctrprof_tests::real_time::turn_ms;
use ctrprof_tests::scratch::Scratch;
use ctrprof_tests::throttled::{self, Throttled};
use ctrprof_tests::turn::alone;
use ctrprof_tests::{affinity, report, tries};

const MS: u64 = 1_000_000;
const LIMITED: &str = env!("CARGO_BIN_EXE_limited-burn");
/// A tenth of a CPU: less than a thread gets on a busy machine.
const LIMIT_US: (u64, u64) = (5_000, 50_000);

/// The first finding of `ctrprof diff A B`, with what it rests on.
fn held_back(scratch: &Scratch, name: &str) -> Result<Throttled> {
    let group = QuotaGroup::new(None, name, Some(LIMIT_US))?;
    throttled::trace(&[LIMITED, "25"], scratch.path(), &group)
}

/// The kernel counts from when the thread is taken off its queue until it is put back. The report counts
/// from the switch that follows until the thread runs, or until the period ends where others run first:
/// a timer's latency and a wake-up of an idle CPU apart, for which a millisecond a period is plenty.
#[test]
fn a_quota_holds_a_process_back_for_as_long_as_the_kernel_says() -> Result<()> {
    let _turn = alone();
    let name = "a_quota_holds_a_process_back_for_as_long_as_the_kernel_says";
    tries::one_of(3, name, |_| {
        let scratch = Scratch::new()?;
        let run = held_back(&scratch, "ctrprof-quota")?;
        let cause = "quota of group ctrprof-quota: 5 ms of each 50 ms";
        ensure!(run.causes == [cause], "{:?}", run.causes);
        // 25 ms of CPU time need 5 quotas, of which each leaves the rest of a period to wait.
        ensure!(run.counted_ns > 50 * MS, "only {} ns", run.counted_ns);
        let tolerance_ns = 5 * MS;
        let (path_ns, counted_ns) = (run.path_ns, run.counted_ns);
        println!("throttled: {path_ns} ns on the path, {counted_ns} ns by cpu.stat");
        Ok(if path_ns.abs_diff(counted_ns) <= tolerance_ns {
            Ok(())
        } else {
            Err(anyhow::anyhow!(
                "{path_ns} ns, the kernel says {counted_ns} ns"
            ))
        })
    })
}

#[test]
fn a_quota_is_the_first_difference() -> Result<()> {
    let _turn = alone();
    let scratch = Scratch::new()?;
    let free = QuotaGroup::new(None, "ctrprof-free", None)?;
    let free = throttled::trace(&[LIMITED, "25"], scratch.path(), &free)?;
    let limited = held_back(&scratch, "ctrprof-limited")?;
    ensure!(free.path_ns == 0, "{} ns without a quota", free.path_ns);
    let first = ctrprof::first_finding(&free.recording, &limited.recording)?.to_string();
    ensure!(
        first.contains("quota of group ctrprof-limited: 5 ms of each 50 ms"),
        "{first}"
    );
    Ok(())
}

#[test]
fn a_limit_above_the_own_group_is_told() -> Result<()> {
    let _turn = alone();
    let scratch = Scratch::new()?;
    let outer = QuotaGroup::new(None, "ctrprof-outer", Some(LIMIT_US))?;
    let inner = QuotaGroup::new(Some(&outer), "ctrprof-inner", None)?;
    let run = throttled::trace(&[LIMITED, "15"], scratch.path(), &inner)?;
    assert_eq!(
        run.causes,
        ["quota of group ctrprof-outer, above its own: 5 ms of each 50 ms"]
    );
    Ok(())
}

/// `busy-neighbour`, killed when dropped.
struct Neighbour(Child);

impl Neighbour {
    fn new(cpu: usize) -> Result<Self> {
        let mut child = Command::new(env!("CARGO_BIN_EXE_busy-neighbour"))
            .arg(cpu.to_string())
            .stdout(Stdio::piped())
            .spawn()?;
        let stdout = child.stdout.take().context("its output is piped")?;
        BufReader::new(stdout).read_line(&mut String::new())?;
        Ok(Self(child))
    }
}

impl Drop for Neighbour {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn burn_on(cpu: usize, work_ms: u64, recording: PathBuf) -> Result<PathBuf> {
    let numbers = [cpu.to_string(), work_ms.to_string()];
    let traced = [env!("CARGO_BIN_EXE_bound-burn"), &numbers[0], &numbers[1]];
    let report = ctrprof::traced_report(Level::Full, &recording, &traced)?;
    report::paths_are_whole(&report)?;
    Ok(recording)
}

#[test]
fn whoever_takes_the_cpu_is_named() -> Result<()> {
    let _turn = alone();
    let scratch = Scratch::new()?;
    tries::one_of(3, "whoever_takes_the_cpu_is_named", |attempt| {
        let (cpu, turn_ms) = (affinity::current()?, turn_ms()?);
        // More than two turns and less than three: it waits for two turns of the other's.
        let work_ms = turn_ms * 5 / 2;
        let [alone, beside] =
            ["alone", "beside"].map(|name| scratch.path().join(format!("{name}{attempt}")));
        let alone = burn_on(cpu, work_ms, alone)?;
        let neighbour = Neighbour::new(cpu)?;
        let beside = burn_on(cpu, work_ms, beside)?;
        drop(neighbour);
        let waited_ns = total_ns(&folded::critical_path(&beside)?, |piece| {
            piece.phase == "runqueue"
        });
        if waited_ns < turn_ms * MS {
            let told = anyhow::anyhow!("waited {waited_ns} ns of two turns of {turn_ms} ms");
            return Ok(Err(told));
        }
        let report = ctrprof::report(&beside)?;
        let parts = report::parts(&report, "runqueue");
        ensure!(
            parts.contains(&"behind busy-neighbour"),
            "waited behind {parts:?}"
        );
        let first = ctrprof::first_finding(&alone, &beside)?.to_string();
        Ok(if first.contains("behind busy-neighbour") {
            Ok(())
        } else {
            Err(anyhow::anyhow!("{first}"))
        })
    })
}
