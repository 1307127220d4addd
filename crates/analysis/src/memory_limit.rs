//! Time by memory limit.

use std::collections::BTreeMap;

use crate::attribution::Attribution;
use crate::attribution::cause::memory_limit;
use crate::attribution::critical_path::Told;
use crate::attribution::stage::StageWindow;
use crate::report::MemoryLimitRow;
use crate::timeline::ProcessId;
use trace::role::Role;

/// A row for each limit that a group of a process of these roles (of all where none is named) which takes
/// part reached in a stage, the one that took most of the critical path first.
pub(super) fn rows(
    attribution: &Attribution<'_, '_>,
    (takes_part, roles): (&dyn Fn(ProcessId) -> bool, &[Role]),
    window: &StageWindow,
    path: Option<&Told<'_>>,
) -> Vec<MemoryLimitRow> {
    let table = &attribution.timeline().tables().memory_limits;
    let limits = attribution.memory_limits();
    let containers = attribution.containers();
    let bounds_ns = (window.start_ns, window.end_ns);
    let mut found: BTreeMap<(String, u64), MemoryLimitRow> = BTreeMap::new();
    for (process, rows) in limits.processes() {
        let mut taken = attribution.roles().parts(process).iter();
        let is_chosen = roles.is_empty() || taken.any(|part| roles.contains(&part.role));
        if !is_chosen || !takes_part(process) {
            continue;
        }
        for &row in rows {
            let limit = &table[row as usize];
            let key = (memory_limit::text(containers, limit), limit.group);
            let reached = limits.times(limit.group, bounds_ns);
            if found.contains_key(&key) || reached == 0 {
                continue;
            }
            let critical_path_ns = path.map(|told| on_path_ns(told, &key.0));
            let row = MemoryLimitRow {
                group: memory_limit::group(containers, limit),
                limit_bytes: limit.limit_bytes,
                is_high: limit.is_high,
                reached,
                critical_path_ns,
            };
            found.insert(key, row);
        }
    }
    let mut rows: Vec<MemoryLimitRow> = found.into_values().collect();
    rows.sort_by_key(|row| std::cmp::Reverse((row.critical_path_ns, row.reached)));
    rows
}

/// Time on a path with a cause that begins with this limit.
fn on_path_ns(told: &Told<'_>, limit: &str) -> u64 {
    let segments = told.path.segments.iter();
    let is_its = |cause: &str| {
        let rest = cause.strip_prefix(limit);
        rest.is_some_and(|rest| rest.starts_with(':'))
    };
    segments
        .filter(|segment| is_its(&segment.cause))
        .map(|segment| segment.duration_ns)
        .sum()
}
