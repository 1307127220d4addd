//! The workloads in the images, without an engine: each command in a chroot(2) of the prepared
//! root, its result checked, its system calls counted.

use std::fs;
use std::net::SocketAddr;
use std::process::Command;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use ctrprof_tests::chroot::{Root, tar_calls_per_file};
use ctrprof_tests::scratch::Scratch;
use ctrprof_tests::turn::beside_others;
use engine::image;
use engine::image::ImageError;
use engine::workload::Workload;
use engine::workload::catalogue::{Kind, PING_TARGET};
use engine::workload::http::{self, HttpError};
use nix::sched::{CloneFlags, unshare};
use setup::image::ImageSource;
use setup::size::Size;

const SOURCES: [ImageSource; 2] = [ImageSource::HostGnu, ImageSource::HostBusybox];

/// Does `work` in a network namespace of its own, whose loopback has the address that is pinged.
fn in_a_network<T: Send>(work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    let enter_and_work = || {
        unshare(CloneFlags::CLONE_NEWNET)?;
        for arguments in [
            &["link", "set", "lo", "up"][..],
            &["address", "add", PING_TARGET, "dev", "lo"],
        ] {
            ensure!(
                Command::new("ip").args(arguments).status()?.success(),
                "ip {arguments:?} failed"
            );
        }
        work()
    };
    thread::scope(|scope| {
        scope
            .spawn(enter_and_work)
            .join()
            .unwrap_or_else(|_| anyhow::bail!("the thread panicked"))
    })
}

fn check(root: &Root, workload: &Workload) -> Result<()> {
    workload.check(&root.run(&workload.command)?)?;
    if let Some(response) = &workload.response {
        let address = SocketAddr::from(([127, 0, 0, 1], response.container_port));
        http::first_good_answer::<HttpError>(
            address,
            response,
            Duration::from_secs(10),
            || Ok(()),
        )?;
    }
    if let Some(verification) = &workload.verification {
        verification.check(&root.run(&verification.command)?)?;
    }
    Ok(())
}

#[test]
fn every_workload_gives_its_right_answer_in_every_image() -> Result<()> {
    let _turn = beside_others();
    for source in &SOURCES {
        for kind in Kind::ALL {
            let workload = kind.workload(kind.has_sizes().then_some(Size::Xs));
            let root = Root::new(source, &workload)?;
            in_a_network(|| check(&root, &workload))
                .with_context(|| format!("{kind} in {source}"))?;
        }
    }
    Ok(())
}

#[test]
fn a_result_that_was_tampered_with_is_found() -> Result<()> {
    let _turn = beside_others();
    let workload = Kind::IoWrite.workload(Some(Size::Xs));
    let root = Root::new(&ImageSource::HostBusybox, &workload)?;
    workload.check(&root.run(&workload.command)?)?;
    let verification = workload.verification.context("io-write is verified")?;
    verification.check(&root.run(&verification.command)?)?;
    fs::write(root.path().join("data/out/000003"), "short")?;
    ensure!(
        verification
            .check(&root.run(&verification.command)?)
            .is_err()
    );
    Ok(())
}

/// The system calls for each further file: this is where the images differ.
#[test]
fn busybox_tar_makes_twice_the_calls_of_gnu_tar() -> Result<()> {
    let _turn = beside_others();
    let [gnu, busybox] = SOURCES.each_ref().map(tar_calls_per_file);
    let (gnu, busybox) = (gnu?, busybox?);
    ensure!((6.5..8.0).contains(&gnu), "GNU tar made {gnu} for a file");
    ensure!(
        (15.0..17.5).contains(&busybox),
        "BusyBox tar made {busybox} for a file"
    );
    Ok(())
}

/// musl marks each table of names twice as closed on exec, and seeks back in it.
#[test]
fn tar_linked_with_musl_makes_three_times_the_calls_of_gnu_tar() -> Result<()> {
    let _turn = beside_others();
    let lacking = image::missing_programs(&ImageSource::MuslBusybox);
    if let Some(program) = lacking.first() {
        println!("not tested: musl-busybox, for want of {}", program.name);
        return Ok(());
    }
    match image::prepare(&ImageSource::MuslBusybox, &Workload::hello_world()) {
        Ok(_) => {}
        // No network, or no archive of sources.
        Err(ImageError::Tool { program, message }) if program.contains("apt-") => {
            println!("not tested: musl-busybox, for {program} failed: {message}");
            return Ok(());
        }
        Err(error) => return Err(error.into()),
    }
    let calls = tar_calls_per_file(&ImageSource::MuslBusybox)?;
    // Twenty, and what musl's malloc maps and unmaps for the first of them.
    ensure!((19.5..22.5).contains(&calls), "it made {calls} for a file");
    let workload = Kind::IoWrite.workload(Some(Size::Xs));
    let root = Root::new(&ImageSource::MuslBusybox, &workload)?;
    check(&root, &workload)
}

/// Loads an archive and prints the images: `sh -euc SCRIPT ARCHIVE PODMAN OPTIONS...`. The folders that
/// podman writes to whatever its options say are covered.
const LOAD: &str = r#"
    for folder in /dev/shm /run /var/lib; do mount -t tmpfs podman $folder; done
    "$@" load -i "$0" >&2
    "$@" images --format '{{.Repository}}:{{.Tag}}'
"#;

#[test]
fn podman_takes_the_archive_of_an_image() -> Result<()> {
    let _turn = beside_others();
    let image = image::prepare(&ImageSource::HostBusybox, &Workload::hello_world())?;
    let folder = Scratch::new()?;
    let option = |name: &str| format!("--{name}={}", folder.path().join(name).display());
    let output = Command::new("unshare")
        .args(["--mount", "--propagation", "private", "sh", "-euc", LOAD])
        .arg(image.archive()?)
        .args(["podman", &option("root"), &option("runroot")])
        .arg("--storage-driver=vfs")
        .output()?;
    ensure!(output.status.success(), "{output:?}");
    let names = String::from_utf8(output.stdout)?;
    ensure!(names.trim_end() == image.reference(), "{names}");
    Ok(())
}
