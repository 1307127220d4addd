//! A program that starts threads, which wait for and wake one another.

use super::{Answer, Rule, differing, never};
use crate::explain::Draft;
use crate::report::finding::{Evidence, Finding};
use crate::report::{Actor, PartDifference, StageDifference};
use trace::phase::Phase;
use trace::role::Role;

pub(super) const RULE: Rule = Rule {
    name: "threads",
    cause: "starts threads that wait for and wake one another",
    apply,
    single: never,
};

/// Calls by which threads of a process wait for one another, and for their own timers.
const AMONG_THREADS: &[&str] = &["futex", "nanosleep", "sched_yield", "epoll_pwait", "tgkill"];
/// One thread per run, times 1000: less is a difference between runs of the same side.
const ONE_MILLI: u64 = 1_000;

fn apply(stage: &StageDifference) -> Answer {
    let findings = Role::ALL.iter().filter_map(|&role| of_role(stage, role));
    Answer::of(
        findings.collect(),
        "no program starts more threads on one side",
    )
}

fn of_role(stage: &StageDifference, role: Role) -> Option<Finding> {
    let own: Vec<&PartDifference> = differing(stage)
        .into_iter()
        .filter(|part| part.role == Actor::Role(role) && is_of_threads(part))
        .collect();
    let starts: Vec<&&PartDifference> = own.iter().filter(|part| is_start(part)).collect();
    let started =
        |side: fn(&PartDifference) -> u64| -> u64 { starts.iter().map(|part| side(part)).sum() };
    let threads_a = started(|part| part.figures.a.thread_count_milli);
    let threads_b = started(|part| part.figures.b.thread_count_milli);
    if threads_a.abs_diff(threads_b) < ONE_MILLI {
        return None;
    }
    let sum = |side: fn(&PartDifference) -> u64| own.iter().map(|part| side(part)).sum();
    let (time_a, time_b): (u64, u64) = (
        sum(|part| part.figures.a.path_ns),
        sum(|part| part.figures.b.path_ns),
    );
    let draft = Draft::new(
        RULE.name,
        stage,
        "the {role} starts {threads_b} threads per run instead of {threads_a}: starting them, and \
         their waiting for and waking one another, takes {time_b} of the critical path instead of \
         {time_a}",
    );
    let finding = draft
        .with(Evidence::name("role", role.name()))
        .with(Evidence::milli("threads_a", threads_a))
        .with(Evidence::milli("threads_b", threads_b))
        .with(Evidence::duration("time_a", time_a))
        .with(Evidence::duration("time_b", time_b))
        .try_this("a program without threads, or fewer of them (for Go, GOMAXPROCS)")
        .about(&own)
        .amounts_to(own.iter().map(|part| part.figures.difference).sum())
        .finish();
    Some(finding)
}

fn is_start(part: &PartDifference) -> bool {
    part.phase == Phase::Process && part.subphase == "thread"
}

fn is_of_threads(part: &PartDifference) -> bool {
    let call = part.syscall.as_deref().unwrap_or_default();
    // Their waits for a CPU are told with those of others.
    let is_wait_for_cpu = part.phase == Phase::Runqueue;
    is_start(part) || (AMONG_THREADS.contains(&call) && !is_wait_for_cpu)
}
