//! Time by CPU quota.

use std::collections::{BTreeMap, BTreeSet};

use crate::attribution::Attribution;
use crate::attribution::cause::quota;
use crate::attribution::critical_path::Told;
use crate::attribution::stage::StageWindow;
use crate::report::QuotaRow;
use crate::timeline::ProcessId;
use trace::phase::Phase;
use trace::role::Role;

/// Sums by group and limit.
#[derive(Debug, Default)]
struct Sum {
    group: String,
    quota_ns: u64,
    period_ns: u64,
    critical_path_ns: u64,
    thread_ns: u64,
    /// Periods in which it held a thread back, by when each of them ended.
    periods: BTreeSet<u64>,
}

/// A row for each quota that held back threads of these roles (of all where none is named) which take part
/// in a stage, longest first.
pub(super) fn rows(
    attribution: &Attribution<'_, '_>,
    (takes_part, roles): (&dyn Fn(ProcessId) -> bool, &[Role]),
    window: &StageWindow,
    path: Option<&Told<'_>>,
) -> Vec<QuotaRow> {
    let timeline = attribution.timeline();
    let mut sums: BTreeMap<String, Sum> = BTreeMap::new();
    for (wait, held) in attribution.cpu_waits().held() {
        let off_cpu = timeline.off_cpu(wait);
        let thread = timeline.thread_at(off_cpu.tid, held.from_ns);
        let process = thread.map(|id| timeline.thread(id).process);
        let from_ns = held.from_ns.max(window.start_ns);
        let until_ns = held.until_ns.min(window.end_ns);
        let is_chosen = |process| {
            let role = attribution.roles().role_at(process, held.from_ns);
            takes_part(process) && (roles.is_empty() || roles.contains(&role))
        };
        if from_ns >= until_ns || !process.is_some_and(is_chosen) {
            continue;
        }
        let throttle = &timeline.tables().throttles[held.throttle as usize];
        let sum = sums
            .entry(quota::text(attribution.containers(), throttle))
            .or_default();
        sum.group = quota::group(attribution.containers(), throttle);
        (sum.quota_ns, sum.period_ns) = (throttle.quota_ns, throttle.period_ns);
        sum.thread_ns += until_ns - from_ns;
        sum.periods
            .extend(held.periods(throttle, (from_ns, until_ns)));
    }
    let segments = path.map_or(&[][..], |told| &told.path.segments);
    for segment in segments {
        if segment.phase == Phase::Throttled
            && let Some(sum) = sums.get_mut(&segment.cause)
        {
            sum.critical_path_ns += segment.duration_ns;
        }
    }
    let mut rows: Vec<QuotaRow> = sums
        .into_values()
        .map(|sum| QuotaRow {
            group: sum.group,
            quota_ns: sum.quota_ns,
            period_ns: sum.period_ns,
            critical_path_ns: path.map(|_| sum.critical_path_ns),
            thread_ns: sum.thread_ns,
            periods: sum.periods.len() as u64,
        })
        .collect();
    rows.sort_by_key(|row| std::cmp::Reverse((row.critical_path_ns, row.thread_ns)));
    rows
}
