//! What the command line of an engine or runtime asks for, of which container.
//!
//! Each family of programs has its grammar: which options take a value, and which word is the
//! container. [`options`] takes arguments apart as their parsers do, [`docker`], [`oci`], [`ctr`]
//! and [`lxc`] know the programs. An argument that is not at its place means nothing: the image,
//! or the container's own command, may be called anything.

mod ctr;
mod docker;
mod lxc;
mod oci;
mod options;

use super::program;
use crate::timeline::Program;
use trace::mark::Stage;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// A container that can be started.
    Create,
    /// A container, running.
    Run,
    /// That a container runs.
    Start,
    /// A program beside the container's own.
    Exec,
    /// That the container's processes end.
    Stop,
    /// A signal for its first process.
    Kill,
    /// That it is removed.
    Remove,
    /// That it stands still.
    Pause,
    /// That it goes on.
    Unpause,
    /// Stop and start.
    Restart,
}

/// A command on containers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command<'a> {
    /// What is asked for.
    pub verb: Verb,
    /// Ids or names of the containers that exist; for a new one the name that it is given.
    pub containers: Vec<&'a str>,
    /// Whether the command ends though the program that it starts goes on.
    pub detached: bool,
    /// Whether the container is removed when its program ends.
    pub removes: bool,
    /// Whether the program leaves the work to a service elsewhere, though it could do it.
    pub is_remote: bool,
    /// The signal that is to be sent, as it was written.
    pub signal: Option<&'a str>,
    /// For a new container its image and program, as they were written.
    pub image_and_program: Vec<&'a str>,
}

impl<'a> Command<'a> {
    fn new(verb: Verb, containers: Vec<&'a str>) -> Self {
        Self {
            verb,
            containers,
            detached: false,
            removes: false,
            is_remote: false,
            signal: None,
            image_and_program: Vec::new(),
        }
    }

    /// The stage that the command is, where it is one: a `run` is several.
    pub fn stage(&self) -> Option<Stage> {
        Some(match self.verb {
            Verb::Create => Stage::Create,
            Verb::Run => return None,
            Verb::Start => Stage::Start,
            Verb::Exec => Stage::Exec,
            Verb::Stop => Stage::Stop,
            Verb::Kill if self.is_to_end() => Stage::Stop,
            Verb::Kill => Stage::Kill,
            Verb::Remove => Stage::Remove,
            Verb::Pause => Stage::Pause,
            Verb::Unpause => Stage::Unpause,
            Verb::Restart => Stage::Restart,
        })
    }

    /// Whether a new container is asked for.
    pub fn makes(&self) -> bool {
        matches!(self.verb, Verb::Create | Verb::Run)
    }

    /// Whether the signal is one by which containers are ended: none said is KILL or TERM.
    fn is_to_end(&self) -> bool {
        const ENDING: &[&str] = &["KILL", "TERM", "INT", "QUIT", "9", "15", "2", "3"];
        let name = |signal: &'a str| signal.strip_prefix("SIG").unwrap_or(signal);
        self.signal
            .is_none_or(|signal| ENDING.contains(&name(signal)))
    }
}

/// The command that a program was called for; nothing for programs that are no engine or runtime,
/// and for what changes no container.
pub fn of<'a>(program: &Program<'a>) -> Option<Command<'a>> {
    let name = program::name_of(program);
    let arguments = arguments(program);
    match name {
        "docker" | "podman" | "podman-remote" | "nerdctl" => docker::command(&arguments),
        "buildah" => docker::build_command(&arguments),
        "ctr" => ctr::command(&arguments),
        "lxc" | "incus" => lxc::client_command(&arguments),
        name if name.starts_with("lxc-") => lxc::tool_command(name, &arguments),
        name if oci::is_runtime(name) => oci::command(name, &arguments),
        _ => None,
    }
}

/// The command of an OCI runtime, which engines call.
pub fn of_runtime<'a>(program: &Program<'a>) -> Option<Command<'a>> {
    oci::is_runtime(program::name_of(program))
        .then(|| of(program))
        .flatten()
}

/// The id and, if it was given one, the name of the container that a conmon(8) or a shim serves.
pub fn served<'a>(program: &Program<'a>) -> Option<(&'a str, Option<&'a str>)> {
    let name = program::name_of(program);
    let arguments = arguments(program);
    let value = |names: [&str; 2]| {
        let at = arguments.iter().position(|word| names.contains(word))?;
        arguments.get(at + 1).copied()
    };
    match name {
        "conmon" => Some((value(["-c", "--cid"])?, value(["-n", "--name"]))),
        name if name.starts_with("containerd-shim") => Some((value(["-id", "--id"])?, None)),
        _ => None,
    }
}

/// The arguments behind the program's own name, empty ones too.
fn arguments<'a>(program: &Program<'a>) -> Vec<&'a str> {
    let argv = program.argv.strip_suffix('\0').unwrap_or(program.argv);
    argv.split('\0').skip(1).collect()
}

#[cfg(test)]
mod tests;
