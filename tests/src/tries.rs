//! Tests that need luck: what else the machine does may disturb a measurement.

use std::io::Write;

use anyhow::{Context, Result};

/// Tries up to `tries` times, and says how often it had to, for everybody to see whether the tests
/// need more luck than they did. Bad luck is the error inside of what an attempt returns; an error
/// outside of that is of what must hold whatever the machine does.
///
/// # Errors
/// The first of those, or the bad luck of the last try.
pub fn one_of<T>(
    tries: u32,
    name: &str,
    mut attempt: impl FnMut(u32) -> Result<Result<T>>,
) -> Result<T> {
    let mut number = 1;
    loop {
        let outcome = attempt(number)?;
        if outcome.is_ok() || number == tries {
            say(&format!("{name}: needed {number} of {tries} tries\n"));
            return outcome.with_context(|| format!("{name}: the last of {tries} tries"));
        }
        number += 1;
    }
}

/// Writes past the test harness, which keeps what tests that pass have printed to itself.
fn say(line: &str) {
    let mut stdout = std::io::stdout().lock();
    // Whether the tests pass does not hang on it.
    let _ = stdout.write_all(line.as_bytes());
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::*;

    /// Tries three times what has luck from one of them on, and fails at once from another on.
    fn tried(luck_from: u32, fails_from: u32) -> Result<u32> {
        one_of(3, "a test of tries", |number| {
            if number >= fails_from {
                return Err(anyhow!("failed at {number}"));
            }
            let has_luck = number >= luck_from;
            Ok(has_luck
                .then_some(number)
                .with_context(|| format!("bad luck at {number}")))
        })
    }

    #[test]
    fn bad_luck_is_tried_again_but_not_for_ever_and_failures_are_not() -> Result<()> {
        assert_eq!((tried(1, 9)?, tried(3, 9)?), (1, 3));
        for (luck_from, fails_from, why) in [(9, 9, "bad luck at 3"), (9, 2, "failed at 2")] {
            let error = tried(luck_from, fails_from).err();
            let error = error.map(|error| format!("{error:#}")).unwrap_or_default();
            assert!(error.ends_with(why), "{error}");
        }
        Ok(())
    }
}
