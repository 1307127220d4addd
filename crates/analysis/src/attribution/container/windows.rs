//! The stages of a container: its requests, from the call to the answer.
//!
//! | request | stage | begins | ends |
//! | --- | --- | --- | --- |
//! | `create`, `start`, `exec`, `stop`, `kill`, `rm`, `pause`, `unpause`, `restart` | of that name (`rm`: remove; a `kill` by a signal that ends: stop) | when the command was called | when it was over |
//! | `run`, and a `start` that stays attached | create | when it was called | when the runtime is called to start it; where it is not called anew, when it lets init go on |
//! | | start | there | when init executes the container's program; detached: at the answer |
//! | | exec (not detached) | there | when init begins to exit |
//! | | stop (not detached) | there | when init is gone; without a removal: at the answer |
//! | | remove (with `--rm`) | there | at the answer |
//!
//! What nobody is known to have asked for has the kernel's edges: a life's creation begins with its runtime or shim,
//! a program that joins with its runtime's call, a stop with the runtime's `kill`, and a removal ends with the
//! last control group and mount. A stage whose end is not in the recording is left out.

use super::Edge;
use super::life::{Life, joiners};
use super::process::{is_tracked, program_of};
use super::removal::removed;
use super::request::Request;
use super::subject::Subject;
use crate::attribution::command::{self, Verb};
use crate::attribution::role::Roles;
use crate::attribution::stage::StageWindow;
use crate::timeline::{ProcessId, Timeline};
use trace::mark::Stage;

/// All stages of a container, in order of time.
pub(super) fn stages(
    timeline: &Timeline<'_>,
    roles: &Roles,
    subject: &Subject,
    requests: &[Request<'_>],
) -> Vec<StageWindow> {
    let asked: Vec<&Request<'_>> = subject
        .requests
        .iter()
        .map(|&index| &requests[index])
        .collect();
    let mut stages = Vec::new();
    for request in asked.iter().filter(|request| request.is_ours) {
        stages.extend(of_request(subject, request));
    }
    // What becomes of others' containers is nobody's business here, though a daemon that works for
    // all has its processes tracked.
    let is_ours = asked.iter().any(|request| request.is_ours);
    let ours = |life: &&Life| {
        is_ours || (asked.is_empty() && !life.is_older && is_tracked(timeline, life.init))
    };
    for life in subject.lives.iter().filter(ours) {
        stages.extend(unasked(timeline, roles, life, &asked));
    }
    stages.sort_by_key(|window| (window.start_ns, window.end_ns, window.stage));
    stages
}

/// The stages of a request.
fn of_request(subject: &Subject, request: &Request<'_>) -> Vec<StageWindow> {
    let life = || {
        let mut lives = subject.lives.iter();
        lives.find(|life| !life.is_older && request.is_open_at(life.born_ns))
    };
    match request.command.verb {
        Verb::Run => match life() {
            Some(life) => of_run(request, life),
            None => whole(request, Stage::Create).into_iter().collect(),
        },
        Verb::Start if !request.command.detached => match life() {
            Some(life) => of_attached_start(request, life),
            None => whole(request, Stage::Start).into_iter().collect(),
        },
        Verb::Create
        | Verb::Start
        | Verb::Exec
        | Verb::Stop
        | Verb::Kill
        | Verb::Remove
        | Verb::Pause
        | Verb::Unpause
        | Verb::Restart => {
            let stage = request.command.stage();
            let window = stage.and_then(|stage| whole(request, stage));
            window.into_iter().collect()
        }
    }
}

/// One stage from the call to the answer.
fn whole(request: &Request<'_>, stage: Stage) -> Option<StageWindow> {
    window(
        Some(request.process),
        stage,
        request.begun_ns,
        request.answer?,
    )
}

fn of_run(request: &Request<'_>, life: &Life) -> Vec<StageWindow> {
    let asker = Some(request.process);
    let Some(program) = life.program else {
        // Its program never ran: all there was is an attempt.
        return whole(request, Stage::Create).into_iter().collect();
    };
    let go = life.go.unwrap_or(program);
    let mut stages: Vec<StageWindow> = window(asker, Stage::Create, request.begun_ns, go)
        .into_iter()
        .collect();
    if request.command.detached {
        let answer = request.answer;
        stages.extend(answer.and_then(|answer| window(asker, Stage::Start, go.at_ns, answer)));
        return stages;
    }
    stages.extend(window(asker, Stage::Start, go.at_ns, program));
    stages.extend(of_attached(request, life, program));
    stages
}

fn of_attached_start(request: &Request<'_>, life: &Life) -> Vec<StageWindow> {
    let Some(program) = life.program else {
        return whole(request, Stage::Start).into_iter().collect();
    };
    let start = window(
        Some(request.process),
        Stage::Start,
        request.begun_ns,
        program,
    );
    start
        .into_iter()
        .chain(of_attached(request, life, program))
        .collect()
}

/// The stages from a container's program on, whose end is waited for.
fn of_attached(request: &Request<'_>, life: &Life, program: Edge) -> Vec<StageWindow> {
    let asker = Some(request.process);
    let answer = request.answer;
    let exit = life.exit.filter(|exit| exit.at_ns <= request.answered_ns());
    let Some(exit) = exit else {
        // Nobody waits any longer, though it runs on.
        let left = answer.and_then(|answer| window(asker, Stage::Exec, program.at_ns, answer));
        return left.into_iter().collect();
    };
    let mut stages: Vec<StageWindow> = window(asker, Stage::Exec, program.at_ns, exit)
        .into_iter()
        .collect();
    let end = life.end.filter(|_| request.command.removes).or(answer);
    stages.extend(end.and_then(|end| window(asker, Stage::Stop, exit.at_ns, end)));
    if let (true, Some(end), Some(answer)) = (request.command.removes, life.end, answer) {
        stages.extend(window(asker, Stage::Remove, end.at_ns, answer));
    }
    stages
}

/// The stages of a life that no request accounts for.
fn unasked(
    timeline: &Timeline<'_>,
    roles: &Roles,
    life: &Life,
    asked: &[&Request<'_>],
) -> Vec<StageWindow> {
    let is_asked_at = |at_ns: u64| asked.iter().any(|request| request.is_open_at(at_ns));
    let mut stages = Vec::new();
    let joiners = joiners(timeline, life);
    let is_made_unasked = !life.is_older && !is_asked_at(life.born_ns);
    if is_made_unasked && let Some(program) = life.program {
        // Where nobody lets init go on, there is no start that could be told from its creation.
        stages.extend(window(
            None,
            Stage::Create,
            life.begun_ns,
            life.go.unwrap_or(program),
        ));
        stages.extend(
            life.go
                .and_then(|go| window(None, Stage::Start, go.at_ns, program)),
        );
        if joiners.is_empty() {
            stages.extend(
                life.exit
                    .and_then(|exit| window(None, Stage::Exec, program.at_ns, exit)),
            );
        }
    }
    for joiner in joiners {
        let is_asked = asked.iter().any(|request| {
            request.command.verb == Verb::Exec && request.is_open_at(joiner.born_ns)
        });
        if !is_asked {
            stages.extend(window(None, Stage::Exec, joiner.begun_ns, joiner.end));
        }
    }
    if let (Some(exit), Some(end)) = (life.exit, life.end)
        && !is_asked_at(exit.at_ns)
        && !is_asked_at(end.at_ns)
    {
        let killed_ns = killed_ns(timeline, life).filter(|&at_ns| !is_asked_at(at_ns));
        let begun_ns = killed_ns.map_or(exit.at_ns, |at_ns| at_ns.min(exit.at_ns));
        stages.extend(window(None, Stage::Stop, begun_ns, end));
        let removed = removed(timeline, roles, life).filter(|removed| !is_asked_at(removed.at_ns));
        stages.extend(removed.and_then(|last| window(None, Stage::Remove, end.at_ns, last)));
    }
    stages
}

/// When a runtime was called to end a life.
fn killed_ns(timeline: &Timeline<'_>, life: &Life) -> Option<u64> {
    let program_ns = life.program?.at_ns;
    let execs = timeline.tables().execs.iter();
    let kills = execs.filter(|exec| {
        (program_ns..life.ended_ns()).contains(&exec.at_ns)
            && command::of_runtime(&program_of(exec)).is_some_and(|command| {
                command.verb == Verb::Kill && command.containers.contains(&life.id.as_str())
            })
    });
    kills.map(|exec| exec.at_ns).min()
}

/// A stage, unless it ends before it begins.
fn window(asker: Option<ProcessId>, stage: Stage, start_ns: u64, end: Edge) -> Option<StageWindow> {
    (start_ns <= end.at_ns).then_some(StageWindow {
        stage,
        start_ns,
        end_ns: end.at_ns,
        tid: end.tid,
        asker,
    })
}
