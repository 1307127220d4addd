//! Calls that fail again and again: a loop that expects nothing else, such as one that closes every
//! descriptor that there could be. Their cause is the error.

use std::collections::HashMap;

use super::Causes;
use crate::syscall::is_error;
use crate::timeline::Timeline;
use trace::errno;

/// Failures of one call with one error in one process, from which on they are a loop.
const LOOP: u32 = 1_000;
const EBADF: u16 = 9;

/// Notes them.
pub(in crate::attribution) fn note(causes: &mut Causes, timeline: &Timeline<'_>) {
    let spans = &timeline.tables().spans;
    let mut counts: HashMap<(u32, u32, i64), u32> = HashMap::new();
    for span in spans.iter().filter(|span| is_error(span.result)) {
        *counts.entry((span.tgid, span.nr, span.result)).or_default() += 1;
    }
    let loops: HashMap<_, _> = counts
        .into_iter()
        .filter(|&(_, count)| count >= LOOP)
        .map(|(key @ (_, number, result), _)| {
            let call = timeline.syscall_name(number).unwrap_or("a call");
            (key, text(call, errno_of(result)))
        })
        .collect();
    if loops.is_empty() {
        return;
    }
    for id in timeline.thread_ids() {
        let mut before: Option<u32> = None;
        for &row in timeline.thread(id).spans() {
            let span = timeline.span(row);
            let Some(text) = loops.get(&(span.tgid, span.nr, span.result)) else {
                before = None;
                continue;
            };
            causes.note_call(row, text);
            // What the program does between two of them is the loop's, too.
            if let Some(before) = before.replace(row)
                && timeline.span(before).nr == span.nr
            {
                causes.note_gap(before, text);
            }
        }
    }
}

/// The error of a result that is one.
pub fn errno_of(result: i64) -> u16 {
    u16::try_from(-result).unwrap_or(0)
}

fn text(call: &str, errno: u16) -> String {
    if (call, errno) == ("close", EBADF) {
        return "closes descriptors that are not open (EBADF), as far as the limit of open files \
                (RLIMIT_NOFILE) lets them be"
            .to_owned();
    }
    format!("{call} fails again and again: {}", errno::name(errno))
}

#[cfg(test)]
mod tests {
    use crate::analyse;
    use crate::report::CauseRow;
    use crate::timeline::fixture::{manifest, span, task};
    use trace::rows::Tables;

    fn causes(failures: u64, result: i64) -> Vec<CauseRow> {
        let closes = (0..failures).map(|at| {
            let mut close = span(7, "close", at * 10, 5);
            close.result = result;
            close
        });
        let tables = Tables {
            tasks: vec![task(7, 1, None)],
            spans: closes.collect(),
            ..Tables::default()
        };
        let mut manifest = manifest(failures * 10);
        manifest.root_tgids = vec![7];
        let report = analyse(&manifest, &tables).report;
        let mut stages = report.runs.into_iter().flat_map(|run| run.stages);
        stages.next().map_or_else(Vec::new, |stage| stage.causes)
    }

    #[test]
    fn a_loop_of_failures_is_a_cause() {
        let found = causes(1_000, -9);
        let rows = found.iter().filter(|row| row.cause.contains("EBADF"));
        let pieces: Vec<u64> = rows.map(|row| row.pieces).collect();
        assert_eq!(pieces, [1_000, 999]);
        let found = causes(1_000, -2);
        assert!(
            found
                .iter()
                .any(|row| row.cause == "close fails again and again: ENOENT")
        );
    }

    #[test]
    fn a_few_failures_are_none() {
        assert!(causes(999, -9).iter().all(|row| row.cause.is_empty()));
        assert!(causes(1_000, 0).iter().all(|row| row.cause.is_empty()));
    }
}
