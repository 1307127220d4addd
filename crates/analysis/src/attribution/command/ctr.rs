//! ctr(8), containerd's own client.

use super::options::{Grammar, Valued, parse};
use super::{Command, Verb};

/// Options before the sub-command that take a value.
const GLOBAL: Grammar = Grammar::leading(Valued::Only(&[
    "a",
    "address",
    "timeout",
    "connect-timeout",
    "n",
    "namespace",
]));

/// Options of `run` and `container create` that take no value (1.6 to 2.0).
const NEW: Grammar = Grammar::leading(Valued::AllBut(&[
    "rm",
    "null-io",
    "d",
    "detach",
    "t",
    "tty",
    "net-host",
    "privileged",
    "read-only",
    "rootfs",
    "no-pivot",
    "cni",
    "seccomp",
    "allow-new-privs",
    "isolated",
    "local",
    "enable-cni",
    "privileged-without-host-devices",
    "fifo-dir-owned",
    "sandbox-host",
]));

/// Options of tasks' sub-commands that take a value.
const TASK: Grammar = Grammar::leading(Valued::Only(&[
    "cwd", "exec-id", "fifo-dir", "log-uri", "user", "s", "signal", "pid-file",
]));

pub(super) fn command<'a>(arguments: &[&'a str]) -> Option<Command<'a>> {
    let global = parse(arguments, GLOBAL);
    match global.words.as_slice() {
        ["run", rest @ ..] => Some(new(Verb::Run, rest)),
        ["containers" | "container" | "c", "create", rest @ ..] => Some(new(Verb::Create, rest)),
        [
            "containers" | "container" | "c",
            "delete" | "del" | "remove" | "rm",
            rest @ ..,
        ] => Some(Command::new(Verb::Remove, parse(rest, TASK).words)),
        ["tasks" | "task" | "t", action, rest @ ..] => task(action, rest),
        _ => None,
    }
}

/// `[IMAGE | ROOTFS] ID COMMAND...`.
fn new<'a>(verb: Verb, arguments: &[&'a str]) -> Command<'a> {
    let parsed = parse(arguments, NEW);
    let id = parsed.words.get(1).copied();
    let mut command = Command::new(verb, id.into_iter().collect());
    command.detached = parsed.is_on(&["d", "detach"]);
    command.removes = parsed.is_on(&["rm"]);
    command
}

/// A task is the running container: to delete it is the end of stopping it.
fn task<'a>(action: &str, arguments: &[&'a str]) -> Option<Command<'a>> {
    let verb = match action {
        "start" => Verb::Start,
        "exec" => Verb::Exec,
        "kill" => Verb::Kill,
        "delete" | "del" | "remove" | "rm" => Verb::Stop,
        "pause" => Verb::Pause,
        "resume" => Verb::Unpause,
        _ => return None,
    };
    let parsed = parse(arguments, TASK);
    let containers = match verb {
        Verb::Stop => parsed.words.clone(),
        _ => parsed.words.first().copied().into_iter().collect(),
    };
    let mut command = Command::new(verb, containers);
    command.detached = parsed.is_on(&["d", "detach"]);
    command.signal = parsed.value(&["s", "signal"]);
    Some(command)
}
