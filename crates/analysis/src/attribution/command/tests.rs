//! Command lines as engines and people write them.

use super::*;

fn program<'a>(argv: &'a str) -> Program<'a> {
    let path = argv.split('\0').next().unwrap_or_default();
    Program { path, argv }
}

/// Verb and containers of a command line that is separated by spaces.
fn parsed(line: &str) -> Option<(Verb, String)> {
    let argv = line.replace(' ', "\0");
    let command = of(&program(&argv))?;
    Some((command.verb, command.containers.join(" ")))
}

#[test]
fn a_container_stands_at_its_place() {
    for (line, expected) in [
        ("crun --root /run/crun kill a1 15", Some((Verb::Kill, "a1"))),
        (
            "crun --root=/run/crun kill -a a1 KILL",
            Some((Verb::Kill, "a1")),
        ),
        (
            "runc --root r --log /l --log-format json kill a1 9",
            Some((Verb::Kill, "a1")),
        ),
        (
            "runc --root r delete --force a1",
            Some((Verb::Remove, "a1")),
        ),
        ("runc delete -f a1", Some((Verb::Remove, "a1"))),
        (
            "runc --log l create --bundle /b --pid-file p --console-socket s a1",
            Some((Verb::Create, "a1")),
        ),
        (
            "crun --systemd-cgroup create --bundle /b --pid-file p a1",
            Some((Verb::Create, "a1")),
        ),
        (
            "crun exec --process p.json --pid-file f a1",
            Some((Verb::Exec, "a1")),
        ),
        ("runc exec a1 kill start", Some((Verb::Exec, "a1"))),
        ("runsc -root r -debug start a1", Some((Verb::Start, "a1"))),
        ("runc state a1", None),
        ("runc init", None),
        ("podman stop -t 3 s", Some((Verb::Stop, "s"))),
        (
            "podman --root r --log-level debug kill -s HUP s",
            Some((Verb::Kill, "s")),
        ),
        ("podman rm -fv a b", Some((Verb::Remove, "a b"))),
        ("podman rm a -f", Some((Verb::Remove, "a"))),
        ("podman container cleanup a1", None),
        (
            "podman container restart --time=1 a",
            Some((Verb::Restart, "a")),
        ),
        (
            "docker -H unix:///x exec -it -e A=b c sh -c start",
            Some((Verb::Exec, "c")),
        ),
        ("docker run --rm bb echo --name evil", Some((Verb::Run, ""))),
        (
            "docker run -dit -p 80:80 --name=one bb",
            Some((Verb::Run, "one")),
        ),
        ("docker run -v/a:/b --name two bb", Some((Verb::Run, "two"))),
        ("docker volume create x", None),
        ("podman pod create --name p", None),
        ("podman pod stop -t 1 p", Some((Verb::Stop, ""))),
        ("podman pod rm -f p", Some((Verb::Remove, ""))),
        ("docker start one two", Some((Verb::Start, "one two"))),
        ("ctr -n k run --rm -d img c1 sh", Some((Verb::Run, "c1"))),
        (
            "ctr c create --cpu-quota=1 img c1 sleep",
            Some((Verb::Create, "c1")),
        ),
        (
            "ctr task exec --exec-id e1 c1 true",
            Some((Verb::Exec, "c1")),
        ),
        (
            "ctr task kill --signal SIGKILL c1",
            Some((Verb::Kill, "c1")),
        ),
        ("ctr task delete c1", Some((Verb::Stop, "c1"))),
        ("ctr container delete c1", Some((Verb::Remove, "c1"))),
        ("ctr images pull x", None),
        ("lxc-start -P /x -n l1 -F", Some((Verb::Start, "l1"))),
        ("lxc-stop --name=l1 --kill", Some((Verb::Stop, "l1"))),
        ("lxc-copy -n base --newname=l2", Some((Verb::Create, "l2"))),
        (
            "lxc init --quiet img c1 --config a=b",
            Some((Verb::Create, "c1")),
        ),
        ("lxc exec c1 -- stop it", Some((Verb::Exec, "c1"))),
        ("sh -c podman", None),
    ] {
        let expected = expected.map(|(verb, names)| (verb, names.to_owned()));
        assert_eq!(parsed(line), expected, "{line}");
    }
}

#[test]
fn a_command_tells_whether_anybody_waits_for_the_program() {
    let of_line = |line: &str| {
        let argv = line.replace(' ', "\0");
        of(&program(&argv)).map(|command| (command.detached, command.removes))
    };
    for (line, expected) in [
        ("podman run --rm bb true", (false, true)),
        ("podman run -d bb true", (true, false)),
        ("podman run --detach=false bb -d", (false, false)),
        ("docker start one", (true, false)),
        ("docker start -ai one", (false, false)),
        ("crun run a1", (false, true)),
        ("runc run --detach a1", (true, false)),
    ] {
        assert_eq!(of_line(line), Some(expected), "{line}");
    }
}

#[test]
fn a_signal_that_ends_a_container_is_a_stop() {
    let stage = |line: &str| {
        let argv = line.replace(' ', "\0");
        of(&program(&argv)).and_then(|command| command.stage())
    };
    for (line, expected) in [
        ("docker kill a", Stage::Stop),
        ("docker kill -s SIGTERM a", Stage::Stop),
        ("docker kill --signal=HUP a", Stage::Kill),
        ("runc kill a 9", Stage::Stop),
        ("runc kill a USR1", Stage::Kill),
        ("podman pause a", Stage::Pause),
        ("podman unpause a", Stage::Unpause),
        ("podman restart a", Stage::Restart),
    ] {
        assert_eq!(stage(line), Some(expected), "{line}");
    }
    assert_eq!(stage("podman run bb"), None);
}

#[test]
fn shims_tell_whom_they_serve() {
    let argv = "conmon --api-version 1 -c a1 -u a1 -n hello -b /x".replace(' ', "\0");
    assert_eq!(served(&program(&argv)), Some(("a1", Some("hello"))));
    let argv = "containerd-shim-runc-v2\0-namespace\0moby\0-id\0a1\0-address\0/x";
    assert_eq!(served(&program(argv)), Some(("a1", None)));
}
