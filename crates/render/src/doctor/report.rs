//! What `ctrprof doctor` found out about the host.

use serde::{Deserialize, Serialize};

use trace::manifest::Host;

/// What a host can and cannot do for ctrprof.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoctorReport {
    /// The machine.
    pub host: Host,
    /// All that was looked at, in the order of display.
    pub checks: Vec<Check>,
}

impl DoctorReport {
    /// The worst state of all checks; [`CheckState::Ok`] if there are none.
    pub fn worst(&self) -> CheckState {
        self.checks
            .iter()
            .map(|check| check.state)
            .max()
            .unwrap_or(CheckState::Ok)
    }

    /// How many checks ended in `state`.
    pub fn count(&self, state: CheckState) -> usize {
        self.checks
            .iter()
            .filter(|check| check.state == state)
            .count()
    }
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// What it belongs to: `kernel`, `privileges`, `probes`, `cgroups`, `engines`, `rootless`,
    /// `storage`.
    pub group: String,
    /// What was looked at: `btf`, `CAP_BPF`, `sched_switch`, `podman`, ...
    pub name: String,
    /// What became of it.
    pub state: CheckState,
    /// What was found: a version, a path, an error.
    pub detail: String,
    /// What to do about it; empty where there is nothing to do.
    pub remedy: String,
}

/// Outcome of a check, from good to bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CheckState {
    /// It is there and works.
    Ok,
    /// ctrprof works without it, but sees or can do less.
    Warn,
    /// ctrprof cannot work without it.
    Missing,
}
