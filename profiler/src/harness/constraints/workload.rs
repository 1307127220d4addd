//! What a workload needs of a configuration.

use super::Refusal;
use crate::harness::configuration::{Configuration, NetworkKind};
use crate::harness::workload::Workload;

/// Every reason why `workload` cannot be run under a configuration.
pub(super) fn unmet(configuration: &Configuration, workload: &Workload) -> Vec<Refusal> {
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

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    fn is_refused(workload: &str, network: NetworkKind) -> bool {
        let configuration = Configuration {
            network,
            ..Configuration::default()
        };
        !unmet(&configuration, &Workload::named(workload, None).unwrap()).is_empty()
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
