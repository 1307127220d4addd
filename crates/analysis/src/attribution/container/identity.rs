//! Names and ids of containers.

use super::owners::Owners;
use super::process::{ancestry, programs, runtime_command};
use crate::timeline::{ProcessId, Program, Timeline};

/// The id of the container of an init: what its runtime was called with, else its cgroup's name.
pub(super) fn id(timeline: &Timeline<'_>, init: ProcessId) -> String {
    let by_runtime = ancestry(timeline, init)
        .find_map(|process| programs(timeline, process).find_map(|program| id_given_to(&program)));
    by_runtime
        .map(str::to_owned)
        .or_else(|| by_cgroup(timeline, init))
        .unwrap_or_default()
}

/// The last argument of `RUNTIME create` and `RUNTIME run` (OCI runtime command line, runc(8)).
fn id_given_to<'a>(program: &Program<'a>) -> Option<&'a str> {
    runtime_command(program, &["create", "run"])
}

/// The last component of the path of the cgroup that a process, or one that it descends from, was
/// put into first; without what engines put around an id.
fn by_cgroup(timeline: &Timeline<'_>, init: ProcessId) -> Option<String> {
    let events = &timeline.tables().cgroups;
    ancestry(timeline, init).take(3).find_map(|process| {
        let tgid = timeline.process(process).tgid;
        let attach = events
            .iter()
            .find(|event| event.operation == "attach" && event.target_tid == tgid)?;
        let last = attach.path.rsplit('/').find(|part| !part.is_empty())?;
        let bare = last.strip_suffix(".scope").unwrap_or(last);
        const AROUND: &[&str] = &["libpod-", "docker-", "crio-", "cri-containerd-", "nerdctl-"];
        let bare = AROUND
            .iter()
            .find_map(|around| bare.strip_prefix(around))
            .unwrap_or(bare);
        Some(bare.to_owned())
    })
}

/// The name of a container: what a process that worked for it alone was told.
pub(super) fn name(timeline: &Timeline<'_>, owners: &Owners, container: usize) -> Option<String> {
    timeline
        .process_ids()
        .filter(|&process| owners.of(process) == Some(container))
        .flat_map(|process| programs(timeline, process))
        .find_map(|program| name_given_to(&program))
        .map(str::to_owned)
}

/// `--name NAME` of an engine, `-n NAME` of conmon(8).
fn name_given_to<'a>(program: &Program<'a>) -> Option<&'a str> {
    let option = if program.file_name() == "conmon" {
        "-n"
    } else {
        "--name"
    };
    let mut arguments = program.arguments().skip(1);
    while let Some(argument) = arguments.next() {
        if argument == option {
            return arguments.next();
        }
        if let Some(("--name", name)) = argument.split_once('=') {
            return Some(name);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_from_engines_and_from_conmon() {
        for (path, argv, name) in [
            (
                "/usr/bin/docker",
                "docker run --name one image",
                Some("one"),
            ),
            (
                "/usr/bin/podman",
                "podman run --name=two image",
                Some("two"),
            ),
            ("/usr/bin/conmon", "conmon -c 0123 -n three", Some("three")),
            ("/usr/bin/podman", "podman run -n image", None),
            ("/usr/bin/docker", "docker run image", None),
        ] {
            let argv = argv.replace(' ', "\0");
            let program = Program { path, argv: &argv };
            assert_eq!(name_given_to(&program), name, "{argv}");
        }
    }
}
