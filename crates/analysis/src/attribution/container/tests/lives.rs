//! The lives of containers.

use super::*;
use crate::attribution::role::Roles;
use trace::role::Role;

#[test]
fn a_container_that_descends_from_the_command_goes_through_all_stages() {
    let manifest = Manifest {
        containers: Vec::new(),
        ..manifest_of(10)
    };
    let found = containers_of(&manifest, &podman());
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
            ("remove", 400, 900, 10),
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
            &format!("crun --root /run/crun kill {ID} 15"),
        ),
    ]);
    let found = containers(&tables, 70);
    let found = stages(&found[0]);
    assert!(found.contains(&("exec", 1_000, 1_300, 71)), "{found:?}");
    assert!(found.contains(&("stop", 5_000, 6_000, 80)), "{found:?}");
    let own_ns = 300;
    let execs = found.iter().filter(|stage| stage.0 == "exec");
    assert_eq!(execs.filter(|stage| stage.1 > own_ns).count(), 1);
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
fn without_arguments_the_cgroup_tells_the_id() {
    let mut tables = podman();
    for exec in &mut tables.execs {
        exec.argv = exec.argv.split('\0').next().unwrap_or_default().to_owned();
    }
    assert_eq!(containers(&tables, 10)[0].id, ID);
}

#[test]
fn a_process_that_gets_the_number_of_a_namespace_that_is_gone_is_no_exec() {
    let mut tables = podman();
    let joiner = |tid, parent, life_ns| {
        let mut joiner = process(tid, parent, life_ns);
        (joiner.inner_pid, joiner.pid_namespace, joiner.pid_level) = (2, 1_040, 1);
        joiner
    };
    // After init's end, and, while it lived, by somebody who is none of ours.
    let mut stranger = joiner(91, 3, (350, 380));
    (stranger.join_reason, stranger.joined_ns) = (String::new(), None);
    tables.tasks.extend([joiner(90, 10, (450, 480)), stranger]);
    tables.execs.extend([
        exec_inside(90, 40, 455, "/bin/true"),
        exec_inside(91, 40, 355, "/bin/true"),
    ]);
    let found = containers(&tables, 10);
    let execs: Vec<_> = stages(&found[0])
        .into_iter()
        .filter(|stage| stage.0 == "exec")
        .collect();
    assert_eq!(execs, [("exec", 300, 399, 40)]);
}

/// Who has the part of a runtime, by what it makes: 10 is `unshare --fork --pid`, and makes init 40.
#[test]
fn a_program_of_no_known_name_that_makes_a_first_process_is_a_runtime() {
    let tables = Tables {
        tasks: vec![process(10, 3, (2, 900)), init(40, 10, (150, 800))],
        execs: vec![
            exec(10, 5, "/usr/bin/unshare", "unshare --fork --pid sleep 1"),
            exec_inside(40, 40, 200, "/bin/sleep"),
        ],
        ..Tables::default()
    };
    let manifest = Manifest {
        containers: Vec::new(),
        ..manifest_of(10)
    };
    let found = containers_of(&manifest, &tables);
    let stages: Vec<_> = found.iter().map(stages).collect();
    let expected = vec![
        ("create", 5, 200, 40),
        ("exec", 200, 799, 40),
        ("stop", 799, 800, 40),
    ];
    assert_eq!(stages, [expected]);
    let timeline = Timeline::new(&manifest, &tables);
    let roles = Roles::new(&manifest, &timeline);
    let role = |tid, at_ns| {
        let process = timeline.process_at(tid, at_ns)?;
        Some(roles.role_at(process, at_ns))
    };
    assert_eq!(role(10, 4), Some(Role::Client));
    assert_eq!(role(10, 100), Some(Role::Runtime));
    assert_eq!(role(40, 160), Some(Role::Runtime));
    assert_eq!(role(40, 250), Some(Role::Container));
}
