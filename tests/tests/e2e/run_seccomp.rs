//! Seccomp profiles: in force where they were asked for, and no hindrance to the workloads.

use std::fs;

use anyhow::{Context, Result, ensure};
use ctrprof_tests::engine::Scene;
use ctrprof_tests::scratch::Scratch;
use ctrprof_tests::turn::{alone, beside_others};
use ctrprof_tests::{ctrprof, form, report};
use engine::image;
use engine::workload::catalogue::Kind;
use setup::configuration::{NetworkKind, SeccompChoice};
use setup::image::ImageSource;
use setup::runtime::RuntimeChoice;
use setup::size::Size;

const RUNTIMES: [&str; 2] = ["crun", "runc"];

/// The mode of the shell itself, 2 for a filter (proc_pid_status(5)), and whether it may make a user
/// namespace, for which no capability is needed.
const LOOK: &str = "grep ^Seccomp: /proc/self/status; \
    if unshare -U true 2> /tmp/said; then echo may; \
    elif grep -q 'not permitted' /tmp/said; then echo may not; else cat /tmp/said; fi";

fn scene(runtime: &str, seccomp: SeccompChoice, image: ImageSource) -> Result<Scene> {
    let mut scene = Scene::new()?;
    let configuration = &mut scene.spec.configuration;
    configuration.runtime = RuntimeChoice::named(runtime);
    configuration.seccomp = seccomp;
    configuration.image = image;
    scene.spec.image = image::prepare(&configuration.image, &scene.spec.workload)?;
    Ok(scene)
}

#[test]
fn the_profile_is_in_force_in_what_is_executed() -> Result<()> {
    let _turn = beside_others();
    for runtime in RUNTIMES {
        for (choice, expected) in [
            (SeccompChoice::Default, "Seccomp:\t2\nmay not\n"),
            (SeccompChoice::None, "Seccomp:\t0\nmay\n"),
            (SeccompChoice::Usual, "Seccomp:\t0\nmay\n"),
        ] {
            let scene = scene(runtime, choice, ImageSource::HostBusybox)?;
            let outcome = scene.expect(LOOK, expected);
            outcome.with_context(|| format!("{runtime} {choice}"))?;
        }
    }
    Ok(())
}

#[test]
fn every_workload_works_under_the_profile() -> Result<()> {
    let _turn = beside_others();
    for runtime in form::choose(vec!["runc"], RUNTIMES.to_vec()) {
        for kind in Kind::ALL {
            let mut scene = scene(runtime, SeccompChoice::Default, ImageSource::HostGnu)?;
            let spec = &mut scene.spec;
            spec.workload = kind.workload(kind.has_sizes().then_some(Size::Xs));
            spec.image = image::prepare(&spec.configuration.image, &spec.workload)?;
            if spec.workload.needs.network {
                spec.configuration.network = NetworkKind::Bridge;
            }
            scene
                .succeed()
                .with_context(|| format!("{runtime} {kind}"))?;
        }
    }
    Ok(())
}

#[test]
fn the_report_shows_what_loads_the_filter_and_the_profile_is_recorded() -> Result<()> {
    let _turn = alone();
    for runtime in RUNTIMES {
        let scratch = Scratch::new()?;
        let recording = scratch.path().join("recording");
        let output = ctrprof::command()?
            .args(["run", "hello-world", "--runtime", runtime])
            .args(["--seccomp", "default", "-o"])
            .arg(&recording)
            .output()?;
        ctrprof::succeeded(&output)?;
        let report = ctrprof::report(&recording)?;
        report::paths_are_whole(&report)?;
        ensure!(
            report::parts(&report, "security").contains(&"seccomp"),
            "{runtime}"
        );
        assert_eq!(
            report["runs"][0]["configuration"]["seccomp"], "default",
            "{runtime}"
        );
    }
    Ok(())
}

#[test]
fn managers_use_or_leave_out_their_own_profile_as_told() -> Result<()> {
    let _turn = beside_others();
    let scratch = Scratch::new()?;
    for (manager, choice, mode) in [
        ("podman", "usual", 2),
        ("podman", "none", 0),
        ("containerd", "usual", 0),
        ("containerd", "default", 2),
    ] {
        let script = scratch.path().join("look.sh");
        fs::write(
            &script,
            format!("grep -q '^Seccomp:.{mode}' /proc/self/status"),
        )?;
        let output = ctrprof::command()?
            .args(["run", "--manager", manager, "--seccomp", choice, "script"])
            .arg(&script)
            .output()?;
        ctrprof::succeeded(&output).with_context(|| format!("{manager} {choice}"))?;
    }
    Ok(())
}

#[test]
fn the_library_runtime_is_refused_a_profile() -> Result<()> {
    let _turn = beside_others();
    let output = ctrprof::command()?
        .args(["run", "hello-world", "--seccomp", "default"])
        .output()?;
    let stderr = String::from_utf8_lossy(&output.stderr);
    ensure!(!output.status.success(), "it ran");
    ensure!(stderr.contains("without libseccomp"), "{stderr}");
    Ok(())
}
