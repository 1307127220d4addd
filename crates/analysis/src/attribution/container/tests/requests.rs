//! What is asked of containers.

use super::*;

/// The podman of [`podman`], later and with other numbers, as if a script had called both.
fn one_after_the_other() -> Tables {
    let mut tables = podman();
    let later = podman();
    tables.tasks.extend(later.tasks.into_iter().map(|mut task| {
        task.tid += 500;
        task.tgid += 500;
        if task.parent_tid > 3 {
            task.parent_tid += 500;
        }
        if task.inner_pid == 1 {
            // The kernel gives the number of the namespace away again.
            task.pid_namespace = 1_040;
        }
        for at_ns in [
            &mut task.born_ns,
            &mut task.joined_ns,
            &mut task.exiting_ns,
            &mut task.ended_ns,
        ] {
            *at_ns = at_ns.map(|at_ns| at_ns + 2_000);
        }
        task
    }));
    tables.execs.extend(later.execs.into_iter().map(|mut exec| {
        (exec.tid, exec.old_tid, exec.tgid) = (exec.tid + 500, exec.old_tid + 500, exec.tgid + 500);
        exec.at_ns += 2_000;
        exec.argv = exec.argv.replace(ID, OTHER_ID).replace("hello", "second");
        exec
    }));
    for task in &mut tables.tasks {
        if task.parent_tid == 3 {
            task.parent_tid = 9;
        }
    }
    tables.tasks.push(task(9, 1, None));
    tables
}

#[test]
fn two_containers_one_after_the_other_have_each_their_own_stages() {
    let manifest = Manifest {
        containers: Vec::new(),
        ..manifest_of(9)
    };
    let found = containers_of(&manifest, &one_after_the_other());
    let names: Vec<_> = found
        .iter()
        .map(|container| (container.id.as_str(), container.name.as_deref()))
        .collect();
    assert_eq!(names, [(ID, Some("hello")), (OTHER_ID, Some("second"))]);
    for (container, offset_ns) in found.iter().zip([0, 2_000]) {
        let windows: Vec<_> = stages(container)
            .into_iter()
            .map(|(name, start_ns, end_ns, _)| (name, start_ns - offset_ns, end_ns - offset_ns))
            .collect();
        let begun_ns = if offset_ns == 0 { 4 } else { 2 };
        assert_eq!(
            windows,
            [
                ("create", begun_ns, 220),
                ("start", 220, 300),
                ("exec", 300, 399),
                ("stop", 399, 400),
                ("remove", 400, 900),
            ]
        );
    }
}

#[test]
fn separate_commands_are_stages_and_pauses_between_them_are_none() {
    let call = |tid, life_ns| process(tid, 9, life_ns);
    let mut joined = process(63, 62, (2_030, 2_080));
    (joined.inner_pid, joined.pid_namespace, joined.pid_level) = (2, 1_040, 1);
    let podman =
        |tid, at_ns, words: &str| exec(tid, at_ns, "/usr/bin/podman", &format!("podman {words}"));
    let crun = |tid, at_ns, words: &str| {
        let line = format!("crun --root /run/crun {words}");
        exec(tid, at_ns, "/usr/bin/crun", &line)
    };
    let tables = Tables {
        tasks: vec![
            task(9, 1, None),
            call(10, (100, 190)),
            call(20, (1_000, 1_200)),
            process(21, 20, (1_010, 4_400)),
            process(22, 21, (1_020, 1_090)),
            init(40, 22, (1_050, 4_050)),
            process(23, 20, (1_100, 1_150)),
            call(60, (2_000, 2_100)),
            process(62, 60, (2_010, 2_090)),
            joined,
            call(70, (4_000, 4_100)),
            process(71, 70, (4_010, 4_030)),
            call(80, (5_000, 5_100)),
        ],
        execs: vec![
            podman(10, 101, "create --name hello bb sleep 9"),
            podman(20, 1_001, "start hello"),
            exec(
                21,
                1_011,
                "/usr/bin/conmon",
                &format!("conmon -c {ID} -n hello"),
            ),
            crun(22, 1_021, &format!("create --bundle b {ID}")),
            crun(23, 1_101, &format!("start {ID}")),
            exec_inside(40, 40, 1_140, "/bin/sleep"),
            podman(60, 2_001, "exec hello true"),
            crun(62, 2_011, &format!("exec --process p.json {ID}")),
            exec_inside(63, 40, 2_040, "/bin/true"),
            podman(70, 4_001, "kill hello"),
            crun(71, 4_011, &format!("kill {ID} 9")),
            podman(80, 5_001, "rm hello"),
        ],
        ..Tables::default()
    };
    let manifest = Manifest {
        containers: Vec::new(),
        ..manifest_of(9)
    };
    let found = containers_of(&manifest, &tables);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(
        stages(&found[0]),
        [
            ("create", 100, 190, 10),
            ("start", 1_000, 1_200, 20),
            ("exec", 2_000, 2_100, 60),
            ("stop", 4_000, 4_100, 70),
            ("remove", 5_000, 5_100, 80),
        ]
    );
}

#[test]
fn a_container_that_was_there_before_is_what_a_request_means() {
    let mut first = task(40, 30, None);
    (first.inner_pid, first.pid_namespace, first.pid_level) = (1, 1_040, 1);
    first.join_reason = String::new();
    let tables = Tables {
        tasks: vec![first, task(9, 1, None), process(10, 9, (100, 190))],
        execs: vec![exec(10, 101, "/usr/bin/docker", "docker pause hello")],
        ..Tables::default()
    };
    let manifest = Manifest {
        containers: vec![
            KnownContainer {
                first_process: Some(40),
                ..known(ID, "hello")
            },
            KnownContainer {
                first_process: Some(41),
                ..known(OTHER_ID, "bystander")
            },
        ],
        ..manifest_of(9)
    };
    let found = containers_of(&manifest, &tables);
    let asked: Vec<_> = found
        .iter()
        .filter(|container| !container.stages.is_empty())
        .collect();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].id, ID);
    assert_eq!(asked[0].inits.len(), 1);
    assert_eq!(stages(asked[0]), [("pause", 100, 190, 10)]);
}

#[test]
fn clients_without_names_are_told_by_image_and_program_or_not_at_all() {
    let mut tables = docker();
    for exec in &mut tables.execs {
        exec.argv = match exec.tid {
            100 => "docker run bb sleep 1".replace(' ', "\0"),
            200 => "docker run bb sleep 2".replace(' ', "\0"),
            _ => exec.argv.clone(),
        };
    }
    let with_program = |id: &str, seconds: &str| KnownContainer {
        image: "bb".to_owned(),
        program: vec!["sleep".to_owned(), seconds.to_owned()],
        ..known(id, "generated")
    };
    let askers = |containers: Vec<KnownContainer>| {
        let manifest = Manifest {
            containers,
            ..manifest_of(6)
        };
        let timeline = Timeline::new(&manifest, &tables);
        let attribution = Attribution::new(&manifest, &timeline);
        let found = attribution.containers().all().iter();
        let found = found.filter(|container| !container.inits.is_empty());
        found
            .map(|container| {
                let asker = container.stages[0].asker?;
                Some((container.id.clone(), timeline.process(asker).tgid))
            })
            .collect::<Vec<_>>()
    };
    // The second client asked for the first container.
    assert_eq!(
        askers(vec![with_program(ID, "2"), with_program(OTHER_ID, "1")]),
        [Some((OTHER_ID.to_owned(), 100)), Some((ID.to_owned(), 200)),]
    );
    // Both ask for the same: who asked for which cannot be known.
    assert_eq!(
        askers(vec![with_program(ID, "1"), with_program(OTHER_ID, "1")]),
        [None, None]
    );
}

#[test]
fn what_others_ask_of_the_same_daemon_is_no_stage_of_a_traced_command() {
    let mut tables = docker();
    for task in &mut tables.tasks {
        if task.tid == 200 {
            (task.join_reason, task.joined_ns) = (String::new(), None);
        }
    }
    let stages_of = |command: &str| {
        let manifest = Manifest {
            command: vec![command.to_owned()],
            ..manifest_of(6)
        };
        let found = containers_of(&manifest, &tables);
        let counts = found.iter().map(|container| container.stages.len());
        counts.collect::<Vec<_>>()
    };
    // Not removed: create, start, exec and stop.
    assert_eq!(stages_of("sh"), [4, 0]);
}

#[test]
fn what_nobody_is_known_to_have_asked_for_begins_with_its_runtime() {
    let mut tables = docker();
    tables.execs.retain(|exec| !exec.path.ends_with("/docker"));
    let found = containers(&tables, 6);
    let windows = stages(&found[0]);
    assert_eq!(windows[0], ("create", 100, 300, 130));
    assert!(found[0].stages.iter().all(|window| window.asker.is_none()));
}

/// `podman run --pod`: the first container that starts in a pod has the pod's own, 41, made before it.
fn podman_in_pod() -> Tables {
    let mut tables = podman();
    tables.tasks.extend([
        process(21, 10, (50, 890)),
        process(31, 21, (55, 90)),
        init(41, 31, (60, 880)),
        process(51, 10, (92, 98)),
    ]);
    let conmon = format!("conmon -c {OTHER_ID} -n 0123456789ab-infra");
    let create = format!("crun create --bundle b {OTHER_ID}");
    tables.execs.extend([
        exec(21, 51, "/usr/bin/conmon", &conmon),
        exec(31, 56, "/usr/bin/crun", &create),
        exec(51, 93, "/usr/bin/crun", &format!("crun start {OTHER_ID}")),
        exec_inside(41, 41, 97, "/bin/catatonit"),
    ]);
    tables
}

#[test]
fn a_request_for_a_container_in_a_pod_is_not_about_the_pods_own() {
    let manifest = Manifest {
        containers: Vec::new(),
        ..manifest_of(10)
    };
    let mut unnamed = podman_in_pod();
    for exec in &mut unnamed.execs {
        exec.argv = exec.argv.replace("--name\0hello\0", "");
    }
    for tables in [podman_in_pod(), unnamed] {
        let found = containers_of(&manifest, &tables);
        let stages_of = |id: &str| {
            let mut all = found.iter();
            all.find(|container| container.id == id)
                .map(stages)
                .unwrap_or_default()
        };
        let alone = containers_of(&manifest, &podman());
        assert_eq!(stages_of(ID), stages(&alone[0]));
        assert_eq!(
            stages_of(OTHER_ID)[..2],
            [("create", 50, 93, 51), ("start", 93, 97, 41)]
        );
    }
}
