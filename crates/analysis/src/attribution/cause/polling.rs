//! Polling loops: a sleep, a call that checks for something, and a sleep again; how often, and the
//! target of the check.

use std::collections::BTreeMap;

use super::waits::of_thread;
use super::{Causes, words};
use crate::attribution::{Attribution, pattern};
use crate::report::CauseKind;
use crate::timeline::{ProcessId, Timeline};
use trace::rows::Span;

/// So many checks make a loop.
const CHECKS: usize = 3;
/// Shorter sleeps are those of a lock that spins.
const SHORTEST_NS: u64 = 1_000_000;
/// Checks that are further apart than this many times the others are not of one loop.
const STRAY: u64 = 3;

/// A check of a process, whenever it was.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Check {
    call: &'static str,
    target: String,
}

/// Notes the sleeps between the checks of each loop.
pub(super) fn note(causes: &mut Causes, attribution: &Attribution<'_, '_>) {
    let timeline = attribution.timeline();
    for process in timeline.process_ids() {
        let checks = checks_of(timeline, attribution, process);
        if checks.values().all(|times_ns| times_ns.len() < CHECKS) {
            continue;
        }
        let sleeps = Sleeps::new(attribution, process);
        let loops: Vec<_> = checks
            .iter()
            .flat_map(|(check, times_ns)| {
                let turns = loops(times_ns, &sleeps);
                turns.into_iter().map(move |turns| (check, turns))
            })
            .collect();
        if !loops.is_empty() {
            note_process(causes, attribution, process, &loops);
        }
    }
}

/// The checks of a process, each with when it was made.
fn checks_of(
    timeline: &Timeline<'_>,
    attribution: &Attribution<'_, '_>,
    process: ProcessId,
) -> BTreeMap<Check, Vec<u64>> {
    let mut checks: BTreeMap<Check, Vec<u64>> = BTreeMap::new();
    for &thread in &timeline.process(process).threads {
        for &row in timeline.thread(thread).spans() {
            let span = timeline.span(row);
            if let Some(check) = check(timeline, attribution, span) {
                checks.entry(check).or_default().push(span.start_ns);
            }
        }
    }
    for times_ns in checks.values_mut() {
        times_ns.sort_unstable();
    }
    checks
}

/// The check that a call is, if it is one: it asks for something and changes nothing.
fn check(timeline: &Timeline<'_>, attribution: &Attribution<'_, '_>, span: &Span) -> Option<Check> {
    const WNOHANG: u64 = 1;
    const LOCK_NB: u64 = 4;
    let call = timeline.syscall_name(span.nr)?;
    let path = || span.text.and_then(|text| timeline.text(text));
    let target = match call {
        "kill" if span.arg1 == 0 => process_name(timeline, attribution, span.arg0, span.start_ns),
        "pidfd_send_signal" if span.arg1 == 0 => "a process".to_owned(),
        "wait4" if span.arg2 & WNOHANG != 0 && span.result == 0 => "a child".to_owned(),
        "waitid" if span.arg3 & WNOHANG != 0 => "a child".to_owned(),
        "flock" if span.arg1 & LOCK_NB != 0 && span.result < 0 => "a file lock".to_owned(),
        "stat" | "lstat" | "newfstatat" | "statx" | "access" | "faccessat" | "faccessat2"
        | "open" | "openat" | "readlink" | "readlinkat" => pattern::of(path()?),
        _ => return None,
    };
    Some(Check { call, target })
}

fn process_name(
    timeline: &Timeline<'_>,
    attribution: &Attribution<'_, '_>,
    number: u64,
    at_ns: u64,
) -> String {
    let process = u32::try_from(number)
        .ok()
        .and_then(|number| timeline.process_at(number, at_ns));
    match process.map(|process| attribution.process_name(process, at_ns)) {
        None | Some("") => "a process".to_owned(),
        Some(name) => format!("process {name}"),
    }
}

/// The times at which a thread of a process slept, without overlap.
#[derive(Debug)]
struct Sleeps(Vec<(u64, u64)>);

impl Sleeps {
    fn new(attribution: &Attribution<'_, '_>, process: ProcessId) -> Self {
        let mut sleeps = Vec::new();
        for &thread in &attribution.timeline().process(process).threads {
            for wait in of_thread(attribution, thread) {
                let waited_ns = wait.duration_ns().filter(|&ns| ns >= SHORTEST_NS);
                if let Some(waited_ns) = waited_ns.filter(|_| wait.is_ended_by_timer(attribution)) {
                    let from_ns = wait.off_cpu.from_ns;
                    sleeps.push((from_ns, from_ns + waited_ns));
                }
            }
        }
        Self::of(sleeps)
    }

    fn of(mut sleeps: Vec<(u64, u64)>) -> Self {
        sleeps.sort_unstable();
        let mut apart: Vec<(u64, u64)> = Vec::new();
        for (from_ns, to_ns) in sleeps {
            match apart.last_mut() {
                Some(last) if from_ns <= last.1 => last.1 = last.1.max(to_ns),
                Some(_) | None => apart.push((from_ns, to_ns)),
            }
        }
        Self(apart)
    }

    /// How long somebody slept within a time.
    fn within_ns(&self, (from_ns, to_ns): (u64, u64)) -> u64 {
        let first = self.0.partition_point(|sleep| sleep.1 <= from_ns);
        self.0[first..]
            .iter()
            .take_while(|sleep| sleep.0 < to_ns)
            .map(|sleep| sleep.1.min(to_ns) - sleep.0.max(from_ns))
            .sum()
    }
}

/// The turns of a loop: from when to when, and how far they are apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Turns {
    from_ns: u64,
    to_ns: u64,
    interval_ns: u64,
}

/// The loops that checks at these times are: runs of some that are about equally far apart, with
/// sleeps in between.
fn loops(times_ns: &[u64], sleeps: &Sleeps) -> Vec<Turns> {
    let mut found = Vec::new();
    let mut first = 0;
    for next in 1..=times_ns.len() {
        let is_next = times_ns.get(next).is_some_and(|&next_ns| {
            let apart_ns = next_ns - times_ns[next - 1];
            let before_ns = (next - 1 > first).then(|| times_ns[next - 1] - times_ns[next - 2]);
            apart_ns >= SHORTEST_NS
                && sleeps.within_ns((times_ns[next - 1], next_ns)) * 2 >= apart_ns
                && before_ns.is_none_or(|before_ns| {
                    apart_ns <= before_ns * STRAY && before_ns <= apart_ns * STRAY
                })
        });
        if is_next {
            continue;
        }
        if next - first >= CHECKS {
            let (from_ns, to_ns) = (times_ns[first], times_ns[next - 1]);
            let mut apart_ns: Vec<u64> = times_ns[first..next]
                .windows(2)
                .map(|pair| pair[1] - pair[0])
                .collect();
            apart_ns.sort_unstable();
            found.push(Turns {
                from_ns,
                to_ns,
                interval_ns: apart_ns[apart_ns.len() / 2],
            });
        }
        first = next;
    }
    found
}

fn note_process(
    causes: &mut Causes,
    attribution: &Attribution<'_, '_>,
    process: ProcessId,
    loops: &[(&Check, Turns)],
) {
    for &thread in &attribution.timeline().process(process).threads {
        for wait in of_thread(attribution, thread) {
            let waited_ns = wait.duration_ns().unwrap_or(0);
            let (from_ns, to_ns) = (wait.off_cpu.from_ns, wait.off_cpu.from_ns + waited_ns);
            let turned = loops.iter().find(|(_, turns)| {
                // The sleep before the first check, or after the last, is of the loop too.
                turns.from_ns <= to_ns
                    && from_ns <= turns.to_ns + turns.interval_ns
                    && waited_ns >= SHORTEST_NS
                    && waited_ns <= turns.interval_ns * 2
            });
            let Some((check, turns)) = turned.filter(|_| wait.is_ended_by_timer(attribution))
            else {
                continue;
            };
            let interval = words::duration(turns.interval_ns);
            let text = format!(
                "polling each {interval}: {} of {}",
                check.call, check.target
            );
            causes.note_kind(&text, CauseKind::Polling);
            causes.note_wait(wait.row, &text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_at_equal_distances_are_a_loop() {
        const MS: u64 = 1_000_000;
        let times_ns: Vec<u64> = [1, 11, 21, 32, 500, 501].map(|ms| ms * MS).to_vec();
        let sleeps = Sleeps::of(times_ns.iter().map(|&ns| (ns + MS, ns + 9 * MS)).collect());
        let found = loops(&times_ns, &sleeps);
        let expected = Turns {
            from_ns: MS,
            to_ns: 32 * MS,
            interval_ns: 10 * MS,
        };
        assert_eq!(found, [expected]);
        assert_eq!(
            loops(&times_ns, &Sleeps::of(Vec::new())),
            [],
            "nobody sleeps"
        );
    }
}
