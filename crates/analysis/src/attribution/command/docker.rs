//! docker(1), podman(1) and nerdctl: one command line.

use super::options::{Grammar, Parsed, Valued, parse};
use super::{Command, Verb};

/// Options before the sub-command that take a value (docker(1), podman(1), nerdctl 2.0).
const GLOBAL: Grammar = Grammar::leading(Valued::Only(&[
    "H",
    "host",
    "c",
    "context",
    "config",
    "l",
    "log-level",
    "tlscacert",
    "tlscert",
    "tlskey",
    "root",
    "runroot",
    "runtime",
    "runtime-flag",
    "storage-driver",
    "storage-opt",
    "cgroup-manager",
    "conmon",
    "connection",
    "events-backend",
    "hooks-dir",
    "identity",
    "imagestore",
    "module",
    "namespace",
    "network-cmd-path",
    "network-config-dir",
    "out",
    "pull-option",
    "ssh",
    "tmpdir",
    "url",
    "volumepath",
    "cni-config-dir",
    "default-mounts-file",
    "n",
    "a",
    "address",
    "snapshotter",
    "data-root",
    "cni-path",
    "cni-netconfpath",
    "hosts-dir",
]));

/// Options of `run` and `create` that take no value (docker-run(1), podman-run(1)).
const NEW: Grammar = Grammar::leading(Valued::AllBut(&[
    "d",
    "detach",
    "i",
    "interactive",
    "t",
    "tty",
    "rm",
    "rmi",
    "init",
    "privileged",
    "P",
    "publish-all",
    "read-only",
    "read-only-tmpfs",
    "no-healthcheck",
    "oom-kill-disable",
    "disable-content-trust",
    "sig-proxy",
    "q",
    "quiet",
    "help",
    "use-api-socket",
    "replace",
    "no-hosts",
    "no-hostname",
    "http-proxy",
    "env-host",
    "tls-verify",
    "rootfs",
    "passwd",
    "unsetenv-all",
    "insecure-registry",
]));

/// Options of `exec` that take a value (docker-exec(1), podman-exec(1)).
const EXEC: Grammar = Grammar::leading(Valued::Only(&[
    "e",
    "env",
    "env-file",
    "u",
    "user",
    "w",
    "workdir",
    "detach-keys",
    "preserve-fd",
    "preserve-fds",
    "cidfile",
]));

/// Options of the others that take a value (docker-stop(1), podman-stop(1), and so on).
const OTHER: Grammar = Grammar::mixed(Valued::Only(&[
    "t",
    "time",
    "timeout",
    "s",
    "signal",
    "cidfile",
    "filter",
    "detach-keys",
    "checkpoint",
    "checkpoint-dir",
]));

pub(super) fn command<'a>(arguments: &[&'a str]) -> Option<Command<'a>> {
    let global = parse(arguments, GLOBAL);
    let is_remote =
        global.is_on(&["remote", "r"]) || global.value(&["url", "connection"]).is_some();
    let command = subcommand(&global)?;
    Some(Command {
        is_remote,
        ..command
    })
}

fn subcommand<'a>(global: &Parsed<'a>) -> Option<Command<'a>> {
    let words = match global.words.as_slice() {
        ["container", rest @ ..] => rest,
        ["pod", rest @ ..] => return of_pod(rest),
        words => words,
    };
    let (&name, rest) = words.split_first()?;
    let verb = match name {
        "create" => return Some(new(Verb::Create, rest)),
        "run" => return Some(new(Verb::Run, rest)),
        "exec" => {
            let parsed = parse(rest, EXEC);
            let mut command = Command::new(Verb::Exec, first(&parsed));
            command.detached = parsed.is_on(&["d", "detach"]);
            return Some(command);
        }
        name => of_existing(name)?,
    };
    let parsed = parse(rest, OTHER);
    let mut command = Command::new(verb, parsed.words.clone());
    command.signal = parsed.value(&["s", "signal"]);
    command.detached = !parsed.is_on(&["a", "attach", "i", "interactive"]);
    Some(command)
}

/// Verbs on what exists.
fn of_existing(name: &str) -> Option<Verb> {
    Some(match name {
        "start" => Verb::Start,
        "stop" => Verb::Stop,
        "kill" => Verb::Kill,
        "rm" => Verb::Remove,
        "pause" => Verb::Pause,
        "unpause" => Verb::Unpause,
        "restart" => Verb::Restart,
        _ => return None,
    })
}

/// `podman pod VERB POD...` is about all containers of pods, which the runtimes are called with. To make a
/// pod makes no container yet: the first that starts in it does.
fn of_pod<'a>(words: &[&'a str]) -> Option<Command<'a>> {
    let (&name, rest) = words.split_first()?;
    let mut command = Command::new(of_existing(name)?, Vec::new());
    command.signal = parse(rest, OTHER).value(&["s", "signal"]);
    command.detached = true;
    Some(command)
}

/// `buildah run CONTAINER PROGRAM...` runs a program in a container of its own, and removes that.
pub(super) fn build_command<'a>(arguments: &[&'a str]) -> Option<Command<'a>> {
    let global = parse(arguments, GLOBAL);
    let is_run = global.words.first() == Some(&"run");
    is_run.then(|| Command {
        removes: true,
        ..Command::new(Verb::Run, Vec::new())
    })
}

fn new<'a>(verb: Verb, arguments: &[&'a str]) -> Command<'a> {
    let parsed = parse(arguments, NEW);
    let mut command = Command::new(verb, parsed.value(&["name"]).into_iter().collect());
    command.detached = parsed.is_on(&["d", "detach"]);
    command.removes = parsed.is_on(&["rm"]);
    command.image_and_program = parsed.words;
    command
}

fn first<'a>(parsed: &Parsed<'a>) -> Vec<&'a str> {
    parsed.words.first().copied().into_iter().collect()
}
