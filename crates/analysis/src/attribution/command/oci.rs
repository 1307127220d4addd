//! OCI runtimes: crun(1), runc(8), youki, runsc, kata-runtime, and what buildah runs in their place.

use super::options::{Grammar, Valued, parse};
use super::{Command, Verb};

/// Options before the sub-command that take a value: all runtimes share these.
const GLOBAL: &[&str] = &[
    "root",
    "log",
    "log-format",
    "log-level",
    "criu",
    "rootless",
    "cgroup-manager",
    "r",
    "l",
    "platform",
    "network",
    "debug-log",
    "config",
];

/// Options of sub-commands that take a value.
const OPTIONS: &[&str] = &[
    "b",
    "bundle",
    "console-socket",
    "pid-file",
    "preserve-fds",
    "config",
    "p",
    "process",
    "cwd",
    "e",
    "env",
    "u",
    "user",
    "process-label",
    "apparmor",
    "c",
    "cap",
    "cgroup",
    "g",
    "additional-gids",
    "internal-pid-file",
    "user-log",
    "signal",
    "f",
];

/// The same where `-f` is `--force`.
const DELETE_OPTIONS: &[&str] = &[];

/// Whether a program is a runtime of this command line.
pub(super) fn is_runtime(name: &str) -> bool {
    ["crun", "runc", "youki", "runsc", "kata-runtime"].contains(&name)
}

pub(super) fn command<'a>(program: &str, arguments: &[&'a str]) -> Option<Command<'a>> {
    let has_single_dashes = program == "runsc";
    let grammar = |valued| Grammar {
        has_single_dashes,
        ..Grammar::leading(Valued::Only(valued))
    };
    let global = parse(arguments, grammar(GLOBAL));
    let (&name, rest) = global.words.split_first()?;
    let (verb, valued) = match name {
        "create" => (Verb::Create, OPTIONS),
        "run" => (Verb::Run, OPTIONS),
        "start" => (Verb::Start, OPTIONS),
        "exec" => (Verb::Exec, OPTIONS),
        "kill" => (Verb::Kill, DELETE_OPTIONS),
        "delete" => (Verb::Remove, DELETE_OPTIONS),
        "pause" => (Verb::Pause, OPTIONS),
        "resume" => (Verb::Unpause, OPTIONS),
        _ => return None,
    };
    let parsed = parse(rest, grammar(valued));
    let &id = parsed.words.first()?;
    let mut command = Command::new(verb, vec![id]);
    command.detached = parsed.is_on(&["d", "detach"]) || verb == Verb::Start;
    // A runtime that stays with the container removes it when it is over.
    command.removes = verb == Verb::Run && !command.detached && !parsed.is_on(&["keep"]);
    command.signal = parsed.words.get(1).copied().filter(|_| verb == Verb::Kill);
    Some(command)
}
