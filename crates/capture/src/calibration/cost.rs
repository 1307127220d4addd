//! From timings to costs, and from costs and counts to a total.

use profiler_common::{LOSS_COUNTERS, Probe, RecordKind, SchedScope};

use trace::manifest::ObserverCost;

/// Times under one condition, in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rounds {
    /// A system call that does nothing.
    pub call_ns: f64,
    /// An order and its answer over pipes: two waits and four calls.
    pub round_trip_ns: f64,
    /// A yield and the other side's yield: two switches and two calls.
    pub yield_ns: f64,
}

/// Times with all probes attached.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Attached {
    /// The call by a thread that is not tracked; round trips and yields as the scope has them.
    pub rounds: Rounds,
    /// The call by a tracked thread, in nanoseconds.
    pub tracked_call_ns: f64,
    /// In `Tracked`, one side of the round trips and yields was tracked.
    pub scope: SchedScope,
}

/// The costs, without totals.
pub fn costs(bare: &Rounds, attached: &Attached) -> ObserverCost {
    let call_ns = attached.rounds.call_ns - bare.call_ns;
    let tracked_call_ns = attached.tracked_call_ns - bare.call_ns;
    // Of two calls, each side made one.
    let two_calls_ns = match attached.scope {
        SchedScope::System => 2.0 * call_ns,
        SchedScope::Tracked => call_ns + tracked_call_ns,
    };
    let half = |attached_ns: f64, bare_ns: f64| (attached_ns - bare_ns) / 2.0;
    let switch_ns = half(attached.rounds.yield_ns, bare.yield_ns) - two_calls_ns / 2.0;
    let wait_ns = half(attached.rounds.round_trip_ns, bare.round_trip_ns) - two_calls_ns;
    ObserverCost {
        untracked_syscall_ns: whole_ns(call_ns),
        tracked_syscall_ns: whole_ns(tracked_call_ns),
        switch_ns: whole_ns(switch_ns),
        // A wait is a switch, and a wake-up besides.
        wait_ns: whole_ns(wait_ns.max(switch_ns)),
        ..ObserverCost::default()
    }
}

/// On a restless machine a difference may come out below zero: then it is too small to be seen.
fn whole_ns(cost_ns: f64) -> u64 {
    cost_ns.round().max(0.0) as u64
}

/// Numbers of probe runs, system calls and records.
#[derive(Clone, Copy, Debug)]
pub struct Counts<'c> {
    /// Runs of each probe, in the order of [`Probe::ALL`].
    pub probe_runs: &'c [u64],
    /// System calls of tracked threads.
    pub tracked_calls: u64,
    /// Records, by the number of their kind.
    pub records: &'c [u64; LOSS_COUNTERS],
}

impl Counts<'_> {
    fn runs(&self, probe: Probe) -> u64 {
        self.probe_runs.get(probe as usize).copied().unwrap_or(0)
    }

    fn records_of(&self, kind: RecordKind) -> u64 {
        self.records.get(kind as usize).copied().unwrap_or(0)
    }
}

/// The cost of all runs of all probes, in nanoseconds: an estimate.
///
/// A probe that cannot be set off at will counts as the calibrated one that does the like:
/// a look at a task's state as half an untracked call, a record as a switch without a stack, a
/// record with a stack as a wake-up. The interrupts of sampling are not in it, only its programs.
pub fn total_ns(costs: &ObserverCost, counts: &Counts<'_>) -> u64 {
    let look_ns = costs.untracked_syscall_ns / 2;
    let wake_up_ns = costs.wait_ns.saturating_sub(costs.switch_ns);
    let scheduling_ns = scheduling_ns(costs, counts);
    let others_ns: u64 = Probe::ALL
        .iter()
        .map(|&probe| {
            let runs = counts.runs(probe);
            match probe {
                // In the sums of calls and of scheduling.
                Probe::SysEnter
                | Probe::SysExit
                | Probe::SchedSwitch
                | Probe::SchedWaking
                | Probe::SchedWakeupNew => 0,
                Probe::ProcessFork
                | Probe::ProcessExec
                | Probe::ProcessExit
                | Probe::TaskRename
                | Probe::CgroupMkdir
                | Probe::CgroupRmdir
                | Probe::CgroupAttach
                | Probe::CgroupPopulated
                | Probe::SignalGenerate => runs * costs.switch_ns,
                Probe::ContentionBegin | Probe::SchedWakeup => runs * look_ns,
                Probe::ContentionEnd => {
                    runs * look_ns + counts.records_of(RecordKind::Lock) * wake_up_ns
                }
                // Two stacks, the kernel's and the user's.
                Probe::Sample => {
                    runs * look_ns + counts.records_of(RecordKind::Sample) * 2 * wake_up_ns
                }
            }
        })
        .sum();
    let functions_ns = counts.records_of(RecordKind::Function) * costs.switch_ns;
    calls_ns(costs, counts) + scheduling_ns + others_ns + functions_ns
}

fn calls_ns(costs: &ObserverCost, counts: &Counts<'_>) -> u64 {
    // A call in flight when recording begins or ends is seen by one of the two.
    let calls = (counts.runs(Probe::SysEnter) + counts.runs(Probe::SysExit)) / 2;
    counts.tracked_calls * costs.tracked_syscall_ns
        + calls.saturating_sub(counts.tracked_calls) * costs.untracked_syscall_ns
}

/// Each recorded wake-up ends a wait, which began with a switch that took a stack; other switches
/// (of tasks that are preempted, of idle CPUs) take none. What is not recorded, of tasks that are
/// not tracked, costs a look.
fn scheduling_ns(costs: &ObserverCost, counts: &Counts<'_>) -> u64 {
    let switches = counts.records_of(RecordKind::Switch);
    let wake_ups = counts.records_of(RecordKind::Wake);
    let runs = counts.runs(Probe::SchedSwitch)
        + counts.runs(Probe::SchedWaking)
        + counts.runs(Probe::SchedWakeupNew);
    let unrecorded = runs.saturating_sub(switches + wake_ups);
    wake_ups * costs.wait_ns
        + switches.saturating_sub(wake_ups) * costs.switch_ns
        + unrecorded * (costs.untracked_syscall_ns / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    const COSTS: ObserverCost = ObserverCost {
        untracked_syscall_ns: 200,
        tracked_syscall_ns: 300,
        switch_ns: 500,
        wait_ns: 1500,
        total_ns: 0,
        own_cpu_ns: 0,
        calls: Vec::new(),
    };

    fn runs(of: &[(Probe, u64)]) -> Vec<u64> {
        let mut runs = vec![0; Probe::ALL.len()];
        for &(probe, count) in of {
            runs[probe as usize] = count;
        }
        runs
    }

    fn total(of: &[(Probe, u64)], tracked_calls: u64, records: &[(RecordKind, u64)]) -> u64 {
        let mut by_kind = [0; LOSS_COUNTERS];
        for &(kind, count) in records {
            by_kind[kind as usize] = count;
        }
        let counts = Counts {
            probe_runs: &runs(of),
            tracked_calls,
            records: &by_kind,
        };
        total_ns(&COSTS, &counts)
    }

    #[test]
    fn costs_are_what_the_probes_add() {
        let bare = Rounds {
            call_ns: 100.0,
            round_trip_ns: 2000.0,
            yield_ns: 1000.0,
        };
        let attached = Rounds {
            call_ns: 300.0,
            round_trip_ns: 5800.0,
            yield_ns: 2400.0,
        };
        let attached = Attached {
            rounds: attached,
            tracked_call_ns: 400.0,
            scope: SchedScope::System,
        };
        assert_eq!(costs(&bare, &attached), COSTS);
        let attached = Attached {
            scope: SchedScope::Tracked,
            ..attached
        };
        let expected = ObserverCost {
            switch_ns: 450,
            wait_ns: 1400,
            ..COSTS
        };
        assert_eq!(costs(&bare, &attached), expected);
    }

    #[test]
    fn what_is_too_small_to_be_seen_costs_nothing() {
        let rounds = Rounds {
            call_ns: 100.0,
            round_trip_ns: 2000.0,
            yield_ns: 1000.0,
        };
        let faster = Rounds {
            call_ns: 90.0,
            round_trip_ns: 1900.0,
            yield_ns: 900.0,
        };
        let attached = Attached {
            rounds: faster,
            tracked_call_ns: 95.0,
            scope: SchedScope::System,
        };
        assert_eq!(costs(&rounds, &attached), ObserverCost::default());
    }

    #[test]
    fn calls_of_tracked_threads_cost_more() {
        let calls = [(Probe::SysEnter, 10), (Probe::SysExit, 10)];
        assert_eq!(total(&calls, 4, &[]), 4 * 300 + 6 * 200);
    }

    #[test]
    fn each_recorded_wake_up_ends_a_wait() {
        let runs = [(Probe::SchedSwitch, 7), (Probe::SchedWaking, 3)];
        let recorded = [(RecordKind::Switch, 7), (RecordKind::Wake, 3)];
        assert_eq!(total(&runs, 0, &recorded), 3 * 1500 + 4 * 500);
        let recorded = [(RecordKind::Switch, 2), (RecordKind::Wake, 1)];
        assert_eq!(total(&runs, 0, &recorded), 1500 + 500 + 7 * 100);
    }

    #[test]
    fn other_probes_count_as_those_that_do_the_like() {
        assert_eq!(total(&[(Probe::ProcessFork, 2)], 0, &[]), 1000);
        let locks = [(Probe::ContentionBegin, 5), (Probe::ContentionEnd, 5)];
        assert_eq!(
            total(&locks, 0, &[(RecordKind::Lock, 2)]),
            10 * 100 + 2 * 1000
        );
        assert_eq!(
            total(&[(Probe::Sample, 4)], 0, &[(RecordKind::Sample, 1)]),
            4 * 100 + 2000
        );
        assert_eq!(total(&[], 0, &[(RecordKind::Function, 3)]), 1500);
    }
}
