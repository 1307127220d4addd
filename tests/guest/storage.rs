//! Storages that want a device mapper, and the others on a kernel that has them as modules.

use anyhow::{Result, ensure};
use ctrprof_tests::engine::{Scene, shell};
use ctrprof_tests::turn::alone;
use engine::workload::Workload;
use setup::storage::{StorageChoice, StorageKind};

/// Two containers find the image as it is, write to it, and leave nothing.
fn write_in_containers(kind: StorageKind, backing: &str) -> Result<()> {
    let _turn = alone();
    let mut scene = Scene::new()?;
    scene.spec.configuration.storage = StorageChoice::Kind(kind);
    scene.spec.configuration.backing = Some(backing.parse()?);
    scene.spec.runs = 2;
    scene.spec.workload = shell(
        "ls /root; echo x > /root/proof && cat /root/proof && rm /bin/tar && \
         mkdir /new && echo done",
    );
    scene.spec.workload.expected_stdout = Some("x\ndone\n".to_owned());
    scene.succeed()?;
    let image = &scene.spec.image.root;
    ensure!(image.join("bin/tar").exists() && !image.join("root/proof").exists());
    let description = scene.report()?.description;
    assert_eq!(description["storage"], kind.name(), "{description:?}");
    println!("{kind} on {backing}: {description:?}");
    Ok(())
}

#[test]
fn thin_devices_of_the_device_mapper_are_storage() -> Result<()> {
    write_in_containers(StorageKind::Devicemapper, "host")?;
    no_device_is_left()
}

#[test]
fn thin_volumes_of_lvm_are_storage() -> Result<()> {
    write_in_containers(StorageKind::Lvm, "host")?;
    no_device_is_left()
}

#[test]
fn snapshots_of_btrfs_are_storage() -> Result<()> {
    write_in_containers(StorageKind::Btrfs, "loop:btrfs:256M")
}

#[test]
fn overlays_on_xfs_are_storage() -> Result<()> {
    write_in_containers(StorageKind::Overlay, "loop:xfs:300M")
}

#[test]
fn fuse_overlayfs_is_storage() -> Result<()> {
    write_in_containers(StorageKind::FuseOverlayfs, "host")
}

#[test]
fn mapped_devices_of_a_killed_engine_are_removed_by_the_next_one() -> Result<()> {
    let _turn = alone();
    for kind in [StorageKind::Devicemapper, StorageKind::Lvm] {
        let mut scene = Scene::new()?;
        scene.spec.configuration.storage = StorageChoice::Kind(kind);
        let mut engine = scene.hanging()?;
        ensure!(no_device_is_left().is_err(), "{kind} has no device");
        let killed = engine.id();
        engine.kill()?;
        engine.wait()?;
        scene.spec.workload = Workload::hello_world();
        scene.succeed()?;
        scene.check_nothing_is_left(killed)?;
        no_device_is_left()?;
    }
    Ok(())
}

/// Neither mapped devices nor loop devices with a file: /sys/block lists both.
fn no_device_is_left() -> Result<()> {
    for entry in std::fs::read_dir("/sys/block")? {
        let device = entry?.path();
        let is_left = device.join("dm").exists() || device.join("loop/backing_file").exists();
        ensure!(!is_left, "{} is left", device.display());
    }
    Ok(())
}
