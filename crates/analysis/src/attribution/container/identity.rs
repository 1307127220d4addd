//! Ids and names of containers.

use std::collections::HashMap;

use super::process::{ancestry, programs};
use crate::attribution::command;
use crate::timeline::{ProcessId, Program, Timeline};
use trace::manifest::{KnownContainer, Manifest};

/// Containers by id.
pub(super) type Known = HashMap<String, KnownContainer>;

/// The id of the container of an init: what its runtime was called with, else its cgroup's name.
pub(super) fn id(timeline: &Timeline<'_>, init: ProcessId) -> String {
    let by_runtime = ancestry(timeline, init)
        .find_map(|process| programs(timeline, process).find_map(|program| id_given_to(&program)));
    by_runtime
        .map(str::to_owned)
        .or_else(|| by_cgroup(timeline, init))
        .unwrap_or_default()
}

/// What a runtime or a program of LXC's was told to make or start.
fn id_given_to<'a>(program: &Program<'a>) -> Option<&'a str> {
    let is_lxc = crate::attribution::program::name_of(program).starts_with("lxc-");
    let command = if is_lxc {
        command::of(program)
    } else {
        command::of_runtime(program).filter(command::Command::makes)
    };
    command?.containers.first().copied()
}

/// The last component of the path of the cgroup that a process, or one that it descends from, was
/// put into first; without what engines put around an id.
fn by_cgroup(timeline: &Timeline<'_>, init: ProcessId) -> Option<String> {
    let events = &timeline.tables().cgroups;
    ancestry(timeline, init).take(3).find_map(|process| {
        let life = timeline.process(process);
        let attach = events.iter().find(|event| {
            event.operation == "attach"
                && event.target_tid == life.tgid
                && (life.born_ns..=life.ended_ns).contains(&event.at_ns)
        })?;
        id_in_cgroup(&attach.path).map(str::to_owned)
    })
}

/// What engines put before an id in the name of a cgroup.
const AROUND: &[&str] = &[
    "libpod-",
    "docker-",
    "crio-",
    "cri-containerd-",
    "nerdctl-",
    "lxc.payload.",
];

fn id_in_cgroup(path: &str) -> Option<&str> {
    let last = path.rsplit('/').find(|part| !part.is_empty())?;
    let bare = last.strip_suffix(".scope").unwrap_or(last);
    Some(
        AROUND
            .iter()
            .find_map(|around| bare.strip_prefix(around))
            .unwrap_or(bare),
    )
}

/// What is known of containers by id: as their engines describe them, and as shims were called.
pub(super) fn known(manifest: &Manifest, timeline: &Timeline<'_>) -> Known {
    let mut known: Known = manifest
        .containers
        .iter()
        .map(|container| (container.id.clone(), container.clone()))
        .collect();
    let programs = timeline
        .process_ids()
        .flat_map(|process| programs(timeline, process));
    for program in programs {
        if let Some((id, Some(name))) = command::served(&program) {
            let container = known.entry(id.to_owned()).or_default();
            if container.name.is_empty() {
                name.clone_into(&mut container.name);
            }
        }
    }
    known
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_told_from_what_engines_put_around_it() {
        for (path, id) in [
            ("/machine.slice/libpod-0a1b.scope", "0a1b"),
            ("/docker/0a1b", "0a1b"),
            ("/lxc.payload.l1", "l1"),
            ("/lxc.payload.l1/", "l1"),
        ] {
            assert_eq!(id_in_cgroup(path), Some(id), "{path}");
        }
    }
}
