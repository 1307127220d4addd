//! The gap between two sides, step by step: from A, each finding as a step, to B.

use compare::report::WallDifference;
use compare::report::finding::Finding;
use compare::steps::steps;
use maud::{Markup, html};

use crate::text::finding::sentence;
use crate::text::quantity::{duration, signed_duration};

/// Steps; the others are put together.
const STEPS: usize = 12;

/// A row: its words, the finding that it is about, and where its bar begins and ends.
struct Row {
    words: String,
    finding: Option<usize>,
    from_ns: i64,
    to_ns: i64,
    is_side: bool,
}

/// The list of steps. `choice` draws the words of a finding, which is given by its position.
pub(super) fn steps_of(
    names: [&str; 2],
    wall: &WallDifference,
    findings: &[Finding],
    choice: &dyn Fn(usize, &str) -> Markup,
) -> Markup {
    let rows = rows(names, wall, findings);
    let ends = rows.iter().flat_map(|row| [row.from_ns, row.to_ns]);
    let (least_ns, most_ns) = ends.fold((0, 1), |(low, high), ns| (low.min(ns), high.max(ns)));
    let percent = |ns: i64| (ns - least_ns) as f64 * 100.0 / (most_ns - least_ns) as f64;
    html! {
        ol.steps {
            @for row in &rows {
                @let (left, right) = (percent(row.from_ns.min(row.to_ns)), percent(row.from_ns.max(row.to_ns)));
                @let kind = if row.is_side { "side" } else if row.to_ns > row.from_ns { "slower" } else { "faster" };
                li {
                    span.words {
                        @match row.finding {
                            Some(finding) => (choice(finding, &row.words)),
                            None => (row.words),
                        }
                    }
                    span.value {
                        @if row.is_side { (duration(row.to_ns.unsigned_abs())) } @else { (signed_duration(row.to_ns - row.from_ns)) }
                    }
                    span.track { span class={ "step " (kind) } style=(format!("left: {left:.3}%; width: {:.3}%", right - left)) {} }
                }
            }
        }
    }
}

/// A, the steps, and B.
fn rows([a, b]: [&str; 2], wall: &WallDifference, findings: &[Finding]) -> Vec<Row> {
    let steps = steps(wall, findings, STEPS);
    let side = |words: String, to_ns: i64| Row {
        words,
        finding: None,
        from_ns: 0,
        to_ns,
        is_side: true,
    };
    let first_ns = steps.first().map_or(0, |step| step.from_ns);
    let last_ns = steps.last().map_or(0, |step| step.to_ns);
    let between = steps.into_iter().map(|step| Row {
        words: step.finding.map_or_else(
            || "all that no finding above explains".to_owned(),
            |finding| format!("{}: {}", finding.stage, sentence(finding)),
        ),
        finding: findings.iter().position(|one| {
            step.finding
                .is_some_and(|finding| std::ptr::eq(finding, one))
        }),
        from_ns: step.from_ns,
        to_ns: step.to_ns,
        is_side: false,
    });
    let mut rows = vec![side(format!("A: {a}"), first_ns)];
    rows.extend(between);
    rows.push(side(format!("B: {b}"), last_ns));
    rows
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::sample;
    use compare::explain::explanation;

    #[test]
    fn the_steps_lead_from_a_to_b() {
        let compared = sample::diff();
        let explained = explanation(&compared.comparison, &[]).unwrap();
        let wall = compared.comparison.whole().unwrap();
        let rows = rows(["a", "b"], wall, &explained.findings);
        assert!(rows.len() > 4, "{}", rows.len());
        assert_eq!(rows[0].to_ns.unsigned_abs(), wall.a.unwrap().mean_ns);
        for pair in rows[..rows.len() - 1].windows(2) {
            assert_eq!(pair[0].to_ns, pair[1].from_ns);
        }
        let [.., last, b] = rows.as_slice() else {
            panic!("no steps");
        };
        assert_eq!(last.to_ns, b.to_ns);
        assert_eq!(b.to_ns.unsigned_abs(), wall.b.unwrap().mean_ns);
        let of_findings = rows.iter().filter(|row| row.finding.is_some()).count();
        assert_eq!(of_findings, rows.len() - 3);
    }
}
