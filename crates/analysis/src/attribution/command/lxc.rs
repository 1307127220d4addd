//! LXC's programs (lxc-start(1), and so on), and the clients of LXD and Incus.

use super::options::{Grammar, Valued, parse};
use super::{Command, Verb};

/// Options of LXC's programs that take a value; all share the first ones (lxc(7)).
const TOOLS: Grammar = Grammar::leading(Valued::Only(&[
    "n",
    "name",
    "P",
    "lxcpath",
    "o",
    "logfile",
    "l",
    "logpriority",
    "f",
    "rcfile",
    "config",
    "p",
    "pidfile",
    "c",
    "console",
    "L",
    "console-log",
    "s",
    "define",
    "t",
    "template",
    "B",
    "bdev",
    "N",
    "newname",
    "u",
    "uid",
    "g",
    "gid",
    "e",
    "elevated-privileges",
    "a",
    "arch",
    "v",
    "set-var",
    "timeout",
    "fssize",
]));

/// Options of LXD's client that take a value.
const CLIENT: Grammar = Grammar::mixed(Valued::Only(&[
    "c",
    "config",
    "p",
    "profile",
    "n",
    "network",
    "s",
    "storage",
    "target",
    "t",
    "type",
    "project",
    "d",
    "device",
    "description",
    "timeout",
    "env",
    "cwd",
    "user",
    "group",
    "mode",
]));

/// `lxc SUBCOMMAND ...`; `launch` and `init` take an image before the name.
pub(super) fn client_command<'a>(arguments: &[&'a str]) -> Option<Command<'a>> {
    let own = arguments.split(|&word| word == "--").next()?;
    let parsed = parse(own, CLIENT);
    let (&name, words) = parsed.words.split_first()?;
    let named = |at: usize| words.get(at).copied().into_iter().collect();
    Some(match name {
        "launch" => Command {
            detached: true,
            ..Command::new(Verb::Run, named(1))
        },
        "init" | "create" => Command::new(Verb::Create, named(1)),
        "copy" => Command::new(Verb::Create, named(1)),
        "start" => Command {
            detached: true,
            ..Command::new(Verb::Start, words.to_vec())
        },
        "exec" => Command::new(Verb::Exec, named(0)),
        "stop" => Command::new(Verb::Stop, words.to_vec()),
        "restart" => Command::new(Verb::Restart, words.to_vec()),
        "pause" => Command::new(Verb::Pause, words.to_vec()),
        "delete" | "rm" => Command::new(Verb::Remove, words.to_vec()),
        _ => return None,
    })
}

/// `lxc-VERB -n NAME`, or the name as the first word.
pub(super) fn tool_command<'a>(program: &str, arguments: &[&'a str]) -> Option<Command<'a>> {
    let verb = match program {
        "lxc-create" | "lxc-copy" => Verb::Create,
        "lxc-start" => Verb::Start,
        "lxc-execute" => Verb::Run,
        "lxc-attach" => Verb::Exec,
        "lxc-stop" => Verb::Stop,
        "lxc-destroy" => Verb::Remove,
        "lxc-freeze" => Verb::Pause,
        "lxc-unfreeze" => Verb::Unpause,
        _ => return None,
    };
    let parsed = parse(arguments, TOOLS);
    let names: &[&str] = if program == "lxc-copy" {
        &["N", "newname"]
    } else {
        &["n", "name"]
    };
    let name = parsed
        .value(names)
        .or_else(|| parsed.words.first().copied());
    let mut command = Command::new(verb, name.into_iter().collect());
    command.detached = verb == Verb::Start && !parsed.is_on(&["F", "foreground"]);
    Some(command)
}
