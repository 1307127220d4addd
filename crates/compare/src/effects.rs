//! Count or cost: whether a part differs because there is more of it, or because each takes longer.
//!
//! With `n` how many there are in a run, and `c` what one of them takes:
//!
//! ```text
//! n_b c_b - n_a c_a = (n_b - n_a) c_a  +  n_a (c_b - c_a)  +  (n_b - n_a) (c_b - c_a)
//!     difference    =      count       +       cost        +        interaction
//! ```
//!
//! Both effects are taken from side A's point of view: what if B made its number of calls at A's
//! price, what if it made A's number at its own price. The interaction is what only both together
//! bring about; it belongs to neither.
//!
//! # Which count
//!
//! `n` is the number on the *critical path*, and `c` the time that one of them takes there, since
//! `n c` must be the time that is being explained. Dividing the path's time by all calls of all
//! threads would give a price that no call has, and calls that nobody waits for would look like a
//! reason. All calls stand beside it (`thread_count_milli`, and the table of system calls): where they differ and
//! those on the critical path do not, the rest was done while something else was waited for.
//!
//! # Rounding
//!
//! `n` is a fraction: a total over the number of runs. Count and cost effect are rounded to the
//! nearest nanosecond, and the interaction is what is left, so that the three add up exactly.
//!
//! A part of only one side is all count effect: there is no price to compare.

use crate::report::Effects;

/// One side's count and time of a part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quantity {
    /// Mean time per run, nanoseconds.
    pub time_ns: u64,
    /// How many there are in all runs together.
    pub count: u64,
    /// How many runs.
    pub runs: u64,
}

/// Splits the difference of two quantities.
pub fn split(a: Quantity, b: Quantity) -> Effects {
    let difference_ns = difference(a.time_ns, b.time_ns);
    let count_of = |one: Quantity, other: Quantity| u128::from(one.count) * u128::from(other.runs);
    let (count_a, count_b) = (count_of(a, b), count_of(b, a));
    if count_a == 0 || count_b == 0 {
        let is_counted = count_a != count_b;
        return Effects {
            count_ns: if is_counted { difference_ns } else { 0 },
            // Time without anything that could be counted, on both sides.
            cost_ns: if is_counted { 0 } else { difference_ns },
            interaction_ns: 0,
        };
    }
    let b_many_at_a_price_ns = scaled(a.time_ns, count_b, count_a);
    let a_many_at_b_price_ns = scaled(b.time_ns, count_a, count_b);
    let count_ns = b_many_at_a_price_ns.saturating_sub(signed(a.time_ns));
    let cost_ns = a_many_at_b_price_ns.saturating_sub(signed(a.time_ns));
    Effects {
        count_ns,
        cost_ns,
        interaction_ns: difference_ns
            .saturating_sub(count_ns)
            .saturating_sub(cost_ns),
    }
}

/// `b` less `a`.
pub fn difference(a: u64, b: u64) -> i64 {
    signed(b).saturating_sub(signed(a))
}

fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// `value * numerator / denominator`, rounded to the nearest; at most some 73 years, so that sums
/// of a few do not overflow.
fn scaled(value: u64, numerator: u128, denominator: u128) -> i64 {
    const FAR_NS: i64 = i64::MAX / 4;
    let product = u128::from(value).saturating_mul(numerator);
    let rounded = product.saturating_add(denominator / 2) / denominator;
    i64::try_from(rounded).unwrap_or(FAR_NS).min(FAR_NS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn quantity(time_ns: u64, count: u64) -> Quantity {
        Quantity {
            time_ns,
            count,
            runs: 1,
        }
    }

    fn effects(count_ns: i64, cost_ns: i64, interaction_ns: i64) -> Effects {
        Effects {
            count_ns,
            cost_ns,
            interaction_ns,
        }
    }

    #[test]
    fn three_times_as_many_are_told_from_three_times_as_dear() {
        let a = quantity(100, 10);
        assert_eq!(split(a, quantity(300, 30)), effects(200, 0, 0));
        assert_eq!(split(a, quantity(300, 10)), effects(0, 200, 0));
        assert_eq!(split(a, quantity(900, 30)), effects(200, 200, 400));
    }

    #[test]
    fn fewer_but_slower_ones_can_cancel_out() {
        let found = split(quantity(100, 10), quantity(100, 5));
        assert_eq!(found, effects(-50, 100, -50));
    }

    #[test]
    fn what_one_side_alone_has_is_all_count() {
        let none = quantity(0, 0);
        assert_eq!(split(none, quantity(70, 7)), effects(70, 0, 0));
        assert_eq!(split(quantity(70, 7), none), effects(-70, 0, 0));
        assert_eq!(split(quantity(7, 0), quantity(9, 0)), effects(0, 2, 0));
    }

    #[test]
    fn runs_are_taken_out() {
        let a = Quantity {
            time_ns: 100,
            count: 40,
            runs: 4,
        };
        let b = Quantity {
            time_ns: 200,
            count: 40,
            runs: 2,
        };
        assert_eq!(split(a, b), effects(100, 0, 0));
    }

    fn quantities() -> impl Strategy<Value = Quantity> {
        (0..1_u64 << 50, 0..1_u64 << 30, 1..200_u64).prop_map(|(time_ns, count, runs)| Quantity {
            time_ns,
            count,
            runs,
        })
    }

    proptest! {
        #[test]
        fn the_three_add_up_to_the_difference(a in quantities(), b in quantities()) {
            let found = split(a, b);
            let sum = i128::from(found.count_ns) + i128::from(found.cost_ns)
                + i128::from(found.interaction_ns);
            prop_assert_eq!(sum, i128::from(difference(a.time_ns, b.time_ns)));
        }

        /// k times as many at the same price: all of it is count effect.
        #[test]
        fn more_calls_are_count(price in 1..1_u64 << 20, count in 1..1_u64 << 16, factor in 2..9_u64) {
            let found = split(quantity(price * count, count), quantity(price * count * factor, count * factor));
            prop_assert_eq!(found, effects((price * count * (factor - 1)) as i64, 0, 0));
        }

        /// The same number, k times as dear: all of it is cost effect.
        #[test]
        fn slower_calls_are_cost(price in 1..1_u64 << 20, count in 1..1_u64 << 16, factor in 2..9_u64) {
            let found = split(quantity(price * count, count), quantity(price * count * factor, count));
            prop_assert_eq!(found, effects(0, (price * count * (factor - 1)) as i64, 0));
        }

        /// The formula, worked out in floating point.
        #[test]
        fn the_effects_are_those_of_the_formula(a in quantities(), b in quantities()) {
            prop_assume!(a.count > 0 && b.count > 0);
            let per_run = |q: Quantity| q.count as f64 / q.runs as f64;
            let price = |q: Quantity| q.time_ns as f64 / per_run(q);
            let found = split(a, b);
            let count = (per_run(b) - per_run(a)) * price(a);
            let cost = per_run(a) * (price(b) - price(a));
            prop_assume!(count.abs() < 1e18 && cost.abs() < 1e18);
            let is_near = |found: i64, wanted: f64| (found as f64 - wanted).abs() <= 2.0 + wanted.abs() * 1e-9 + (a.time_ns + b.time_ns) as f64 * 1e-9;
            prop_assert!(is_near(found.count_ns, count), "{} {}", found.count_ns, count);
            prop_assert!(is_near(found.cost_ns, cost), "{} {}", found.cost_ns, cost);
        }
    }
}
