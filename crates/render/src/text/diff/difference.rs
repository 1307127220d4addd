//! The findings of a comparison over all its stages: what makes B what it is first, then what works
//! against that.

use std::io;

use super::super::finding::write_finding;
use super::super::ink::Ink;
use super::super::line::Page;
use compare::report::Actor;
use compare::report::finding::Finding;
use trace::role::Role;

/// Findings drawn of either kind.
pub(crate) const WITH: usize = 8;
pub(crate) const AGAINST: usize = 4;

/// The ink of whose time something is.
pub(super) const fn ink_of(actor: Actor) -> Ink {
    match actor {
        Actor::Engine => Ink::Role(Role::Manager),
        Actor::Role(role) => Ink::Role(role),
    }
}

/// What makes B slower, or faster, as a whole, and what works against that, each with its title.
pub(crate) fn by_direction(
    findings: &[Finding],
    whole_ns: i64,
) -> ([&'static str; 2], [Vec<&Finding>; 2]) {
    let is_with = |finding: &&Finding| finding.explained.value_ns.signum() * whole_ns.signum() >= 0;
    let (with, against) = findings.iter().partition(is_with);
    let titles = if whole_ns < 0 {
        ["why B is faster", "what makes B slower all the same"]
    } else {
        ["why B is slower", "what makes B faster all the same"]
    };
    (titles, [with, against])
}

/// Writes them, each with its share of the whole difference, in nanoseconds. The order is theirs: those that
/// are confirmed first, then those with most time.
pub(super) fn write(page: &mut Page<'_>, findings: &[Finding], whole_ns: i64) -> io::Result<()> {
    let ([with_title, against_title], [with, against]) = by_direction(findings, whole_ns);
    let mut is_first = true;
    for (title, found, most) in [(with_title, with, WITH), (against_title, against, AGAINST)] {
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
