//! Numbers that look random and are the same on every machine.

/// SplitMix64 (Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA
/// 2014): small, fast, and good enough to make data that does not compress to nothing.
#[derive(Clone, Debug)]
pub struct Random {
    state: u64,
}

impl Random {
    /// The sequence of this seed.
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
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
    use super::*;

    #[test]
    fn the_sequence_is_the_published_one() {
        // The values that the reference implementation (prng.di.unimi.it/splitmix64.c) prints.
        let mut random = Random::new(1_234_567);
        let first: Vec<u64> = (0..3).map(|_| random.next_u64()).collect();
        assert_eq!(
            first,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423
            ]
        );
    }

    #[test]
    fn both_ends_of_a_range_occur_and_nothing_beyond() {
        let mut random = Random::new(1);
        let seen: std::collections::BTreeSet<u64> =
            (0..1_000).map(|_| random.between(5, 15)).collect();
        assert_eq!(seen, (5..=15).collect());
    }
}
