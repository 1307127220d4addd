//! podman on a host that has control groups of version 2 alone, with root and without.

use anyhow::{Result, ensure};
use ctrprof_tests::engine::{Scene, shell};
use ctrprof_tests::turn::alone;
use setup::configuration::ManagerKind;
use setup::runtime::RuntimeChoice;

use crate::limits::{LIMITS, READ_LIMITS};

#[test]
fn podman_sets_limits() -> Result<()> {
    limits_are_set(false)
}

#[test]
fn podman_without_root_sets_limits_in_groups_of_its_own() -> Result<()> {
    limits_are_set(true)
}

fn limits_are_set(rootless: bool) -> Result<()> {
    let _turn = alone();
    let mut scene = Scene::new()?;
    let configuration = &mut scene.spec.configuration;
    configuration.manager = ManagerKind::Podman;
    configuration.runtime = RuntimeChoice::named("crun");
    configuration.rootless = rootless;
    scene.spec.workload = shell(READ_LIMITS);
    scene.spec.workload.expected_stdout = Some(LIMITS.to_owned());
    scene.succeed()?;
    let report = scene.report()?;
    ensure!(report.warnings.is_empty(), "{:?}", report.warnings);
    ensure!(
        report.description["cgroup"] == "v2",
        "{:?}",
        report.description
    );
    Ok(())
}
