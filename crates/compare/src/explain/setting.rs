//! The setting that a finding rests on: an axis in which the configurations of both sides differ.

use crate::report::AxisDifference;
use crate::report::finding::{Evidence, Finding};

/// Subsystems whose work a setting decides, by the name of the axis (`setup::configuration`).
const DECIDED_BY: &[(&str, &str)] = &[("libseccomp", "seccomp")];

/// Says beside a finding about user functions which setting differs: the one that decides their work, else
/// the only one that differs.
pub(super) fn tie(finding: &mut Finding, axes: &[AxisDifference]) {
    let function = finding.evidence("user_function");
    let Some(function) = function.and_then(|evidence| evidence.text.clone()) else {
        return;
    };
    let decided = DECIDED_BY
        .iter()
        .filter(|(subsystem, _)| function.starts_with(subsystem))
        .find_map(|(_, name)| axes.iter().find(|axis| axis.axis == *name));
    let only = match axes {
        [only] => Some(only),
        _ => None,
    };
    let Some(axis) = decided.or(only) else {
        return;
    };
    finding.sentence += "; the sides differ in {setting}: {setting_b} instead of {setting_a}";
    let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "nothing".to_owned());
    for (name, text) in [
        ("setting", axis.axis.clone()),
        ("setting_a", value(&axis.a)),
        ("setting_b", value(&axis.b)),
    ] {
        finding.evidence.push(Evidence::name(name, &text));
    }
}
