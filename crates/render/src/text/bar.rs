//! Bars of block characters.

use super::ink::Ink;
use super::line::Line;
use trace::phase::Phase;

/// Blocks of one to eight eighths of a column.
const EIGHTHS: [&str; 8] = ["▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"];

/// Shades of the pieces of a stacked bar, from the largest piece on: they tell without colour, too.
const SHADES: [&str; 4] = ["█", "▓", "▒", "░"];

/// A bar of at most `columns`, as long as `part` is of `whole`, to an eighth of a column.
///
/// A bar of eighths; any part above zero has at least one.
pub(crate) fn bar(part: u64, whole: u64, columns: usize) -> String {
    let steps = scale(part, whole, columns * 8);
    let steps = if part > 0 { steps.max(1) } else { 0 };
    let mut text = "█".repeat(steps / 8);
    if let Some(eighth) = (steps % 8).checked_sub(1) {
        text.push_str(EIGHTHS[eighth]);
    }
    text
}

/// `part / whole * steps`, rounded, at most `steps`.
fn scale(part: u64, whole: u64, steps: usize) -> usize {
    let steps_wide = steps as u128;
    (u128::from(part) * steps_wide + u128::from(whole) / 2)
        .checked_div(u128::from(whole))
        .map_or(0, |scaled| scaled.min(steps_wide) as usize)
}

/// The pieces of a stage laid end to end, largest first, over `columns` columns that stand for
/// `whole`. Each piece ends where the sum so far ends, so that rounding does not add up.
pub(crate) fn stacked(pieces: &[(Phase, u64)], whole: u64, columns: usize) -> Line {
    let mut line = Line::new();
    let (mut sum, mut drawn) = (0_u64, 0);
    for (rank, &(phase, duration_ns)) in pieces.iter().enumerate() {
        sum = sum.saturating_add(duration_ns);
        let end = scale(sum, whole, columns);
        line.push(
            Ink::Phase(phase),
            &shade(rank).repeat(end.saturating_sub(drawn)),
        );
        drawn = end;
    }
    line
}

/// The shade of the piece of this rank, 0 for the largest.
pub(crate) fn shade(rank: usize) -> &'static str {
    SHADES[rank.min(SHADES.len() - 1)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_exact_to_an_eighth() {
        assert_eq!(bar(1, 2, 4), "██");
        assert_eq!(bar(5, 16, 2), "▋");
        assert_eq!(bar(1, 1_000_000, 4), "▏");
        assert_eq!(bar(0, 10, 4), "");
        assert_eq!(bar(0, 0, 4), "");
        assert_eq!(bar(20, 10, 4), "████");
    }

    #[test]
    fn a_stack_is_as_long_as_its_sum() {
        let pieces: Vec<_> = Phase::ALL.iter().map(|&phase| (phase, 1)).collect();
        let sum = pieces.len() as u64;
        assert_eq!(stacked(&pieces, sum, 20).width(), 20);
        assert_eq!(stacked(&pieces, 2 * sum, 20).width(), 10);
    }
}
