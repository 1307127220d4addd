//! `ctrprof profile`: recordings beside each other.

use anyhow::{Context, Result, ensure};
use ctrprof_tests::ctrprof::{command, succeeded};
use ctrprof_tests::scratch::Scratch;
use ctrprof_tests::turn::beside_others;
use serde_json::Value;

const IMAGES: [&str; 2] = ["host-gnu", "host-busybox"];

/// Records io-write in each image, once, and returns what `profile` prints of them.
fn profiled(scratch: &Scratch, options: &[&str]) -> Result<String> {
    let output = command()?
        .arg("profile")
        .args(IMAGES.map(|image| scratch.path().join(image)))
        .args(options)
        .output()?;
    succeeded(&output)?;
    Ok(String::from_utf8(output.stdout)?)
}

#[test]
fn tars_of_two_images_make_seven_and_sixteen_calls_a_file() -> Result<()> {
    let _turn = beside_others();
    let scratch = Scratch::new()?;
    for image in IMAGES {
        let output = command()?
            .args([
                "run", "io-write", "--size", "md", "--quiet", "--image", image,
            ])
            .args(["--storage", "overlay", "-o"])
            .arg(scratch.path().join(image))
            .output()?;
        succeeded(&output)?;
    }
    let profile: Value = serde_json::from_str(&profiled(&scratch, &["--format", "json"])?)?;
    ensure!(profile["unit"]["name"] == "file", "{}", profile["unit"]);
    let milli = |side: usize| profile["sides"][side]["calls_milli"].as_u64().unwrap_or(0);
    for (side, low, high) in [(0, 6_500, 7_600), (1, 15_500, 17_000)] {
        let found = milli(side);
        ensure!((low..high).contains(&found), "{}: {found}", IMAGES[side]);
    }
    // By name: what each makes once, or three times, for a file; startup is the rest.
    let calls = profile["calls"].as_array().context("no calls")?;
    for (name, gnu, busybox) in [
        ("fchown", 1, 0),
        ("fchmod", 1, 0),
        ("openat", 1, 3),
        ("close", 1, 3),
        ("read", 0, 3),
        ("sendfile", 0, 1),
        ("unlink", 0, 1),
        ("chown", 0, 1),
        ("chmod", 0, 1),
        ("newfstatat", 0, 2),
        ("utimensat", 1, 1),
    ] {
        let row = calls.iter().find(|row| row["syscall"] == name);
        let row = row.with_context(|| format!("no {name}"))?;
        for (side, expected) in [(0, gnu), (1, busybox)] {
            let found = row["sides"][side]["per_unit_milli"].as_u64();
            let found = found.context("no count")? / 1_000;
            ensure!(found == expected, "{name} of {}: {found}", IMAGES[side]);
        }
    }
    let unlink = calls.iter().find(|row| row["syscall"] == "unlink");
    ensure!(unlink.is_some_and(|row| row["only"] == 1), "{unlink:?}");
    let text = profiled(&scratch, &[])?;
    for expected in ["calls for a file", "unlink ENOENT", "openat /etc/passwd"] {
        ensure!(text.contains(expected), "{expected:?} is not in:\n{text}");
    }
    Ok(())
}
