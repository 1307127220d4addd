//! Needs of workloads.

use super::Refusal;
use engine::workload::Workload;
use setup::configuration::{Configuration, ManagerKind, NetworkKind};

/// Every reason why `workload` cannot be run under a configuration.
pub(super) fn unmet(configuration: &Configuration, workload: &Workload) -> Vec<Refusal> {
    if let Some(refusal) = no_container(configuration, workload) {
        return vec![refusal];
    }
    let needs = workload.needs;
    let is_mapped = matches!(
        configuration.network,
        NetworkKind::Bridge | NetworkKind::Pool
    );
    let has_network = configuration.network != NetworkKind::None;
    let mut unmet = Vec::new();
    if needs.mapped_port && !is_mapped {
        unmet.push(Refusal {
            why: format!(
                "{} is asked from outside of the container, and network {} maps no port",
                workload.name, configuration.network
            ),
            remedy: "use network bridge".to_owned(),
        });
    } else if (needs.network || needs.ping_target) && !has_network {
        unmet.push(Refusal {
            why: format!("{} needs a network", workload.name),
            remedy: "use network bridge or host".to_owned(),
        });
    }
    unmet
}

/// Workloads without a container have one manager of their own, which makes none.
fn no_container(configuration: &Configuration, workload: &Workload) -> Option<Refusal> {
    let manager = configuration.manager;
    match (workload.namespaces, manager == ManagerKind::Bare) {
        (Some(_), false) => Some(Refusal {
            why: format!(
                "{} is done without a container, and {manager} makes one",
                workload.name
            ),
            remedy: "use manager bare".to_owned(),
        }),
        (None, true) => Some(Refusal {
            why: format!(
                "{} is done in a container, and bare makes none",
                workload.name
            ),
            remedy: "use another manager, or the workloads netns or netns-churn".to_owned(),
        }),
        (Some(_), true) | (None, false) => None,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;
    use engine::workload::catalogue::Kind;

    fn is_refused(workload: &str, network: NetworkKind) -> bool {
        let configuration = Configuration {
            network,
            ..Configuration::default()
        };
        !unmet(&configuration, &Workload::named(workload, None).unwrap()).is_empty()
    }

    #[test]
    fn bare_does_what_needs_no_container_and_nothing_else() {
        for &manager in ManagerKind::ALL {
            let configuration = Configuration {
                manager,
                network: NetworkKind::Bridge,
                ..Configuration::default()
            };
            for kind in Kind::every() {
                let refusals = unmet(&configuration, &kind.workload(None));
                let fits = (manager == ManagerKind::Bare) != kind.has_container();
                assert_eq!(refusals.is_empty(), fits, "{manager} {kind}");
            }
        }
    }

    #[test]
    fn a_server_needs_a_mapped_port_and_a_ping_a_network() {
        for (workload, network, expected) in [
            ("hello-world", NetworkKind::None, false),
            ("http-server", NetworkKind::None, true),
            ("http-server", NetworkKind::Host, true),
            ("http-server", NetworkKind::Bridge, false),
            ("ping", NetworkKind::None, true),
            ("ping", NetworkKind::Host, false),
        ] {
            assert_eq!(
                is_refused(workload, network),
                expected,
                "{workload} {network}"
            );
        }
    }
}
