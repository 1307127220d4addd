//! `ctrprof doctor`: says what this host can do.

use std::io::{BufWriter, Write};
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, ValueEnum};

use super::output;
use crate::doctor;
use engine::storage::{Missing, missing};
use render::doctor::report::{Check, CheckState};
use setup::backing::Backing;
use setup::storage::StorageKind;

#[derive(Args, Debug)]
pub struct DoctorArgs {
    /// Format of what is found
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// For people, in 80 columns
    Text,
    /// For programs
    Json,
}

/// Fails, without a word of its own, where tracing cannot work.
pub fn run(args: &DoctorArgs) -> Result<ExitCode> {
    let mut report = doctor::examine();
    report.checks.extend(storages());
    let mut out = BufWriter::new(std::io::stdout().lock());
    match args.format {
        Format::Text => render::doctor::write_doctor(&mut out, &report, output::stdout_style())?,
        Format::Json => render::json::write_doctor(&mut out, &report, output::json_layout())?,
    }
    out.flush()?;
    Ok(match report.worst() {
        CheckState::Ok | CheckState::Warn => ExitCode::SUCCESS,
        CheckState::Missing => ExitCode::FAILURE,
    })
}

/// Which storages the embedded engine can use.
fn storages() -> Vec<Check> {
    let kinds = StorageKind::ALL.iter();
    kinds
        .map(|&kind| {
            let backing = kind.usual_backing();
            storage(kind, &backing, missing(kind, &backing))
        })
        .collect()
}

fn storage(kind: StorageKind, backing: &Backing, missing: Option<Missing>) -> Check {
    let (state, detail, remedy) = match missing {
        None => (CheckState::Ok, format!("on {backing}"), String::new()),
        Some(missing) => (CheckState::Warn, missing.what, missing.remedy),
    };
    Check {
        group: "engine storage".to_owned(),
        name: kind.name().to_owned(),
        state,
        detail,
        remedy,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_storage_that_is_missing_is_a_warning_with_what_to_do() {
        let missing = Missing {
            what: "the kernel has no zfs".to_owned(),
            remedy: "install it".to_owned(),
        };
        let check = storage(StorageKind::Zfs, &Backing::Host, Some(missing));
        assert_eq!(check.state, CheckState::Warn);
        assert_eq!(
            (check.detail.as_str(), check.remedy.as_str()),
            ("the kernel has no zfs", "install it")
        );
        let check = storage(
            StorageKind::Btrfs,
            &StorageKind::Btrfs.usual_backing(),
            None,
        );
        assert_eq!(check.state, CheckState::Ok);
        assert_eq!(check.detail, "on loop:btrfs:2G");
    }

    #[test]
    fn every_storage_is_checked() {
        assert_eq!(storages().len(), StorageKind::ALL.len());
    }
}
