//! Containers as engines leave them in recordings: by fork below the command, and through a daemon.

use super::Container;
use crate::attribution::Attribution;
use crate::timeline::Timeline;
use crate::timeline::fixture::{exec, manifest, off_cpu, span, task};
use trace::manifest::Manifest;
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

fn manifest_of(root: u32) -> Manifest {
    Manifest {
        root_tgids: vec![root],
        released_ns: 4,
        ..manifest(10_000)
    }
}

fn containers(tables: &Tables, root: u32) -> Vec<Container> {
    let manifest = manifest_of(root);
    let timeline = Timeline::new(&manifest, tables);
    let attribution = Attribution::new(&manifest, &timeline);
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

#[test]
fn a_container_that_descends_from_the_command_goes_through_all_stages() {
    let found = containers(&podman(), 10);
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].id.as_str(), found[0].name.as_deref()),
        (ID, Some("hello"))
    );
    assert_eq!(
        stages(&found[0]),
        [
            ("create", 4, 220, 50),
            ("start", 220, 300, 40),
            ("exec", 300, 399, 40),
            ("stop", 399, 400, 40),
            ("remove", 400, 605, 60),
        ]
    );
}

#[test]
fn who_joins_its_pid_namespace_is_an_exec_and_who_kills_it_a_stop() {
    let mut tables = podman();
    tables.tasks[3] = init(40, 30, (150, 5_400));
    // The shell 70 runs `podman exec` 71 and `podman stop` 80.
    let mut joined = process(73, 72, (1_050, 1_200));
    (joined.inner_pid, joined.pid_namespace, joined.pid_level) = (2, 1_040, 1);
    tables.tasks.extend([
        task(70, 3, None),
        process(71, 70, (1_000, 1_300)),
        process(72, 71, (1_020, 1_250)),
        joined,
        process(80, 70, (5_000, 6_000)),
        process(81, 80, (5_100, 5_200)),
    ]);
    tables.execs.extend([
        exec(71, 1_001, "/usr/bin/podman", "podman exec hello true"),
        exec(
            72,
            1_021,
            "/usr/bin/crun",
            &format!("crun exec -p process.json {ID}"),
        ),
        exec_inside(73, 40, 1_060, "/bin/true"),
        exec(80, 5_001, "/usr/bin/podman", "podman stop hello"),
        exec(
            81,
            5_101,
            "/usr/bin/crun",
            &format!("crun kill {ID} 15 {ID}"),
        ),
    ]);
    let found = containers(&tables, 70);
    let found = stages(&found[0]);
    assert!(found.contains(&("exec", 1_000, 1_200, 73)), "{found:?}");
    assert!(found.contains(&("stop", 5_000, 5_400, 40)), "{found:?}");
    assert_eq!(found.iter().filter(|stage| stage.0 == "exec").count(), 1);
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

#[test]
fn containers_of_one_daemon_are_told_apart() {
    let tables = docker();
    let manifest = manifest_of(6);
    let timeline = Timeline::new(&manifest, &tables);
    let attribution = Attribution::new(&manifest, &timeline);
    let containers = attribution.containers();
    let names: Vec<_> = containers
        .all()
        .iter()
        .map(|container| (container.id.as_str(), container.name.as_deref()))
        .collect();
    assert_eq!(names, [(ID, Some("one")), (OTHER_ID, Some("two"))]);
    for (tgid, owner) in [
        (5, None),
        (6, None),
        (100, Some(0)),
        (110, Some(0)),
        (130, Some(0)),
        (220, Some(1)),
    ] {
        let process = timeline.process_at(tgid, 500);
        assert_eq!(
            process.and_then(|process| containers.owner(process)),
            owner,
            "{tgid}"
        );
    }
    assert_eq!(containers.all()[1].stages[0].start_ns, 15);
}

#[test]
fn a_client_that_starts_what_another_created_asks_for_no_container() {
    let mut tables = docker();
    // A daemon that the recording saw begin, as a child of the command.
    tables.tasks[0] = process(5, 6, (3, 900));
    tables
        .execs
        .push(exec(5, 4, "/usr/bin/dockerd", "dockerd --host unix:///x"));
    for exec in &mut tables.execs {
        exec.argv = exec.argv.replace("\0run\0", "\0create\0");
    }
    tables.tasks.push(process(99, 6, (12, 60)));
    tables
        .execs
        .push(exec(99, 13, "/usr/bin/docker", "docker start one"));
    let names: Vec<_> = containers(&tables, 6)
        .into_iter()
        .map(|container| (container.id, container.name))
        .collect();
    let named = |id: &str, name: &str| (id.to_owned(), Some(name.to_owned()));
    assert_eq!(names, [named(ID, "one"), named(OTHER_ID, "two")]);
}

#[test]
fn without_a_call_to_start_the_last_wake_up_from_outside_is_the_edge() {
    let mut tables = podman();
    tables.execs.retain(|exec| exec.tid != 50);
    let wake_up = |tid, wake_ns, waker| OffCpu {
        waker_tid: Some(waker),
        tgid: 40,
        ..off_cpu(tid, wake_ns - 5, wake_ns)
    };
    // Another thread of init waits, too; what it does for itself does not count.
    let mut other = process(41, 40, (155, 300));
    other.tgid = 40;
    tables.tasks.push(other);
    tables.off_cpu = vec![
        wake_up(40, 170, 30),
        wake_up(41, 190, 30),
        wake_up(40, 250, 41),
    ];
    let found = containers(&tables, 10);
    assert_eq!(stages(&found[0])[0], ("create", 4, 190, 30));
}

#[test]
fn without_a_call_to_start_the_pipe_that_lets_init_go_on_is_the_edge() {
    let mut tables = podman();
    tables.execs.retain(|exec| exec.tid != 50);
    tables.strings = texts(&[&format!("/run/runc/{ID}/exec.fifo")]);
    for (tid, at_ns) in [(40, 180), (30, 195)] {
        tables.spans.push(Span {
            text: Some(0),
            ..span(tid, "openat", at_ns, 4)
        });
    }
    let found = containers(&tables, 10);
    assert_eq!(stages(&found[0])[0], ("create", 4, 195, 30));
}

#[test]
fn a_pid_namespace_without_a_runtime_is_no_container() {
    let mut tables = podman();
    for exec in &mut tables.execs {
        exec.path = "/usr/bin/unshare".to_owned();
    }
    assert_eq!(containers(&tables, 10), []);
}

#[test]
fn without_arguments_the_cgroup_tells_the_id() {
    let mut tables = podman();
    for exec in &mut tables.execs {
        exec.argv = exec.argv.split('\0').next().unwrap_or_default().to_owned();
    }
    assert_eq!(containers(&tables, 10)[0].id, ID);
}
