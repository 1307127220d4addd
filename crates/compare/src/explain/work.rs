//! What engines do, where each side has other processes for it: work by work, over all stages, since
//! engines also differ in when they do it. The processes are named within.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::Draft;
use crate::report::finding::{Evidence, Finding};
use crate::report::{
    Actor, Change, GroupDifference, PartDifference, StageDifference, Verdict, WallDifference,
};
use trace::phase::Phase;
use trace::role::Role;

/// Name of the rule.
pub const WORK: &str = "work";

/// Processes that are named of a side.
const NAMED: usize = 2;
/// The name of all stages, where a finding is about several.
pub const ALL_STAGES: &str = "all";

/// A finding for each kind of work of the engines in these stages; `whole` is their wall time. None where
/// roles are compared.
pub(super) fn findings(stages: &[&StageDifference], whole: &WallDifference) -> Vec<Finding> {
    let mut works: BTreeMap<Phase, Vec<(&StageDifference, &GroupDifference)>> = BTreeMap::new();
    for &stage in stages
        .iter()
        .filter(|stage| stage.wall.verdict != Verdict::OneSided)
    {
        for group in stage
            .groups
            .iter()
            .filter(|group| group.role == Actor::Engine)
        {
            works.entry(group.phase).or_default().push((stage, group));
        }
    }
    let works = works.into_iter();
    works
        .filter_map(|(phase, groups)| finding(phase, &groups, whole))
        .collect()
}

fn finding(
    phase: Phase,
    groups: &[(&StageDifference, &GroupDifference)],
    whole: &WallDifference,
) -> Option<Finding> {
    let sum = |side: fn(&GroupDifference) -> u64| groups.iter().map(|(_, group)| side(group)).sum();
    let (time_a, time_b): (u64, u64) = (sum(|group| group.a_ns), sum(|group| group.b_ns));
    let differences = groups.iter().map(|(_, group)| group.difference);
    let explained: Change = differences.sum();
    let size_ns = |group: &GroupDifference| group.difference.value_ns.unsigned_abs();
    let (main, _) = groups.iter().max_by_key(|(_, group)| size_ns(group))?;
    let stage = match groups {
        [(only, _)] => &only.name,
        _ => ALL_STAGES,
    };
    let parts: Vec<&PartDifference> = groups.iter().flat_map(|(_, group)| &group.parts).collect();
    let processes = processes(groups);
    let (sides, told) = told(&processes);
    let mut sentence = "{work}: {time_b} instead of {time_a}".to_owned();
    if stage == ALL_STAGES {
        sentence += ", most of the difference in {most_in}";
    }
    let draft = Draft::over(WORK, stage, whole, &(sentence + &told))
        .with(Evidence::name("work", name_of(phase)))
        .with(Evidence::name("phase", phase.name()))
        .with(Evidence::name("most_in", &main.name))
        .with(Evidence::duration("time_a", time_a))
        .with(Evidence::duration("time_b", time_b));
    let draft = sides.into_iter().fold(draft, Draft::with);
    Some(draft.about(&parts).amounts_to(explained).finish())
}

/// Whose time it is, on either side.
type Processes<'g> = BTreeMap<(Role, &'g str), [u64; 2]>;

fn processes<'g>(groups: &[(&'g StageDifference, &'g GroupDifference)]) -> Processes<'g> {
    let mut sums = Processes::new();
    for one in groups.iter().flat_map(|(_, group)| &group.processes) {
        let sum = sums.entry((one.role, &one.process)).or_default();
        *sum = [sum[0] + one.a_ns, sum[1] + one.b_ns];
    }
    sums
}

/// Names of the evidence of the processes of a side.
struct Names {
    head: &'static str,
    processes: [(&'static str, &'static str); NAMED],
}

const SIDES: [Names; 2] = [
    Names {
        head: "; in A by",
        processes: [
            ("process_a", "process_a_time"),
            ("second_a", "second_a_time"),
        ],
    },
    Names {
        head: "; in B by",
        processes: [
            ("process_b", "process_b_time"),
            ("second_b", "second_b_time"),
        ],
    },
];

/// The processes with most time on each side: as evidence, and as the end of a sentence.
fn told(processes: &Processes<'_>) -> (Vec<Evidence>, String) {
    let (mut evidence, mut sentence) = (Vec::new(), String::new());
    for (at, names) in SIDES.iter().enumerate() {
        let mut own: Vec<(&(Role, &str), u64)> = processes
            .iter()
            .map(|(whose, sums)| (whose, sums[at]))
            .collect();
        // Stable: equals stay in the order of roles and names.
        own.sort_by_key(|&(_, time_ns)| Reverse(time_ns));
        own.retain(|&(_, time_ns)| time_ns > 0);
        let mut separator = names.head;
        for ((&(role, name), time_ns), (process, time)) in own.into_iter().zip(names.processes) {
            let name = format!("{name} ({})", role.name());
            evidence.push(Evidence::name(process, &name));
            evidence.push(Evidence::duration(time, time_ns));
            sentence += &format!("{separator} {{{process}}} {{{time}}}");
            separator = ",";
        }
    }
    (evidence, sentence)
}

/// What is done, or waited for, in a phase.
const fn name_of(phase: Phase) -> &'static str {
    match phase {
        Phase::Namespaces => "making namespaces",
        Phase::Mounts => "mounting",
        Phase::Storage => "work on layers and images",
        Phase::Cgroups => "work on control groups",
        Phase::Network => "setting up the network",
        Phase::Security => "setting privileges and filters",
        Phase::Process => "starting and ending processes",
        Phase::Files => "work on files",
        Phase::Memory => "memory and page faults",
        Phase::Sockets => "traffic on sockets",
        Phase::Ipc => "waiting for timers, locks and messages between processes",
        Phase::Locks => "waiting for kernel locks",
        Phase::Rcu => "waiting for grace periods",
        Phase::Disk => "waiting for a device",
        Phase::Throttled => "being held back by a CPU quota",
        Phase::Runqueue => "waiting for a CPU",
        Phase::Observer => "ctrprof's own probes",
        Phase::User => "computing in user mode",
        Phase::Unknown => "what could not be classified",
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::division::Division;
    use crate::explain::findings_in;
    use crate::report::Comparison;
    use crate::{SideProfile, compare};
    use analysis::profile::{PartKey, PartTimes, RecordingProfile, RunProfile, StageProfile};

    const MS: u64 = 1_000_000;

    /// A stage: who computes for how many milliseconds.
    type Stage<'s> = (&'s str, &'s [(Role, &'s str, u64)]);

    fn run(run: usize, computing: &[(Role, &str, u64)]) -> RunProfile {
        let mut profile = RunProfile {
            run,
            ..RunProfile::default()
        };
        for &(role, process, milliseconds) in computing {
            // A little that varies, so that there is an interval.
            let path_ns = milliseconds * MS + run as u64 * 1_000;
            let key = PartKey {
                role,
                phase: Phase::User,
                subphase: String::new(),
                syscall: None,
                cause: String::new(),
                file_system: String::new(),
            };
            let times = PartTimes {
                path_ns,
                path_count: 1,
                ..PartTimes::default()
            };
            profile.wall_ns += path_ns;
            profile.parts.insert(key, times);
            let whose = (role, process.to_owned(), Phase::User);
            profile.processes.insert(whose, path_ns);
        }
        profile
    }

    fn side(manager: &str, stages: &[Stage<'_>]) -> SideProfile {
        let stages = stages.iter().map(|(name, computing)| StageProfile {
            name: (*name).to_owned(),
            runs: (0..6).map(|number| run(number, computing)).collect(),
            ..StageProfile::default()
        });
        SideProfile {
            name: manager.to_owned(),
            recordings: vec![RecordingProfile {
                configuration: [("manager".to_owned(), manager.to_owned())].into(),
                stages: stages.collect(),
                ..RecordingProfile::default()
            }],
        }
    }

    /// Podman computes 110 ms, docker's client and daemon together 120, at other times.
    fn compared() -> Comparison {
        let podman = side(
            "podman",
            &[
                ("create", &[(Role::Manager, "podman", 90)]),
                (
                    "start",
                    &[(Role::Manager, "podman", 20), (Role::Container, "true", 5)],
                ),
            ],
        );
        let docker = side(
            "docker",
            &[
                (
                    "create",
                    &[(Role::Client, "docker", 15), (Role::Manager, "dockerd", 5)],
                ),
                (
                    "start",
                    &[
                        (Role::Manager, "dockerd", 100),
                        (Role::Container, "true", 5),
                    ],
                ),
            ],
        );
        compare(&podman, &docker, &[]).comparison
    }

    #[test]
    fn the_same_work_of_other_processes_at_other_times_is_told_once() {
        let comparison = compared();
        assert!(comparison.by_work);
        let found = findings_in(&comparison, &|_| true);
        assert_eq!(found.len(), 1, "{found:?}");
        let finding = &found[0];
        assert_eq!(
            (finding.rule.as_str(), finding.stage.as_str()),
            (WORK, ALL_STAGES)
        );
        let explained_ns = finding.explained.value_ns;
        let gap_ns = comparison.whole().unwrap().difference.value_ns;
        assert!(explained_ns <= gap_ns, "{explained_ns} of {gap_ns}");
        assert!(finding.share_ppm.unwrap() <= 1_000_000);
        let name = |name: &str| finding.evidence(name).unwrap().text.clone().unwrap();
        assert_eq!(name("process_a"), "podman (manager)");
        assert_eq!(name("process_b"), "dockerd (manager)");
        assert_eq!(name("second_b"), "docker (client)");
        assert_eq!(name("work"), "computing in user mode");
        assert!(finding.evidence("second_a").is_none());
    }

    #[test]
    fn a_stage_by_itself_is_told_with_its_own_gap() {
        let comparison = compared();
        let found = findings_in(&comparison, &|stage| stage == "start");
        assert_eq!(found[0].stage, "start");
        assert_eq!(found[0].explained.value_ns, 80_000_000);
        assert_eq!(found[0].share_ppm, Some(1_000_000));
    }

    #[test]
    fn sentences_hold_no_number_and_every_name_has_evidence() {
        for finding in findings_in(&compared(), &|_| true) {
            assert!(!finding.sentence.contains(|c: char| c.is_ascii_digit()));
            for piece in finding.sentence.split('{').skip(1) {
                let name = piece.split_once('}').unwrap().0;
                assert!(finding.evidence(name).is_some(), "{name}");
            }
        }
    }

    #[test]
    fn processes_of_a_group_add_up_to_it_and_containers_stay_apart() {
        for stage in &compared().stages {
            for group in &stage.groups {
                let sum = |of: fn(&crate::report::ProcessTimes) -> u64| -> u64 {
                    group.processes.iter().map(of).sum()
                };
                match group.role {
                    Actor::Engine => {
                        let sums = (sum(|one| one.a_ns), sum(|one| one.b_ns));
                        assert_eq!(sums, (group.a_ns, group.b_ns));
                    }
                    Actor::Role(role) => {
                        assert_eq!(role, Role::Container);
                        assert!(group.processes.is_empty());
                    }
                }
            }
        }
    }

    #[test]
    fn one_manager_is_compared_role_by_role() {
        let stage: Stage<'_> = ("create", &[(Role::Manager, "podman", 90)]);
        let other: Stage<'_> = ("create", &[(Role::Manager, "podman", 190)]);
        let comparison = compare(&side("podman", &[stage]), &side("podman", &[other]), &[]);
        assert!(!comparison.comparison.by_work);
        let found = findings_in(&comparison.comparison, &|_| true);
        assert_eq!(found[0].rule, "computing");
        assert_eq!(
            Division::Roles.actor(Role::Manager),
            Actor::Role(Role::Manager)
        );
    }
}
