//! The abilities of this host for ctrprof: gathered for `ctrprof doctor`.
//!
//! Each topic asks the host once and judges what it says with pure functions of the text, so that
//! they are tested on literals. What decides is tried and not guessed: the probes are loaded and
//! attached for real, then let go. Nothing is left behind, and nothing is waited for without a
//! limit. Beside the flow of data, as the engine is: only the command line asks.

mod ask;
mod cgroups;
mod engines;
mod group;
mod kernel;
pub mod privileges;
mod probes;
mod rootless;
mod storage;

use capture::{CaptureOptions, host};
use render::doctor::report::DoctorReport;

/// Examines this host. Takes a second or so; works without privileges, and says what is missing.
pub fn examine() -> DoctorReport {
    let host = host();
    let kernel = kernel::KernelFacts::gather(&host);
    let (engines, probes) = std::thread::scope(|scope| {
        // Asking engines for their versions is mostly waiting.
        let engines = scope.spawn(engines::checks);
        let everything = CaptureOptions {
            hook_file_calls: true,
            ..CaptureOptions::default()
        };
        let probes = probes::checks(&everything);
        (engines.join().unwrap_or_default(), probes)
    });
    let checks = [
        kernel.checks(),
        privileges::checks(kernel.addresses_are_shown()),
        probes,
        cgroups::checks(),
        engines,
        rootless::checks(),
        storage::checks(),
    ];
    DoctorReport {
        host,
        checks: checks.into_iter().flatten().collect(),
    }
}
