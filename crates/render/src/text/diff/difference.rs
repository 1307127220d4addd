//! The findings of a comparison over all its stages: what makes B what it is first, then what works
//! against that.

use std::io;

use super::super::finding::write_finding;
use super::super::line::Page;
use compare::report::finding::Finding;

/// Findings drawn of either kind.
const WITH: usize = 8;
const AGAINST: usize = 4;

/// Writes them, each with its share of the whole difference, in nanoseconds. The order is theirs: those that
/// are confirmed first, then those with most time.
pub(super) fn write(page: &mut Page<'_>, findings: &[Finding], whole_ns: i64) -> io::Result<()> {
    let is_with = |finding: &&Finding| finding.explained.value_ns.signum() * whole_ns.signum() >= 0;
    let (with, against): (Vec<&Finding>, Vec<&Finding>) = findings.iter().partition(is_with);
    let (title, other) = if whole_ns < 0 {
        ("why B is faster", "what makes B slower all the same")
    } else {
        ("why B is slower", "what makes B faster all the same")
    };
    let mut is_first = true;
    for (title, found, most) in [(title, with, WITH), (other, against, AGAINST)] {
        if found.is_empty() {
            continue;
        }
        if !is_first {
            page.blank()?;
        }
        is_first = false;
        page.rule(title, "")?;
        for (finding, number) in found.into_iter().take(most).zip(1..) {
            write_finding(page, finding, number, Some(whole_ns))?;
        }
    }
    Ok(())
}
