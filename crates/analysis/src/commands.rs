//! The commands behind a stage: who asked, what the runtime was called for, and how they ended.

use crate::attribution::Attribution;
use crate::attribution::command;
use crate::attribution::stage::StageWindow;
use crate::report::{CommandKind, CommandRow};
use crate::timeline::{Process, ProcessId, Program, Timeline};
use trace::rows::Exec;

/// The commands of a stage of a container, the request first; without a container none.
pub(super) fn rows(
    attribution: &Attribution<'_, '_>,
    container: Option<usize>,
    window: &StageWindow,
) -> Vec<CommandRow> {
    let Some(container) = container else {
        return Vec::new();
    };
    let timeline = attribution.timeline();
    let mut rows: Vec<CommandRow> = window
        .asker
        .and_then(|asker| request(timeline, asker))
        .into_iter()
        .collect();
    rows.extend(steps(attribution, container, window));
    rows.extend(programs(attribution, container, window));
    rows
}

fn request(timeline: &Timeline<'_>, asker: ProcessId) -> Option<CommandRow> {
    let process = timeline.process(asker);
    let mut execs = execs(timeline, process);
    let exec = execs.find(|exec| command::of(&program_of(exec)).is_some())?;
    Some(row(timeline, CommandKind::Request, process, exec))
}

/// What runtimes were called for within a stage, by time.
fn steps(
    attribution: &Attribution<'_, '_>,
    container: usize,
    window: &StageWindow,
) -> Vec<CommandRow> {
    let timeline = attribution.timeline();
    let owned = timeline.process_ids().filter(|&id| {
        attribution.containers().owner(id) == Some(container) && Some(id) != window.asker
    });
    let mut rows: Vec<CommandRow> = owned
        .filter_map(|id| {
            let process = timeline.process(id);
            let mut execs = execs(timeline, process);
            let exec = execs.find(|exec| {
                (window.start_ns..window.end_ns).contains(&exec.at_ns)
                    && command::of_runtime(&program_of(exec)).is_some()
            })?;
            Some(row(timeline, CommandKind::Step, process, exec))
        })
        .collect();
    rows.sort_by_key(|row| (row.start_ns, row.pid));
    rows
}

/// The container's own program, where it ended within a stage.
fn programs(
    attribution: &Attribution<'_, '_>,
    container: usize,
    window: &StageWindow,
) -> Vec<CommandRow> {
    let timeline = attribution.timeline();
    let found = attribution.containers().all().get(container);
    let inits = found.map_or(&[][..], |container| container.inits.as_slice());
    let ended = inits.iter().map(|&init| timeline.process(init));
    let ended = ended.filter(|init| {
        exit_status(timeline, init).is_some()
            && (window.start_ns + 1..=window.end_ns).contains(&init.ended_ns)
    });
    ended
        .filter_map(|init| match execs(timeline, init).last() {
            Some(exec) => {
                let is_program = command::of_runtime(&program_of(exec)).is_none();
                is_program.then(|| row(timeline, CommandKind::Program, init, exec))
            }
            None => older(timeline, init),
        })
        .collect()
}

/// A program that had begun before the recording, of which only the path is known. A first process
/// that is younger, and ran nothing, is one whose program could not be begun.
fn older(timeline: &Timeline<'_>, init: &Process) -> Option<CommandRow> {
    let first = timeline.thread(*init.threads.first()?);
    if first.born_in_recording {
        return None;
    }
    let id = timeline.process_at(init.tgid, init.born_ns)?;
    let program = timeline.program(id, init.born_ns);
    Some(CommandRow {
        kind: CommandKind::Program,
        command: program.file_name().to_owned(),
        pid: init.tgid,
        start_ns: init.born_ns,
        wall_ns: init.ended_ns.saturating_sub(init.born_ns),
        exit_status: exit_status(timeline, init),
    })
}

fn row(timeline: &Timeline<'_>, kind: CommandKind, process: &Process, exec: &Exec) -> CommandRow {
    CommandRow {
        kind,
        command: line(&program_of(exec)),
        pid: process.tgid,
        start_ns: exec.at_ns,
        wall_ns: process.ended_ns.saturating_sub(exec.at_ns),
        exit_status: exit_status(timeline, process),
    }
}

/// The exit status as a shell says it; nothing for a process that outlived the recording. The
/// kernel's code has the status in its second byte and the signal in its first (wait(2)).
fn exit_status(timeline: &Timeline<'_>, process: &Process) -> Option<u32> {
    let ended = process.threads.iter().filter(|&&id| {
        let thread = timeline.thread(id);
        thread.exiting_from_ns.is_some() && thread.ended_ns == process.ended_ns
    });
    let task = ended.filter_map(|&id| timeline.task(id)).next_back()?;
    let signal = task.exit_code & 0x7f;
    Some(match signal {
        0 => task.exit_code >> 8 & 0xff,
        signal => 128 + signal,
    })
}

/// The command as it was called, its program by its name alone.
fn line(program: &Program<'_>) -> String {
    let mut words: Vec<&str> = program.arguments().collect();
    if let Some(first) = words.first_mut() {
        *first = first.rsplit('/').next().unwrap_or(first);
    }
    words.join(" ")
}

fn execs<'a>(timeline: &Timeline<'a>, process: &Process) -> impl Iterator<Item = &'a Exec> {
    let execs = &timeline.tables().execs;
    let rows: Vec<&'a Exec> = process
        .execs()
        .iter()
        .map(|&row| &execs[row as usize])
        .collect();
    rows.into_iter()
}

fn program_of(exec: &Exec) -> Program<'_> {
    Program {
        path: &exec.path,
        argv: &exec.argv,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribution::stage::stages;
    use crate::timeline::fixture::{exec, manifest, task};
    use trace::rows::Tables;

    #[test]
    fn a_request_says_who_asked_and_how_it_ended() {
        let mut asker = task(20, 10, Some(5));
        (asker.exiting_ns, asker.ended_ns, asker.exit_code) = (Some(79), Some(80), 127 << 8);
        let mut runtime = task(30, 20, Some(10));
        (runtime.exiting_ns, runtime.ended_ns, runtime.exit_code) = (Some(39), Some(40), 9);
        let tables = Tables {
            tasks: vec![task(10, 1, None), asker, runtime],
            execs: vec![
                exec(
                    20,
                    6,
                    "/usr/bin/podman",
                    "/usr/bin/podman run --name x bb /no",
                ),
                exec(30, 11, "/usr/bin/crun", "crun create --bundle b abc"),
            ],
            ..Tables::default()
        };
        let manifest = manifest(100);
        let timeline = Timeline::new(&manifest, &tables);
        let attribution = Attribution::new(&manifest, &timeline);
        let runs = stages(&manifest, &timeline, attribution.containers());
        let window = &runs[0].stages[0];
        assert_eq!((window.start_ns, window.end_ns), (5, 80));
        let found: Vec<_> = rows(&attribution, runs[0].container, window)
            .into_iter()
            .map(|row| (row.kind.name(), row.command, row.wall_ns, row.exit_status))
            .collect();
        let request = "podman run --name x bb /no".to_owned();
        let step = "crun create --bundle b abc".to_owned();
        assert_eq!(
            found,
            [
                ("request", request, 74, Some(127)),
                ("step", step, 29, Some(137))
            ]
        );
    }
}
