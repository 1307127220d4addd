//! The embedded engine on the real kernel: every stage, the right surroundings inside, and
//! nothing left behind, however it ends.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command};

use anyhow::{Context, Result, ensure};
use ctrprof_tests::engine::{Scene, groups_named, processes_in, shell, wait_until};
use ctrprof_tests::turn::{alone, beside_others};
use engine::workload::Workload;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use setup::runtime::RuntimeChoice;
use setup::storage::StorageChoice;
use trace::mark::{MarkCode, Stage};

const STAGES: [Stage; 5] = [
    Stage::Create,
    Stage::Start,
    Stage::Exec,
    Stage::Stop,
    Stage::Remove,
];
#[test]
fn a_container_goes_through_every_stage_and_leaves_nothing() -> Result<()> {
    let _turn = beside_others();
    let mut scene = Scene::new()?;
    scene.spec.runs = 3;
    scene.succeed()?;
    let report = scene.report()?;
    assert_eq!(report.description["storage"], "overlay");
    assert_eq!(report.runs.len(), 3);
    for (index, run) in report.runs.iter().enumerate() {
        assert_eq!(run.run, index as u64 + 1);
        let stages: Vec<Stage> = run.stages.iter().map(|timing| timing.stage).collect();
        assert_eq!(stages, STAGES);
        for pair in run.stages.windows(2) {
            assert!(pair[0].started_ns < pair[0].ended_ns);
            assert!(pair[0].ended_ns <= pair[1].started_ns);
        }
    }
    Ok(())
}

#[test]
fn marks_are_set_at_both_edges_of_each_stage_with_the_number_of_the_run() -> Result<()> {
    let _turn = beside_others();
    let mut scene = Scene::new()?;
    scene.spec.runs = 2;
    let trace = scene.folder.path().join("strace");
    let status = Command::new("strace")
        .args(["-f", "-e", "trace=prctl", "-o"])
        .arg(&trace)
        .arg(ctrprof_tests::ctrprof::binary()?)
        .args(scene.arguments()?)
        .status()
        .context("failed to run strace; install it")?;
    assert!(status.success());
    let marks: Vec<String> = fs::read_to_string(trace)?
        .lines()
        .filter_map(|line| line.split_once("prctl(0x4354524d"))
        .map(|(_, rest)| {
            rest.split(", ")
                .skip(1)
                .take(2)
                .collect::<Vec<_>>()
                .join(" ")
        })
        .collect();
    let expected: Vec<String> = (1..=2)
        .flat_map(|run| {
            STAGES.into_iter().flat_map(move |stage| {
                [MarkCode::Begin(stage), MarkCode::End(stage)]
                    .map(|mark| format!("{:#x} {run:#x}", mark.to_u64()))
            })
        })
        .collect();
    assert_eq!(marks, expected);
    Ok(())
}

#[test]
fn the_container_is_alone_in_its_namespaces() -> Result<()> {
    let _turn = beside_others();
    let script = "set -- /proc/[0-9]*; echo pids $#; cat /proc/1/comm; \
        tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' '; cat /proc/sys/kernel/hostname | cut -c1-8";
    // The entry point and the shell, or a child of it that expands nothing.
    Scene::new()?.expect(script, "pids 2\nsleep\nlo\nctrprof-\n")
}

#[test]
fn the_container_has_one_cpu_and_one_gibibyte() -> Result<()> {
    let _turn = beside_others();
    let script = "cd /sys/fs/cgroup; if [ -e memory.max ]; then cat memory.max cpu.max; else \
        cat memory/memory.limit_in_bytes; echo $(cat cpu/cpu.cfs_quota_us cpu/cpu.cfs_period_us); fi";
    Scene::new()?.expect(script, "1073741824\n100000 100000\n")
}

#[test]
fn sigpipe_has_its_default_action_in_the_container() -> Result<()> {
    let _turn = beside_others();
    // Bit 12 of the mask of ignored signals (proc_pid_status(5)) is signal 13, SIGPIPE.
    let script = "for pid in 1 self; do read -r _ mask <<EOF\n\
        $(grep SigIgn /proc/$pid/status)\nEOF\necho $((0x$mask & 0x1000)); done";
    Scene::new()?.expect(script, "0\n0\n")
}

#[test]
fn a_wrong_result_fails_the_run_with_what_was_found() -> Result<()> {
    let _turn = beside_others();
    let mut scene = Scene::new()?;
    scene.spec.workload.command = ["/bin/echo", "hello", "moon"].map(str::to_owned).into();
    let message = scene.fail()?;
    assert!(message.contains("hello moon"), "{message}");
    let report = scene.report()?;
    assert_eq!(report.failures().count(), 1);
    Ok(())
}

#[test]
fn a_workload_that_fails_fails_the_run_with_its_exit_code() -> Result<()> {
    let _turn = beside_others();
    let mut scene = Scene::new()?;
    scene.spec.workload = shell("echo sorry >&2; exit 7");
    let message = scene.fail()?;
    assert!(
        message.contains("exit status: 7") && message.contains("sorry"),
        "{message}"
    );
    Ok(())
}

#[test]
fn a_command_that_is_not_in_the_image_fails_the_run() -> Result<()> {
    let _turn = beside_others();
    let mut scene = Scene::new()?;
    scene.spec.workload.command = vec!["/bin/no-such-program".to_owned()];
    let message = scene.fail()?;
    assert!(message.contains("no-such-program"), "{message}");
    Ok(())
}

#[test]
fn sigterm_and_ctrl_c_end_it_cleanly_in_the_middle_of_an_exec() -> Result<()> {
    let _turn = beside_others();
    for signal in [Signal::SIGTERM, Signal::SIGINT] {
        let mut scene = Scene::new()?;
        let engine = scene.hanging()?;
        let pid = engine.id();
        kill(Pid::from_raw(pid.cast_signed()), signal)?;
        let output = engine.wait_with_output()?;
        assert_eq!(output.status.code(), Some(128 + signal as i32));
        scene.check_nothing_is_left(pid)?;
    }
    Ok(())
}

#[test]
fn after_kill_9_no_process_is_left_and_the_next_engine_removes_the_rest() -> Result<()> {
    let _turn = alone();
    let mut scene = Scene::new()?;
    let engine = scene.hanging()?;
    kill_and_remove_by_the_next(&mut scene, engine)
}

/// Kills an engine, waits until its world has ended, which lives until then for whoever would sweep
/// it, and has another engine remove what is left.
fn kill_and_remove_by_the_next(scene: &mut Scene, mut engine: Child) -> Result<()> {
    let killed = engine.id();
    let name = format!("ctrprof-{killed}-");
    ensure!(!groups_named(&name)?.is_empty(), "there is no group");
    engine.kill()?;
    engine.wait()?;
    wait_until("the container ends", || Ok(processes_in(&name)?.is_empty()))?;
    scene.spec.workload = Workload::hello_world();
    scene.succeed()?;
    // An engine of another test may have come first, and be at it.
    wait_until("everything is removed", || {
        Ok(scene.check_nothing_is_left(killed).is_ok())
    })?;
    scene.check_nothing_is_left(killed)
}

#[test]
fn a_container_of_crun_that_outlived_its_engine_is_removed_by_the_next_one() -> Result<()> {
    let _turn = alone();
    let mut scene = Scene::new()?;
    scene.spec.configuration.runtime = RuntimeChoice::named("crun");
    let engine = scene.hanging()?;
    kill_and_remove_by_the_next(&mut scene, engine)
}

#[test]
fn where_no_overlay_can_be_mounted_a_copy_stands_in_and_says_so() -> Result<()> {
    let _turn = beside_others();
    let mut scene = Scene::new()?;
    scene.spec.configuration.storage = StorageChoice::Auto;
    // The upper layer of an overlay cannot lie on an overlay.
    let script = "cd \"$0\" && mkdir lower upper work && \
        mount -t overlay -o lowerdir=lower,upperdir=upper,workdir=work x base && exec \"$@\"";
    let output = Command::new("unshare")
        .args(["--mount", "sh", "-c", script])
        .arg(scene.folder.path())
        .arg(ctrprof_tests::ctrprof::binary()?)
        .args(scene.arguments()?)
        .output()?;
    let stderr = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{stderr}");
    assert!(stderr.contains("vfs stands in for overlay"), "{stderr}");
    let report = scene.report()?;
    assert_eq!(report.description["storage"], "vfs");
    assert_eq!(report.warnings.len(), 1);
    Ok(())
}

#[test]
fn an_image_without_the_entry_point_fails_in_create_and_leaves_nothing() -> Result<()> {
    let _turn = beside_others();
    let mut scene = Scene::new()?;
    let image = scene.folder.path().join("empty");
    fs::create_dir(&image)?;
    scene.spec.image.root = image;
    let message = scene.fail()?;
    assert!(
        message.contains("create") && message.contains("/bin/sleep"),
        "{message}"
    );
    assert!(scene.report()?.runs[0].stages.is_empty());
    Ok(())
}

#[test]
fn whoever_is_not_root_is_told_so() -> Result<()> {
    let _turn = beside_others();
    let scene = Scene::new()?;
    // The program lies where other users may not look, so it is started by name of a descriptor.
    let output = Command::new("setpriv")
        .args(["--reuid", "65534", "--clear-groups", "sh", "-c"])
        .arg("exec /proc/self/fd/0 \"$@\"")
        .arg("sh")
        .args(scene.arguments()?)
        .stdin(fs::File::open(ctrprof_tests::ctrprof::binary()?)?)
        .output()?;
    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(
        stderr.contains("runs as user 65534; run it as root"),
        "{stderr}"
    );
    Ok(())
}

#[test]
fn an_unknown_runtime_is_refused_before_the_first_run() -> Result<()> {
    let _turn = beside_others();
    let mut scene = Scene::new()?;
    scene.spec.configuration.runtime = RuntimeChoice::named("no-such-runtime");
    let message = scene.fail()?;
    assert!(message.contains("no runtime no-such-runtime"), "{message}");
    Ok(())
}

#[test]
fn crun_takes_a_container_through_every_stage() -> Result<()> {
    let _turn = beside_others();
    through_every_stage("crun")
}

#[test]
fn runc_takes_a_container_through_every_stage() -> Result<()> {
    let _turn = beside_others();
    through_every_stage("runc")
}

#[test]
fn a_runtime_may_wait_for_what_it_left_to_the_engine() -> Result<()> {
    let _turn = beside_others();
    let mut scene = Scene::new()?;
    // As runsc leaves the server of a container's files, and asks the kernel whether it is gone.
    let runtime = scene.folder.path().join("crun-with-a-server");
    let script = r#"#!/bin/sh
        case " $* " in
        *" create "*) sleep 1 & echo $! > "$0.server" ;;
        *" start "*) echo too tired >&2; exit 1 ;;
        *" delete "*)
            for look in $(seq 500); do kill -0 "$(cat "$0.server")" || exec crun "$@"; sleep 0.01; done
            echo the server is still there >&2; exit 1 ;;
        esac
        exec crun "$@""#;
    fs::write(&runtime, script)?;
    fs::set_permissions(&runtime, fs::Permissions::from_mode(0o755))?;
    scene.spec.configuration.runtime = RuntimeChoice::Program(runtime);
    let message = scene.fail()?;
    assert!(message.contains("too tired"), "{message}");
    assert!(!message.contains("server is still there"), "{message}");
    Ok(())
}

fn through_every_stage(runtime: &str) -> Result<()> {
    let mut scene = Scene::new()?;
    scene.spec.configuration.runtime = RuntimeChoice::named(runtime);
    scene.spec.runs = 2;
    scene.succeed()?;
    let report = scene.report()?;
    for run in &report.runs {
        let stages: Vec<Stage> = run.stages.iter().map(|timing| timing.stage).collect();
        assert_eq!(stages, STAGES);
    }
    // A container that was interrupted under a runtime of its own is removed too.
    let engine = scene.hanging()?;
    let pid = engine.id();
    kill(Pid::from_raw(pid.cast_signed()), Signal::SIGTERM)?;
    assert_eq!(engine.wait_with_output()?.status.code(), Some(143));
    scene.check_nothing_is_left(pid)
}
