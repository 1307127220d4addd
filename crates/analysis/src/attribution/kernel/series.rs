//! Series of kernels.

use std::fmt;

/// The series of a kernel: the first two numbers of its release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Series(pub u16, pub u16);

/// Debian 12's kernel, which the guests run.
pub const V6_1: Series = Series(6, 1);
/// Debian 13's kernel, which they run, too.
pub const V6_12: Series = Series(6, 12);
/// The kernel of the machine that the tests run on.
pub const V6_18: Series = Series(6, 18);

/// The kernels that the names were compared with, in ascending order.
pub const TESTED: &[Series] = &[V6_1, V6_12, V6_18];

impl Series {
    /// The series of a release as uname(2) has it (`6.12.117+deb12-cloud-amd64`).
    pub fn of_release(release: &str) -> Option<Self> {
        let mut numbers = release.split(|character: char| !character.is_ascii_digit());
        let major = numbers.next()?.parse().ok()?;
        let minor = numbers.next()?.parse().ok()?;
        Some(Self(major, minor))
    }
}

impl fmt::Display for Series {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.0, self.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_two_numbers_of_a_release_are_its_series() {
        let series = Series::of_release;
        assert_eq!(series("6.12.117+deb12-cloud-amd64"), Some(V6_12));
        assert_eq!(series("6.1-rc3"), Some(V6_1));
        assert_eq!(series("linux"), None);
        assert!(V6_1 < V6_12);
    }
}
