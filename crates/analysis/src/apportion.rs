//! Whole numbers in given proportions that add up to a given whole number.

/// Gives `whole` to parts in proportion to `weights`, by largest remainder (Hamilton's method): each
/// part is its exact share, rounded down or up, and all of them add up to `whole`. Where remainders
/// are equal, the earlier part is rounded up. Without any weight all is given to the first part.
pub fn apportion(whole: u64, weights: &[u64]) -> Vec<u64> {
    let sum: u128 = weights.iter().map(|&weight| u128::from(weight)).sum();
    if sum == 0 {
        let mut parts = vec![0; weights.len()];
        if let Some(first) = parts.first_mut() {
            *first = whole;
        }
        return parts;
    }
    let products = weights
        .iter()
        .map(|&weight| u128::from(whole) * u128::from(weight));
    let (mut parts, remainders): (Vec<u64>, Vec<u128>) = products
        .map(|product| ((product / sum) as u64, product % sum))
        .unzip();
    let given: u64 = parts.iter().sum();
    let mut order: Vec<usize> = (0..parts.len()).collect();
    // Stable: equals stay in order.
    order.sort_by_key(|&at| std::cmp::Reverse(remainders[at]));
    // The rest is less than one for each part.
    for at in order.into_iter().take((whole - given) as usize) {
        parts[at] += 1;
    }
    parts
}

/// `sum / count`, rounded to the nearest, halves up; 0 of none.
pub fn mean(sum: u128, count: u64) -> u64 {
    let count = u128::from(count);
    let rounded = (2 * sum + count).checked_div(2 * count).unwrap_or(0);
    u64::try_from(rounded).unwrap_or(u64::MAX)
}

/// `sum / count` in thousandths, rounded to the nearest; 0 of none.
pub fn mean_milli(sum: u64, count: u64) -> u64 {
    mean(u128::from(sum) * 1_000, count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_largest_remainders_are_rounded_up() {
        assert_eq!(apportion(10, &[1, 1, 1]), [4, 3, 3]);
        assert_eq!(apportion(100, &[7, 2, 1]), [70, 20, 10]);
        assert_eq!(apportion(7, &[0, 0]), [7, 0]);
        assert_eq!(apportion(7, &[]), Vec::<u64>::new());
    }

    #[test]
    fn means_are_rounded_to_the_nearest() {
        assert_eq!(mean(7, 2), 4);
        assert_eq!(mean(10, 3), 3);
        assert_eq!(mean(5, 0), 0);
        assert_eq!(mean_milli(10, 3), 3_333);
    }

    proptest! {
        #[test]
        fn parts_add_up_and_are_next_to_their_shares(
            whole in 0..u64::MAX / 2,
            weights in prop::collection::vec(0..u64::MAX / 100, 1..50),
        ) {
            let parts = apportion(whole, &weights);
            prop_assert_eq!(parts.iter().sum::<u64>(), whole);
            let sum: u128 = weights.iter().map(|&weight| u128::from(weight)).sum();
            prop_assume!(sum > 0);
            for (&part, &weight) in parts.iter().zip(&weights) {
                let floor = u128::from(whole) * u128::from(weight) / sum;
                prop_assert!(u128::from(part) == floor || u128::from(part) == floor + 1);
            }
        }
    }
}
