//! What a workload needs of a configuration.

use super::Refusal;
use crate::harness::configuration::{Configuration, ManagerKind, NetworkKind};
use crate::harness::image::ImageSource;
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
    if matches!(configuration.image, ImageSource::Reference(_)) && !pulls(configuration.manager) {
        unmet.push(Refusal {
            why: format!(
                "{} is a reference, which {} cannot pull",
                configuration.image, configuration.manager
            ),
            remedy: "use manager podman, docker or containerd, or an image on disk".to_owned(),
        });
    }
    unmet
}

/// Whether a manager fetches images from registries.
const fn pulls(manager: ManagerKind) -> bool {
    match manager {
        ManagerKind::Podman | ManagerKind::Docker | ManagerKind::Containerd => true,
        ManagerKind::Embedded | ManagerKind::Lxc | ManagerKind::Lxd => false,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    fn reasons(workload: &str, network: NetworkKind, image: &str) -> Vec<String> {
        let configuration = Configuration {
            network,
            image: image.to_owned().into(),
            ..Configuration::default()
        };
        let unmet = unmet(&configuration, &Workload::named(workload, None).unwrap());
        unmet.into_iter().map(|refusal| refusal.why).collect()
    }

    #[test]
    fn a_server_needs_a_mapped_port_and_a_ping_a_network() {
        let refused = |workload, network| !reasons(workload, network, "host-gnu").is_empty();
        for (workload, network, is_refused) in [
            ("hello-world", NetworkKind::None, false),
            ("http-server", NetworkKind::None, true),
            ("http-server", NetworkKind::Host, true),
            ("http-server", NetworkKind::Bridge, false),
            ("ping", NetworkKind::None, true),
            ("ping", NetworkKind::Host, false),
        ] {
            assert_eq!(
                refused(workload, network),
                is_refused,
                "{workload} {network}"
            );
        }
    }

    #[test]
    fn only_some_managers_pull() {
        let reasons = reasons("hello-world", NetworkKind::None, "docker.io/library/alpine");
        assert!(reasons[0].contains("embedded cannot pull"), "{reasons:?}");
    }
}
