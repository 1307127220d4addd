//! `ctrprof doctor` on a kernel that has everything.

use anyhow::{Context, Result};
use ctrprof_tests::ctrprof;
use ctrprof_tests::turn::alone;

/// Times mean nothing on a kernel that distrusts the emulated counter and counts ticks instead.
#[test]
fn the_guest_has_a_clock_of_fine_grain() -> Result<()> {
    let path = "/sys/devices/system/clocksource/clocksource0/current_clocksource";
    assert_eq!(std::fs::read_to_string(path)?.trim(), "tsc");
    Ok(())
}

#[test]
fn doctor_finds_function_hooks_and_control_groups_of_version_2() -> Result<()> {
    let _turn = alone();
    let output = ctrprof::command()?.arg("doctor").output()?;
    ctrprof::succeeded(&output)?;
    let text = String::from_utf8(output.stdout)?;
    let line = |name: &str| {
        text.lines()
            .find(|line| line.contains(name))
            .with_context(|| format!("doctor says nothing of {name}:\n{text}"))
    };
    assert!(line("functions are timed")?.contains('✓'));
    assert!(line("controllers")?.contains("cpu, memory, pids"));
    assert!(line("tp_btf").is_ok());
    Ok(())
}
