//! A generator of random numbers that makes the same choices for the same seed, on every machine
//! and in every version: what was drawn can be drawn again from a seed that was kept.

/// SplitMix64: Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (2014).
/// Its whole state is one number, every seed is as good as any other, and its quality is ample for
/// resampling and shuffling. Not for secrets.
#[derive(Clone, Debug)]
pub struct Random {
    state: u64,
}

impl Random {
    /// A generator that starts from `seed`.
    pub const fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// The next 64 random bits.
    pub const fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.state;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// A number from 0 to below `bound`, each as likely as any other; 0 where `bound` is 0.
    ///
    /// Lemire, "Fast random integer generation in an interval" (2019): the high half of a product,
    /// rejecting the few draws that would favour some results.
    pub fn below(&mut self, bound: usize) -> usize {
        let bound = bound as u64;
        let Some(rejected) = bound.wrapping_neg().checked_rem(bound) else {
            return 0;
        };
        loop {
            let product = u128::from(self.next_u64()) * u128::from(bound);
            if product as u64 >= rejected {
                return (product >> 64) as usize;
            }
        }
    }

    /// A number from `low` to `high`, both included. The bias of a range that is no power of two
    /// is below one in 2^32 for the ranges of a table.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        let count = u128::from(high - low + 1);
        low + ((u128::from(self.next_u64()) * count) >> 64) as u64
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_sequence_is_that_of_the_reference() {
        // The first numbers of the authors' splitmix64.c with state 1234567.
        let mut random = Random::new(1_234_567);
        let drawn: Vec<u64> = (0..5).map(|_| random.next_u64()).collect();
        assert_eq!(
            drawn,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423,
                4_593_380_528_125_082_431,
                16_408_922_859_458_223_821,
            ]
        );
    }

    #[test]
    fn every_number_is_as_likely_as_any_other() {
        let mut random = Random::new(7);
        let mut counts = [0_u32; 6];
        for _ in 0..60_000 {
            counts[random.below(6)] += 1;
        }
        // Five standard deviations of a binomial count of 10 000 are 456.
        assert!(
            counts.iter().all(|count| count.abs_diff(10_000) < 456),
            "{counts:?}"
        );
    }

    proptest! {
        #[test]
        fn no_number_reaches_its_bound(seed: u64, bound in 1_usize..) {
            prop_assert!(Random::new(seed).below(bound) < bound);
        }
    }

    #[test]
    fn nothing_is_below_nothing() {
        assert_eq!(Random::new(1).below(0), 0);
    }

    #[test]
    fn both_ends_of_a_range_occur_and_nothing_beyond() {
        let mut random = Random::new(1);
        let seen: std::collections::BTreeSet<u64> =
            (0..1_000).map(|_| random.between(5, 15)).collect();
        assert_eq!(seen, (5..=15).collect());
    }
}
