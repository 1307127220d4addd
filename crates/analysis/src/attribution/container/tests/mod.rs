//! Containers as engines leave them in recordings: by fork below the command, and through a daemon.

mod lives;
mod requests;

use super::Container;
use crate::attribution::Attribution;
use crate::timeline::Timeline;
use crate::timeline::fixture::{exec, manifest, off_cpu, span, task};
use trace::manifest::{KnownContainer, Manifest};
use trace::rows::{CgroupEvent, Exec, OffCpu, Span, Tables, Task, Text};

const ID: &str = "e8b99e53556d03bdd2a01cf49ba6813e8a6fc238531cffe6fb789da48b110f35";
const OTHER_ID: &str = "1feac5b7cea19abf1898b09d569ab954deadf91bb9fcc76e70b4ca10d67a5a20";

/// A process that lives for a while.
fn process(tid: u32, parent: u32, (born_ns, ended_ns): (u64, u64)) -> Task {
    let mut task = task(tid, parent, Some(born_ns));
    (task.exiting_ns, task.ended_ns) = (Some(ended_ns - 1), Some(ended_ns));
    task
}

/// The first process of a pid namespace.
fn init(tid: u32, parent: u32, life_ns: (u64, u64)) -> Task {
    let mut task = process(tid, parent, life_ns);
    (task.inner_pid, task.pid_namespace, task.pid_level) = (1, 1_000 + tid, 1);
    task
}

/// A program in the pid namespace of an init.
fn exec_inside(tid: u32, init: u32, at_ns: u64, path: &str) -> Exec {
    let mut exec = exec(tid, at_ns, path, path);
    (exec.pid_namespace, exec.mount_namespace) = (1_000 + init, 2);
    exec
}

fn cgroup(tid: u32, at_ns: u64, operation: &str, path: &str, target_tid: u32) -> CgroupEvent {
    CgroupEvent {
        at_ns,
        tid,
        operation: operation.to_owned(),
        hierarchy: 1,
        id: 7,
        path: path.to_owned(),
        target_tid,
        populated: false,
    }
}

/// An unmount of the string with an id.
fn unmount(tid: u32, start_ns: u64, text: u32) -> Span {
    Span {
        text: Some(text),
        ..span(tid, "umount2", start_ns, 5)
    }
}

fn texts(texts: &[&str]) -> Vec<Text> {
    (0..)
        .zip(texts)
        .map(|(id, text)| Text {
            id,
            text: (*text).to_owned(),
        })
        .collect()
}

/// `podman run --rm`: 10 runs conmon 20, that runs `crun create` 30, that makes init 40; podman
/// runs `crun start` 50, conmon a podman 60 that cleans up.
fn podman() -> Tables {
    Tables {
        tasks: vec![
            process(10, 3, (2, 900)),
            process(20, 10, (100, 880)),
            process(30, 20, (110, 200)),
            init(40, 30, (150, 400)),
            process(50, 10, (210, 290)),
            process(60, 20, (410, 700)),
            process(61, 60, (420, 520)),
        ],
        execs: vec![
            exec(
                10,
                5,
                "/usr/bin/podman",
                "podman run --rm --name hello image",
            ),
            exec(
                20,
                101,
                "/usr/bin/conmon",
                &format!("conmon -c {ID} -n hello"),
            ),
            exec(
                30,
                111,
                "/usr/bin/crun",
                &format!("crun create --bundle b {ID}"),
            ),
            exec(50, 220, "/usr/bin/crun", &format!("crun start {ID}")),
            exec_inside(40, 40, 300, "/bin/echo"),
            exec(
                60,
                411,
                "/usr/bin/podman",
                &format!("podman container cleanup {ID}"),
            ),
            exec(
                61,
                421,
                "/usr/bin/crun",
                &format!("crun delete --force {ID}"),
            ),
        ],
        cgroups: vec![
            cgroup(30, 160, "attach", &format!("/x/libpod-{ID}"), 40),
            cgroup(61, 500, "rmdir", &format!("/x/libpod-{ID}"), 0),
        ],
        spans: vec![
            unmount(40, 170, 0),
            unmount(60, 600, 1),
            unmount(60, 650, 0),
        ],
        strings: texts(&["/", &format!("/containers/{ID}/merged")]),
        ..Tables::default()
    }
}

fn known(id: &str, name: &str) -> KnownContainer {
    KnownContainer {
        id: id.to_owned(),
        name: name.to_owned(),
        ..KnownContainer::default()
    }
}

fn manifest_of(root: u32) -> Manifest {
    Manifest {
        root_tgids: vec![root],
        released_ns: 4,
        // Of docker's containers only its own files tell the names.
        containers: vec![known(ID, "one"), known(OTHER_ID, "two")],
        ..manifest(10_000)
    }
}

fn containers(tables: &Tables, root: u32) -> Vec<Container> {
    containers_of(&manifest_of(root), tables)
}

fn containers_of(manifest: &Manifest, tables: &Tables) -> Vec<Container> {
    let timeline = Timeline::new(manifest, tables);
    let attribution = Attribution::new(manifest, &timeline);
    attribution.containers().all().to_vec()
}

fn stages(container: &Container) -> Vec<(&'static str, u64, u64, u32)> {
    container
        .stages
        .iter()
        .map(|window| {
            (
                window.stage.name(),
                window.start_ns,
                window.end_ns,
                window.tid,
            )
        })
        .collect()
}

/// Two `docker run` through one daemon 5, whose shims descend from it.
fn docker() -> Tables {
    let mut tables = Tables {
        tasks: vec![task(5, 3, None), process(6, 3, (2, 900))],
        strings: texts(&["/merged"]),
        ..Tables::default()
    };
    tables.tasks[0].exe = "/usr/bin/dockerd".to_owned();
    for (base, at_ns, id, name) in [(100, 100, ID, "one"), (200, 150, OTHER_ID, "two")] {
        tables.tasks.extend([
            process(base, 6, (at_ns / 10, 800)),
            process(base + 10, 5, (at_ns, 700)),
            process(base + 20, base + 10, (at_ns + 10, at_ns + 100)),
            init(base + 30, base + 20, (at_ns + 20, at_ns + 300)),
        ]);
        let shim = "containerd-shim-runc-v2";
        tables.execs.extend([
            exec(
                base,
                at_ns / 10 + 1,
                "/usr/bin/docker",
                &format!("docker run --name {name} image"),
            ),
            exec(
                base + 10,
                at_ns + 1,
                &format!("/usr/bin/{shim}"),
                &format!("{shim} -id {id}"),
            ),
            exec(
                base + 20,
                at_ns + 11,
                "/usr/sbin/runc",
                &format!("runc create --bundle b {id}"),
            ),
            exec_inside(base + 30, base + 30, at_ns + 200, "/bin/echo"),
        ]);
    }
    tables
}
