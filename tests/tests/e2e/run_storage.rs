//! The storages of the embedded engine on the real kernel, over stores of every kind: roots that
//! are apart from the image and from each other, and nothing left behind, however it ends.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow, ensure};
use ctrprof_tests::ctrprof as program;
use ctrprof_tests::engine::{Scene, wait_until};
use ctrprof_tests::form;
use ctrprof_tests::scratch::Scratch;
use ctrprof_tests::turn::{alone, beside_others};
use engine::backing::Store;
use engine::cache::resident;
use engine::storage::missing;
use engine::workload::Workload;
use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use setup::backing::{Backing, LoopFileSystem};
use setup::storage::{StorageChoice, StorageKind};

/// Small stores of every kind: what tests write is little.
const STORES: [&str; 4] = ["host", "loop:ext4:256M", "loop:xfs:300M", "loop:btrfs:256M"];

/// Every store, or in the short form the host's and another one.
fn stores(other: &'static str) -> Vec<&'static str> {
    form::choose(vec!["host", other], STORES.to_vec())
}

fn scene(kind: StorageKind, backing: Option<&str>) -> Result<Scene> {
    let mut scene = Scene::new()?;
    scene.spec.configuration.storage = StorageChoice::Kind(kind);
    scene.spec.configuration.backing = backing.map(str::parse).transpose()?;
    Ok(scene)
}

/// Loop devices, with their files, that belong to the engine with this number or lie in its base.
fn loop_devices(scene: &Scene) -> Result<Vec<String>> {
    let base = scene.spec.base.to_string_lossy().into_owned();
    let mut found = Vec::new();
    for entry in fs::read_dir("/sys/block")? {
        let file = entry?.path().join("loop/backing_file");
        // Most devices are none, or free.
        let file = fs::read_to_string(file).unwrap_or_default();
        if file.contains(&base) {
            found.push(file);
        }
    }
    Ok(found)
}

/// Three containers find the image as it is, write to it, and leave nothing: not in the image, not
/// in the next container, not on the host.
fn write_in_containers(kind: StorageKind, backing: Option<&str>) -> Result<()> {
    let mut scene = scene(kind, backing)?;
    scene.spec.runs = 3;
    let proof = scene.spec.image.root.join("root/proof");
    let script = "ls /root; echo x > /root/proof && cat /root/proof; ls -l /bin/sh > /dev/null && \
        rm /bin/tar && ls /bin/tar 2> /dev/null; mkdir /new && echo done";
    scene.spec.workload = ctrprof_tests::engine::shell(script);
    scene.spec.workload.expected_stdout = Some("x\ndone\n".to_owned());
    scene.succeed()?;
    assert!(!proof.exists());
    assert!(scene.spec.image.root.join("bin/tar").exists());
    let report = scene.report()?;
    assert_eq!(report.runs.len(), 3);
    assert_eq!(report.description["storage"], kind.name());
    assert_eq!(loop_devices(&scene)?, Vec::<String>::new());
    Ok(())
}

#[test]
fn an_overlay_works_on_every_store() -> Result<()> {
    let _turn = beside_others();
    stores("loop:xfs:300M")
        .iter()
        .try_for_each(|store| write_in_containers(StorageKind::Overlay, Some(store)))
}

#[test]
fn a_deep_copy_works_on_every_store() -> Result<()> {
    let _turn = beside_others();
    stores("loop:btrfs:256M")
        .iter()
        .try_for_each(|store| write_in_containers(StorageKind::Vfs, Some(store)))
}

#[test]
fn fuse_overlayfs_works_on_every_store() -> Result<()> {
    let _turn = beside_others();
    stores("loop:ext4:256M")
        .iter()
        .try_for_each(|store| write_in_containers(StorageKind::FuseOverlayfs, Some(store)))
}

#[test]
fn snapshots_of_btrfs_work_on_the_store_that_they_get_and_on_one_of_choice() -> Result<()> {
    let _turn = beside_others();
    write_in_containers(StorageKind::Btrfs, None)?;
    write_in_containers(StorageKind::Btrfs, Some("loop:btrfs:256M"))
}

#[test]
fn binds_of_the_image_are_read_only_on_every_store() -> Result<()> {
    let _turn = beside_others();
    for store in stores("loop:xfs:300M") {
        let mut scene = scene(StorageKind::Bind, Some(store))?;
        scene.spec.runs = 2;
        let script = "for file in /root/proof /bin/proof; do echo x 2> /dev/null > $file || \
            echo no; done; rm /bin/tar 2> /dev/null || echo no; ls /new 2> /dev/null; mkdir /new";
        scene.expect(script, "no\nno\nno\n")?;
    }
    Ok(())
}

#[test]
fn what_an_image_declares_writable_is_copied_beside_the_binds() -> Result<()> {
    let _turn = beside_others();
    for store in ["host", "loop:ext4:256M"] {
        let mut scene = scene(StorageKind::Bind, Some(store))?;
        scene.spec.runs = 2;
        scene.spec.image.writable = ["/root", "/usr/bin"].map(PathBuf::from).into();
        let image = scene.spec.image.root.clone();
        let before = fs::read_dir(image.join("usr/bin"))?.count();
        let script = "for file in /root/proof /usr/bin/proof /usr/proof; do ls $file 2> /dev/null; \
            echo x 2> /dev/null > $file && echo yes || echo no; done";
        scene.expect(script, "yes\nyes\nno\n")?;
        assert!(!image.join("root/proof").exists());
        assert_eq!(fs::read_dir(image.join("usr/bin"))?.count(), before);
    }
    Ok(())
}

#[test]
fn what_the_record_says_is_how_the_store_is_mounted() -> Result<()> {
    let _turn = beside_others();
    let scene = scene(StorageKind::Overlay, Some("loop:xfs:300M"))?;
    scene.succeed()?;
    let description = scene.report()?.description;
    assert_eq!(description["storage_backing"], "xfs");
    assert_eq!(description["store"], "loop:xfs:300M");
    let options = &description["store_options"];
    assert!(
        options.contains("attr2") || options.contains("inode64"),
        "{options}"
    );
    assert!(options.contains("I/O"), "{options}");
    assert!(description["storage_options"].starts_with("lowerdir="));
    Ok(())
}

#[test]
fn a_folder_of_the_users_is_a_store_and_is_left_as_it_was() -> Result<()> {
    let _turn = beside_others();
    let scene = Scene::new()?;
    let store = scene.folder.path().join("store");
    fs::create_dir(&store)?;
    fs::write(store.join("theirs"), "x")?;
    let store_text = store.to_string_lossy().into_owned();
    write_in_containers(StorageKind::Overlay, Some(&store_text))?;
    let left: Vec<PathBuf> = fs::read_dir(&store)?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_>>()?;
    assert_eq!(left, [store.join("theirs")]);
    Ok(())
}

#[test]
fn what_the_engine_cannot_do_on_this_host_is_said_before_it_begins() -> Result<()> {
    let _turn = beside_others();
    for kind in [
        StorageKind::Aufs,
        StorageKind::Zfs,
        StorageKind::Devicemapper,
        StorageKind::Lvm,
    ] {
        let Some(missing) = missing(kind, &Backing::Host) else {
            write_in_containers(kind, None)?;
            continue;
        };
        let output = program::command()?
            .args(["run", "hello-world", "--storage", kind.name()])
            .output()?;
        let stderr = String::from_utf8_lossy(&output.stderr);
        ensure!(!output.status.success(), "{kind} ran, though {missing}");
        assert!(stderr.contains(&missing.to_string()), "{stderr}");
    }
    Ok(())
}

/// `ctrprof run` with everything in its place: profiled, on a store of its own.
#[test]
fn a_profiled_run_keeps_its_store_in_the_report() -> Result<()> {
    let _turn = beside_others();
    let output = program::command()?
        .args([
            "run",
            "hello-world",
            "--storage",
            "vfs",
            "--backing",
            "loop:ext4:256M",
        ])
        .args(["--format", "json"])
        .output()?;
    program::succeeded(&output)?;
    let report: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let text = report.to_string();
    assert!(text.contains("\"loop:ext4:256M\""), "{text}");
    Ok(())
}

#[test]
fn after_kill_9_the_next_engine_finds_and_removes_everything() -> Result<()> {
    let _turn = alone();
    let users = Scene::new()?;
    let folder = users.folder.path().join("store");
    fs::create_dir(&folder)?;
    let stores = [
        (StorageKind::FuseOverlayfs, "loop:ext4:256M".to_owned()),
        (StorageKind::Btrfs, "loop:btrfs:256M".to_owned()),
        (StorageKind::Bind, "loop:xfs:300M".to_owned()),
        (StorageKind::Vfs, folder.to_string_lossy().into_owned()),
    ];
    // Most kernels have none.
    let aufs = missing(StorageKind::Aufs, &Backing::Host).is_none();
    let of_some_hosts = aufs.then(|| (StorageKind::Aufs, "host".to_owned()));
    for (kind, store) in of_some_hosts.into_iter().chain(stores) {
        let mut scene = scene(kind, Some(&store))?;
        let mut engine = scene.hanging()?;
        let killed = engine.id();
        if store.starts_with("loop") {
            assert_eq!(loop_devices(&scene)?.len(), 1, "{store}");
        }
        engine.kill()?;
        engine.wait()?;
        wait_until("the loop device clears itself", || {
            Ok(loop_devices(&scene)?.is_empty())
        })?;
        scene.spec.workload = Workload::hello_world();
        scene.succeed()?;
        scene.check_nothing_is_left(killed)?;
        assert_eq!(fs::read_dir(&folder)?.count(), 0, "{kind}");
    }
    Ok(())
}

#[test]
fn an_image_that_does_not_fit_fails_and_leaves_nothing() -> Result<()> {
    let _turn = beside_others();
    let mut scene = scene(StorageKind::Vfs, Some("loop:ext4:16M"))?;
    let image = scene.folder.path().join("large");
    fs::create_dir(&image)?;
    fs::write(image.join("file"), vec![1; 24 << 20])?;
    scene.spec.image.root = image;
    let message = scene.fail()?;
    assert!(message.contains("No space left"), "{message}");
    assert_eq!(loop_devices(&scene)?, Vec::<String>::new());
    Ok(())
}

#[test]
fn a_missing_store_is_named() -> Result<()> {
    let _turn = beside_others();
    let scene = scene(StorageKind::Overlay, Some("/no/such/store"))?;
    let message = scene.fail()?;
    assert!(message.contains("/no/such/store"), "{message}");
    assert!(!Path::new("/no/such/store").exists());
    Ok(())
}

/// Runs something in a thread with a mount namespace of its own.
fn apart(work: impl FnOnce() -> Result<()> + Send + 'static) -> Result<()> {
    let thread = std::thread::spawn(move || {
        unshare(CloneFlags::CLONE_NEWNS)?;
        let private = MsFlags::MS_REC | MsFlags::MS_PRIVATE;
        mount(None::<&str>, "/", None::<&str>, private, None::<&str>)?;
        work()
    });
    thread.join().map_err(|_| anyhow!("it panicked"))?
}

#[test]
fn a_store_that_is_mounted_afresh_has_its_files_and_none_of_their_pages() -> Result<()> {
    let _turn = beside_others();
    for &file_system in LoopFileSystem::ALL {
        let scratch = Scratch::new()?;
        let engine = scratch.path().join("ctrprof-4194305");
        fs::create_dir(&engine)?;
        let backing = Backing::Loop {
            file_system,
            bytes: file_system.minimum().bytes,
        };
        apart(move || {
            let mut store = Store::open(&backing, &engine)?;
            assert_eq!(store.file_system(), file_system.name());
            let file = store.path().join("file");
            fs::write(&file, vec![7; 1 << 20])?;
            assert_eq!(resident(&file)?.pages, 256);
            let open = fs::File::open(&file)?;
            let refused = store.remount().err().map(|error| error.to_string());
            let refused = refused.unwrap_or_default();
            assert!(refused.contains("EBUSY"), "{refused}");
            drop(open);
            store.remount()?;
            assert_eq!(resident(&file)?.pages, 0, "{backing}");
            assert_eq!(resident(&engine.join("store.img"))?.pages, 0, "{backing}");
            assert_eq!(fs::read(&file)?, vec![7; 1 << 20]);
            store.close()?;
            store.close()?;
            ensure!(fs::read_dir(&engine)?.count() == 0, "something is left");
            Ok(())
        })?;
    }
    Ok(())
}
