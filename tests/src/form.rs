//! Long tests have a short form, for each change, and a long one, for `cargo xtask soak`.

use std::env;

/// Set by `cargo xtask soak`.
const LONG_VARIABLE: &str = "CTRPROF_SOAK";

/// What a test is to be done with: a number of runs, a list of sizes.
pub fn choose<T>(short: T, long: T) -> T {
    if is_long() { long } else { short }
}

/// Whether the tests are to take as long as they like.
pub fn is_long() -> bool {
    env::var_os(LONG_VARIABLE).is_some_and(|value| !value.is_empty())
}
