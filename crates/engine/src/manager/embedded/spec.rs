//! `config.json`: the container as the OCI runtime specification describes it.

use std::path::Path;

use oci_spec::OciSpecError;
use oci_spec::runtime::{
    Capabilities, Capability, LinuxBuilder, LinuxCapabilitiesBuilder, LinuxCpuBuilder,
    LinuxDeviceCgroup, LinuxDeviceCgroupBuilder, LinuxMemoryBuilder, LinuxNamespace,
    LinuxNamespaceBuilder, LinuxNamespaceType, LinuxResources, LinuxResourcesBuilder, LinuxSeccomp,
    Mount, ProcessBuilder, RootBuilder, Spec, SpecBuilder, UserBuilder, get_default_maskedpaths,
    get_default_mounts, get_default_readonly_paths,
};

use crate::cgroup::source::Placement;
use crate::limits::{CPU_PERIOD_US, CPU_QUOTA_US, MEMORY_LIMIT_BYTES};
use crate::network::ContainerNetwork;

/// The capabilities that managers grant by default (moby's oci/caps/defaults.go), in the
/// specification's order of numbers.
const CAPABILITIES: [(Capability, u8); 14] = [
    (Capability::Chown, 0),
    (Capability::DacOverride, 1),
    (Capability::Fowner, 3),
    (Capability::Fsetid, 4),
    (Capability::Kill, 5),
    (Capability::Setgid, 6),
    (Capability::Setuid, 7),
    (Capability::Setpcap, 8),
    (Capability::NetBindService, 10),
    (Capability::NetRaw, 13),
    (Capability::SysChroot, 18),
    (Capability::Mknod, 27),
    (Capability::AuditWrite, 29),
    (Capability::Setfcap, 31),
];

/// Devices that every container may use, as (major, minor): null, zero, full, random, urandom,
/// tty, console, ptmx (config-linux.md of the specification, "Default Devices").
const DEVICES: [(i64, i64); 8] = [
    (1, 3),
    (1, 5),
    (1, 7),
    (1, 8),
    (1, 9),
    (5, 0),
    (5, 1),
    (5, 2),
];

/// The limits of the host that decide about the specification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostLimits {
    /// Capabilities that the engine itself has, a bit for each (capabilities(7)).
    pub capabilities: u64,
    /// Whether the kernel has POSIX message queues.
    pub mqueue: bool,
}

/// The specification of a container on `rootfs`, with this id as its host name, in these control
/// groups, with this seccomp profile if there is one.
///
/// # Errors
/// When a builder lacks a part, which no input causes.
pub fn spec(
    rootfs: &Path,
    id: &str,
    placement: &Placement,
    network: &ContainerNetwork,
    (limits, seccomp): (HostLimits, Option<&LinuxSeccomp>),
) -> Result<Spec, OciSpecError> {
    let process = ProcessBuilder::default()
        .terminal(false)
        .user(UserBuilder::default().uid(0_u32).gid(0_u32).build()?)
        .args(["/bin/sleep", "infinity"].map(str::to_owned))
        .env([
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin".to_owned(),
            "HOME=/root".to_owned(),
        ])
        .cwd("/")
        .capabilities(capabilities(limits.capabilities)?);
    let mut process = process.build()?;
    // The builder adds limits on open files that a host without CAP_SYS_RESOURCE cannot set.
    process.set_rlimits(None);
    let mut linux = LinuxBuilder::default()
        .namespaces(namespaces(network)?)
        .masked_paths(get_default_maskedpaths())
        .readonly_paths(get_default_readonly_paths());
    if let Some(path) = &placement.path {
        linux = linux
            .cgroups_path(path)
            .resources(resources(placement.is_limited)?);
    }
    let mut linux = linux.build()?;
    linux.set_seccomp(seccomp.cloned());
    if placement.path.is_none() {
        // The builder adds device rules, which are a matter of groups.
        linux.set_resources(None);
    }
    SpecBuilder::default()
        .version("1.0.2")
        .hostname(id)
        .root(
            RootBuilder::default()
                .path(rootfs)
                .readonly(false)
                .build()?,
        )
        .mounts(mounts(limits.mqueue))
        .process(process)
        .linux(linux)
        .build()
}

/// The resources that the runtime is to set: device rules, and limits unless the groups have them
/// already.
fn resources(is_limited: bool) -> Result<LinuxResources, OciSpecError> {
    let resources = LinuxResourcesBuilder::default().devices(devices()?);
    if is_limited {
        return resources.build();
    }
    let cpu = LinuxCpuBuilder::default()
        .quota(CPU_QUOTA_US)
        .period(CPU_PERIOD_US);
    let memory = LinuxMemoryBuilder::default().limit(MEMORY_LIMIT_BYTES);
    resources.cpu(cpu.build()?).memory(memory.build()?).build()
}

/// All but user and time namespaces, and the one of the network only if it is not the sandbox's.
fn namespaces(network: &ContainerNetwork) -> Result<Vec<LinuxNamespace>, OciSpecError> {
    let mut kinds = vec![
        LinuxNamespaceType::Pid,
        LinuxNamespaceType::Mount,
        LinuxNamespaceType::Ipc,
        LinuxNamespaceType::Uts,
        LinuxNamespaceType::Cgroup,
    ];
    let kept = match network {
        ContainerNetwork::Sandbox => None,
        ContainerNetwork::New => {
            kinds.push(LinuxNamespaceType::Network);
            None
        }
        ContainerNetwork::At(path) => Some(
            LinuxNamespaceBuilder::default()
                .typ(LinuxNamespaceType::Network)
                .path(path)
                .build(),
        ),
    };
    kinds
        .into_iter()
        .map(|kind| LinuxNamespaceBuilder::default().typ(kind).build())
        .chain(kept)
        .collect()
}

fn mounts(mqueue: bool) -> Vec<Mount> {
    let mut mounts = get_default_mounts();
    mounts.retain(|mount| mqueue || mount.destination() != Path::new("/dev/mqueue"));
    mounts
}

/// The default capabilities, less those that the engine does not have and so cannot grant.
fn capabilities(available: u64) -> Result<oci_spec::runtime::LinuxCapabilities, OciSpecError> {
    let granted: Capabilities = CAPABILITIES
        .iter()
        .filter(|(_, number)| available & (1 << number) != 0)
        .map(|(capability, _)| *capability)
        .collect();
    LinuxCapabilitiesBuilder::default()
        .bounding(granted.clone())
        .effective(granted.clone())
        .permitted(granted)
        .inheritable(Capabilities::new())
        .ambient(Capabilities::new())
        .build()
}

/// Nothing but the default devices and pseudo-terminals; any device may be made with mknod(2).
fn devices() -> Result<Vec<LinuxDeviceCgroup>, OciSpecError> {
    use oci_spec::runtime::LinuxDeviceType::{A, B, C};
    let rule = |allow: bool, access: &str| {
        LinuxDeviceCgroupBuilder::default()
            .allow(allow)
            .access(access)
    };
    let mut rules = vec![rule(false, "rwm").typ(A).build()?];
    for kind in [B, C] {
        rules.push(rule(true, "m").typ(kind).build()?);
    }
    for (major, minor) in DEVICES {
        rules.push(rule(true, "rwm").typ(C).major(major).minor(minor).build()?);
    }
    rules.push(rule(true, "rwm").typ(C).major(136).build()?);
    Ok(rules)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fresh() -> Placement {
        Placement {
            path: Some("/ctrprof-1-2".to_owned()),
            is_limited: false,
            entrance: None,
        }
    }

    const ALL: HostLimits = HostLimits {
        capabilities: u64::MAX,
        mqueue: true,
    };

    fn json(limits: HostLimits) -> Result<serde_json::Value, Box<dyn std::error::Error>> {
        json_with(&ContainerNetwork::New, limits)
    }

    fn json_with(
        network: &ContainerNetwork,
        limits: HostLimits,
    ) -> Result<serde_json::Value, Box<dyn std::error::Error>> {
        placed_json(&fresh(), network, limits)
    }

    fn placed_json(
        placement: &Placement,
        network: &ContainerNetwork,
        limits: HostLimits,
    ) -> Result<serde_json::Value, Box<dyn std::error::Error>> {
        let spec = spec(
            Path::new("/run/x/rootfs"),
            "ctrprof-1-2",
            placement,
            network,
            (limits, None),
        )?;
        Ok(serde_json::to_value(spec)?)
    }

    #[test]
    fn a_group_that_has_its_limits_gets_none_and_one_of_the_engines_nothing()
    -> Result<(), Box<dyn std::error::Error>> {
        let pooled = Placement {
            path: Some("/ctrprof-1-pool-1".to_owned()),
            is_limited: true,
            entrance: None,
        };
        let json = placed_json(&pooled, &ContainerNetwork::New, ALL)?;
        assert_eq!(json["linux"]["cgroupsPath"], "/ctrprof-1-pool-1");
        let resources = &json["linux"]["resources"];
        assert!(resources.get("memory").is_none() && resources.get("cpu").is_none());
        assert!(resources["devices"].is_array());
        let entered = Placement {
            path: None,
            is_limited: true,
            entrance: None,
        };
        let json = placed_json(&entered, &ContainerNetwork::New, ALL)?;
        assert!(json["linux"].get("cgroupsPath").is_none());
        assert!(json["linux"].get("resources").is_none());
        Ok(())
    }

    #[test]
    fn limits_are_one_cpu_and_one_gibibyte() -> Result<(), Box<dyn std::error::Error>> {
        let json = json(ALL)?;
        let resources = &json["linux"]["resources"];
        assert_eq!(resources["cpu"]["quota"], resources["cpu"]["period"]);
        assert_eq!(resources["memory"]["limit"], 1_073_741_824);
        assert_eq!(json["linux"]["cgroupsPath"], "/ctrprof-1-2");
        Ok(())
    }

    fn namespaces_of(
        network: &ContainerNetwork,
    ) -> Result<serde_json::Value, Box<dyn std::error::Error>> {
        Ok(json_with(network, ALL)?["linux"]["namespaces"].clone())
    }

    #[test]
    fn every_namespace_but_user_and_time_is_new() -> Result<(), Box<dyn std::error::Error>> {
        let namespaces = namespaces_of(&ContainerNetwork::New)?;
        let kinds: Vec<_> = namespaces
            .as_array()
            .ok_or("no namespaces")?
            .iter()
            .map(|namespace| namespace["type"].clone())
            .collect();
        assert_eq!(kinds, ["pid", "mount", "ipc", "uts", "cgroup", "network"]);
        Ok(())
    }

    #[test]
    fn the_network_can_be_given_or_the_sandboxs() -> Result<(), Box<dyn std::error::Error>> {
        let given = namespaces_of(&ContainerNetwork::At("/run/x/netns".into()))?;
        assert_eq!(given[5]["path"], "/run/x/netns");
        let sandboxs = namespaces_of(&ContainerNetwork::Sandbox)?;
        assert_eq!(sandboxs.as_array().map(Vec::len), Some(5));
        Ok(())
    }

    #[test]
    fn what_the_host_lacks_is_left_out() -> Result<(), Box<dyn std::error::Error>> {
        let json = json(HostLimits {
            capabilities: 1 << 5,
            mqueue: false,
        })?;
        let bounding = &json["process"]["capabilities"]["bounding"];
        assert_eq!(bounding, &serde_json::json!(["CAP_KILL"]));
        let mounts = json["mounts"].as_array().ok_or("no mounts")?;
        assert!(mounts.iter().any(|mount| mount["destination"] == "/proc"));
        assert!(
            mounts
                .iter()
                .all(|mount| mount["destination"] != "/dev/mqueue")
        );
        Ok(())
    }

    #[test]
    fn no_resource_limits_are_asked_for() -> Result<(), Box<dyn std::error::Error>> {
        assert!(json(ALL)?["process"].get("rlimits").is_none());
        Ok(())
    }
}
