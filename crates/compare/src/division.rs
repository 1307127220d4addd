//! Whose times are compared with whose.
//!
//! Roles are compared with each other where both sides have the same ones. Where they do not (docker's client
//! asks a daemon, podman does the work itself), the same work is another role's on either side, and
//! comparing roles would tell that twice: as what one side's role takes less, and the other's more. Then
//! the processes of an engine are taken together, and what they do is compared.

use std::collections::BTreeSet;

use crate::report::{Actor, Side};
use analysis::profile::StageProfile;
use trace::role::Role;

/// How the time of both sides is divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Division {
    /// By role.
    Roles,
    /// By what is done: by all who make containers, and by the containers.
    Work,
}

/// Roles that one engine has and another has not, by how it is built.
const OF_ENGINES: &[Role] = &[Role::Client, Role::Manager, Role::Shim, Role::Runtime];
/// Roles that only engines have.
const ONLY_OF_ENGINES: &[Role] = &[Role::Manager, Role::Shim, Role::Runtime];
/// The axis of a configuration that names who makes containers.
const MANAGER: &str = "manager";
/// The share of a side's critical paths, in parts of a hundred, from which on it has a role.
const NOTABLE_PERCENT: u128 = 1;

impl Division {
    /// The division by which two sides can be compared.
    pub fn of(stages: &[Vec<StageProfile>; 2], sides: [&Side; 2]) -> Self {
        let managers = sides.map(|side| side.configuration.get(MANAGER));
        if let [Some(a), Some(b)] = managers {
            return if a == b { Self::Roles } else { Self::Work };
        }
        let [a, b] = stages.each_ref().map(|side| roles(side));
        let are_engines = [&a, &b].into_iter().any(is_engine);
        if are_engines && a != b {
            Self::Work
        } else {
            Self::Roles
        }
    }

    /// Whose time that of a role is.
    pub fn actor(self, role: Role) -> Actor {
        match self {
            Self::Work if role != Role::Container => Actor::Engine,
            Self::Work | Self::Roles => Actor::Role(role),
        }
    }
}

fn is_engine(roles: &BTreeSet<Role>) -> bool {
    roles.iter().any(|role| ONLY_OF_ENGINES.contains(role))
}

/// The roles of engines that take a notable part of a side's critical paths.
fn roles(stages: &[StageProfile]) -> BTreeSet<Role> {
    let runs = || stages.iter().flat_map(|stage| &stage.runs);
    let whole_ns: u128 = runs().map(|run| u128::from(run.wall_ns)).sum();
    let own_ns = |role: Role| -> u128 {
        let parts = runs().flat_map(|run| &run.parts);
        let own = parts.filter(|(key, _)| key.role == role);
        own.map(|(_, times)| u128::from(times.path_ns)).sum()
    };
    let roles = OF_ENGINES.iter().copied();
    roles
        .filter(|&role| own_ns(role) * 100 > whole_ns * NOTABLE_PERCENT)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use analysis::profile::{PartKey, PartTimes, RunProfile};
    use trace::phase::Phase;

    /// A side of one stage, in which each of these roles computes for so long.
    fn stages(times: &[(Role, u64)]) -> Vec<StageProfile> {
        let parts = times.iter().map(|&(role, path_ns)| {
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
                ..PartTimes::default()
            };
            (key, times)
        });
        let run = RunProfile {
            wall_ns: times.iter().map(|(_, path_ns)| path_ns).sum(),
            parts: parts.collect(),
            ..RunProfile::default()
        };
        vec![StageProfile {
            name: "create".into(),
            runs: vec![run],
            ..StageProfile::default()
        }]
    }

    fn side(manager: Option<&str>) -> Side {
        let manager = manager.map(|name| (MANAGER.to_owned(), name.to_owned()));
        Side {
            configuration: manager.into_iter().collect(),
            ..Side::default()
        }
    }

    const PODMAN: &[(Role, u64)] = &[(Role::Manager, 500), (Role::Shim, 40), (Role::Runtime, 90)];
    const DOCKER: &[(Role, u64)] = &[
        (Role::Client, 200),
        (Role::Manager, 400),
        (Role::Shim, 40),
        (Role::Runtime, 90),
    ];

    #[test]
    fn engines_that_are_built_otherwise_are_compared_by_what_they_do() {
        let of = |a, b| Division::of(&[stages(a), stages(b)], [&side(None), &side(None)]);
        assert_eq!(of(PODMAN, DOCKER), Division::Work);
        assert_eq!(of(PODMAN, PODMAN), Division::Roles);
        // A role that hardly shows is none.
        let hardly = [PODMAN, &[(Role::Client, 5)]].concat();
        assert_eq!(of(PODMAN, &hardly), Division::Roles);
        // Commands without containers have no engine.
        let command: &[_] = &[(Role::Client, 10)];
        assert_eq!(of(command, &[(Role::Other, 10)]), Division::Roles);
    }

    #[test]
    fn what_configurations_say_of_their_managers_decides() {
        let of = |a, b| {
            let sides = [side(Some(a)), side(Some(b))];
            Division::of(&[stages(PODMAN), stages(DOCKER)], [&sides[0], &sides[1]])
        };
        assert_eq!(of("podman", "docker"), Division::Work);
        assert_eq!(of("docker", "docker"), Division::Roles);
    }

    #[test]
    fn containers_stay_by_themselves() {
        for role in Role::ALL.iter().copied() {
            let own = Actor::Role(role);
            assert_eq!(Division::Roles.actor(role), own);
            let expected = if role == Role::Container {
                own
            } else {
                Actor::Engine
            };
            assert_eq!(Division::Work.actor(role), expected);
        }
    }
}
