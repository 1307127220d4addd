//! Long tests have a short form, for each change, and a long one, for `cargo xtask soak`.

use std::env;

/// Set by `cargo xtask soak`.
const LONG_VARIABLE: &str = "CTRPROF_SOAK";

/// Chooses a parameter of a test, such as a number of runs or a list of sizes, by its form.
pub fn choose<T>(short: T, long: T) -> T {
    if is_long() { long } else { short }
}

/// Whether the tests are to take as long as they like.
pub fn is_long() -> bool {
    env::var_os(LONG_VARIABLE).is_some_and(|value| !value.is_empty())
}
