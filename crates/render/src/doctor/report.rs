//! The findings of `ctrprof doctor` about the host.

use serde::{Deserialize, Serialize};

use trace::manifest::Host;

/// The abilities of a host for ctrprof.
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
    /// Its group: `kernel`, `privileges`, `probes`, `cgroups`, `engines`, `rootless`,
    /// `storage`.
    pub group: String,
    /// The subject: `btf`, `CAP_BPF`, `sched_switch`, `podman`, ...
    pub name: String,
    /// The result.
    pub state: CheckState,
    /// The detail: a version, a path, an error.
    pub detail: String,
    /// The remedy; empty where there is nothing to do.
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
