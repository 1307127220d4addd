//! The probes, tried for real: loaded, attached, seen to send, and let go.

use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, Instant};

use profiler_common::{KernelFunction, Probe};

use super::group::Group;
use capture::{CaptureError, CaptureOptions, Probes, is_essential};
use render::doctor::report::{Check, CheckState};
use trace::manifest::{KPROBE, ProbeState};

const GROUP: Group = Group("probes");

/// How long records may take to arrive: this process's own sleeps make some.
const LIMIT: Duration = Duration::from_millis(500);
const NAP: Duration = Duration::from_millis(5);

/// Loads, attaches, listens, and detaches.
pub fn checks(options: &CaptureOptions) -> Vec<Check> {
    let mut probes = match Probes::load(options, [0; 3], &[], 0) {
        Ok(probes) => probes,
        Err(error) => return vec![failure("load", &error)],
    };
    let attached = probes.attach(options);
    let mut checks: Vec<Check> = Probe::ALL
        .iter()
        .map(|&probe| {
            if probes.needed().any(|needed| needed == probe) {
                tracepoint(probe.name(), is_essential(probe), probes.states())
            } else {
                GROUP.ok(probe.name(), "not needed on this kernel")
            }
        })
        .collect();
    match attached {
        Ok(()) => {
            checks.extend(quotas(probes.states()));
            checks.extend(functions(probes.states()));
            checks.push(iterator(&mut probes));
            checks.push(ring_buffer(&mut probes, options.ring_bytes));
        }
        Err(error) => checks.push(failure("attach", &error)),
    }
    checks
}

/// An error of capture carries its remedy behind the last semicolon.
fn failure(name: &str, error: &CaptureError) -> Check {
    let text = error.to_string();
    let (detail, remedy) = text.rsplit_once("; ").unwrap_or((
        &text,
        "see to the other checks; if all are well, report this as a bug",
    ));
    GROUP.missing(name, detail, remedy)
}

/// Where the kernel's CPU quotas cannot be read.
fn quotas(states: &[ProbeState]) -> Option<Check> {
    const NAME: &str = "cfs_bandwidth";
    let is_missing = states.iter().any(|state| state.name == NAME);
    is_missing.then(|| tracepoint(NAME, false, states))
}

fn tracepoint(name: &str, is_essential: bool, states: &[ProbeState]) -> Check {
    let Some(state) = states
        .iter()
        .find(|state| state.name == name && !state.is_function_hook())
    else {
        return GROUP.warn(name, "not tried", "see to the probe that failed");
    };
    if state.state == "attached" {
        return GROUP.ok(name, &state.kind);
    }
    let (why, loss) = state
        .reason
        .rsplit_once("; ")
        .unwrap_or((&state.reason, ""));
    let check = GROUP.warn(
        name,
        why,
        format!("without it: {loss}; use a kernel that has it, as root"),
    );
    if is_essential {
        Check {
            state: CheckState::Missing,
            ..check
        }
    } else {
        check
    }
}

/// The hooks on kernel functions: one line for those that are timed, and one for each reason why
/// others are not.
fn functions(states: &[ProbeState]) -> Vec<Check> {
    let mut attached = 0;
    let mut by_kprobe = 0;
    let mut refused: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for state in states.iter().filter(|state| state.is_function_hook()) {
        if state.state == "attached" {
            attached += 1;
            by_kprobe += usize::from(state.kind == KPROBE);
        } else {
            let reason = state
                .reason
                .rsplit_once("; ")
                .map_or("", |(reason, _)| reason);
            refused.entry(reason).or_default().push(&state.name);
        }
    }
    let count = KernelFunction::ALL.len();
    let timed = (attached > 0).then(|| {
        let kprobes = match by_kprobe {
            0 => String::new(),
            some => format!(", {some} of them by kprobes"),
        };
        GROUP.ok(
            "functions",
            format!("{attached} of {count} functions are timed{kprobes}"),
        )
    });
    let untimed = refused.into_iter().map(|(reason, names)| {
        GROUP.warn(
            "functions",
            reason,
            format!(
                "nothing to be done on this kernel: {} of {count} functions are not timed, kernel stacks still name them ({})",
                names.len(),
                names.join(", ")
            ),
        )
    });
    timed.into_iter().chain(untimed).collect()
}

/// Whether records arrive: naps make switches and wake-ups. The buffer goes with the check, and no
/// program that uses it can be loaded afterwards.
fn ring_buffer(probes: &mut Probes, bytes: u32) -> Check {
    const NAME: &str = "ring buffer";
    let mut ring = match probes.take_ring() {
        Ok(ring) => ring,
        Err(error) => return failure(NAME, &error),
    };
    let deadline = Instant::now() + LIMIT;
    while Instant::now() < deadline {
        thread::sleep(NAP);
        if ring.next().is_some() {
            return GROUP.ok(NAME, format!("{} MiB, records arrive", bytes >> 20));
        }
    }
    GROUP.missing(
        NAME,
        format!("no record arrived within {} ms", LIMIT.as_millis()),
        "see that sched_switch and sched_waking are attached; if they are, report this as a bug",
    )
}

/// The iterator over tasks, which level `summary` ends with.
fn iterator(probes: &mut Probes) -> Check {
    match probes.cut_totals() {
        Ok(()) => GROUP.ok("task iterator", "iter/task"),
        Err(error) => GROUP.warn(
            "task iterator",
            error.to_string(),
            "use --level full: with summary, totals of tasks that sleep at the end are lost",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use trace::manifest::FENTRY;

    fn state(kind: &str, name: &str, state: &str, reason: &str) -> ProbeState {
        ProbeState {
            name: name.to_owned(),
            kind: kind.to_owned(),
            state: state.to_owned(),
            reason: reason.to_owned(),
            runs: 0,
        }
    }

    #[test]
    fn only_an_essential_probe_is_missing() {
        let states = [
            state(
                "",
                "sys_enter",
                "unavailable",
                "tp_btf: no; raw_tp: no; no system calls",
            ),
            state(
                "",
                "sched_waking",
                "unavailable",
                "refused; nobody is known",
            ),
            state("tp_btf", "sched_switch", "attached", ""),
        ];
        let enter = tracepoint("sys_enter", true, &states);
        assert_eq!(enter.state, CheckState::Missing);
        assert_eq!(enter.detail, "tp_btf: no; raw_tp: no");
        let waking = tracepoint("sched_waking", false, &states);
        assert_eq!(waking.state, CheckState::Warn);
        assert!(waking.remedy.starts_with("without it: nobody is known;"));
        assert_eq!(
            tracepoint("sched_switch", false, &states).state,
            CheckState::Ok
        );
        assert_eq!(
            tracepoint("sched_process_fork", true, &states).detail,
            "not tried"
        );
    }

    #[test]
    fn a_tracepoint_is_not_taken_for_the_function_of_its_name() {
        let states = [
            state(
                FENTRY,
                "cgroup_mkdir",
                "unavailable",
                "not permitted; its time",
            ),
            state("tp_btf", "cgroup_mkdir", "attached", ""),
        ];
        assert_eq!(tracepoint("cgroup_mkdir", false, &states).detail, "tp_btf");
        assert_eq!(functions(&states)[0].state, CheckState::Warn);
    }

    #[test]
    fn function_hooks_are_told_together() {
        let mut states: Vec<ProbeState> = KernelFunction::ALL
            .iter()
            .map(|function| {
                state(
                    FENTRY,
                    function.name(),
                    "unavailable",
                    "not permitted; its time",
                )
            })
            .collect();
        let all_refused = functions(&states);
        assert_eq!(all_refused.len(), 1);
        assert_eq!(all_refused[0].detail, "not permitted");
        assert!(all_refused[0].remedy.contains("15 of 15"));
        states[0] = state(FENTRY, "copy_net_ns", "attached", "");
        let checks = functions(&states);
        let details: Vec<&str> = checks.iter().map(|check| check.detail.as_str()).collect();
        assert_eq!(details, ["1 of 15 functions are timed", "not permitted"]);
        states[1] = state(KPROBE, "setup_net", "attached", "");
        let detail = &functions(&states)[0].detail;
        assert_eq!(detail, "2 of 15 functions are timed, 1 of them by kprobes");
    }

    #[test]
    fn an_error_is_split_into_what_and_what_to_do() {
        let check = failure("load", &CaptureError::NotPermitted("EPERM".to_owned()));
        assert_eq!(check.detail, "loading BPF programs is not permitted: EPERM");
        assert!(check.remedy.starts_with("run as root or grant CAP_BPF"));
        let bare = failure("load", &CaptureError::Load("broken".to_owned()));
        assert!(bare.remedy.contains("report this"));
    }
}
