//! CPU quotas of control groups of version 2, on kernels that hold back whole queues.

use anyhow::{Result, ensure};
use ctrprof_tests::quota::QuotaGroup;
use ctrprof_tests::scratch::Scratch;
use ctrprof_tests::turn::alone;
use ctrprof_tests::{throttled, tries};

/// Enters the group, computes, and copies what the kernel counted, all by itself.
const TRACEE: &[&str] = &[
    "bash",
    "-c",
    "echo $$ > $1/cgroup.procs; for ((i = 0; i < 60000; i++)); do :; done; \
     mapfile -t stat < $1/cpu.stat; printf '%s\\n' \"${stat[@]}\" > $2",
    "tracee",
];

/// Half of a long period, for the guest is emulated.
const LIMIT_US: (u64, u64) = (100_000, 200_000);

#[test]
fn a_process_is_held_back_for_as_long_as_the_kernel_says() -> Result<()> {
    let _turn = alone();
    let name = "a_process_is_held_back_for_as_long_as_the_kernel_says";
    tries::one_of(3, name, |_| {
        let scratch = Scratch::new()?;
        let group = QuotaGroup::new(None, "ctrprof-quota", Some(LIMIT_US))?;
        Ok(held_back(
            &scratch,
            &group,
            "quota of group ctrprof-quota: 100 ms of each 200 ms",
        ))
    })
}

#[test]
fn a_limit_above_its_own_group_is_named() -> Result<()> {
    let _turn = alone();
    let name = "a_limit_above_its_own_group_is_named";
    tries::one_of(3, name, |_| {
        let scratch = Scratch::new()?;
        let outer = QuotaGroup::new(None, "ctrprof-outer", Some(LIMIT_US))?;
        let inner = QuotaGroup::new(Some(&outer), "ctrprof-inner", Some((180_000, 200_000)))?;
        let cause = "quota of group ctrprof-outer, above its own: 100 ms of each 200 ms";
        let run = throttled::trace(TRACEE, scratch.path(), &inner)?;
        ensure!(
            run.path_ns > 0 && run.counted_ns == 0,
            "{} and {} ns",
            run.path_ns,
            run.counted_ns
        );
        ensure!(
            run.causes.iter().any(|known| known == cause),
            "{:?}",
            run.causes
        );
        Ok(Ok(()))
    })
}

fn held_back(scratch: &Scratch, group: &QuotaGroup, cause: &str) -> Result<()> {
    let run = throttled::trace(TRACEE, scratch.path(), group)?;
    println!(
        "throttled: {} ns on the path, {} ns by cpu.stat",
        run.path_ns, run.counted_ns
    );
    ensure!(
        run.causes.iter().any(|known| known == cause),
        "{:?}",
        run.causes
    );
    ensure!(run.counted_ns > 0, "the kernel held nothing back");
    // A tenth: an emulated timer may fire some milliseconds late.
    ensure!(
        run.path_ns.abs_diff(run.counted_ns) * 10 <= run.counted_ns,
        "{} ns, the kernel says {} ns",
        run.path_ns,
        run.counted_ns
    );
    Ok(())
}
