//! Which tests run beside each other: all are threads of one program, and some measure the machine.

use std::cell::Cell;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// Held for writing by a test that must be alone, for reading by all others.
static MACHINE: RwLock<()> = RwLock::new(());

thread_local! {
    /// Whether the test of this thread has a turn.
    static TAKEN: Cell<bool> = const { Cell::new(false) };
}

/// A test's right to use the machine, until it is dropped.
pub struct Turn {
    _guard: Guard,
}

#[expect(dead_code, reason = "held until they are dropped")]
enum Guard {
    Alone(RwLockWriteGuard<'static, ()>),
    Beside(RwLockReadGuard<'static, ()>),
}

/// Waits until no other test runs, and holds up all others: for tests that look at times or at what
/// is on the whole machine. Scheduler events are recorded for the whole machine, too, and what a
/// killed engine has left is removed by whichever engine comes next.
pub fn alone() -> Turn {
    take();
    // A test that failed leaves nothing behind that the next would trip over.
    let guard = MACHINE.write().unwrap_or_else(PoisonError::into_inner);
    Turn {
        _guard: Guard::Alone(guard),
    }
}

/// Waits until no test runs that must be alone: for tests that look at nothing but their own.
pub fn beside_others() -> Turn {
    take();
    let guard = MACHINE.read().unwrap_or_else(PoisonError::into_inner);
    Turn {
        _guard: Guard::Beside(guard),
    }
}

/// Notes that this thread has a turn.
///
/// # Panics
/// When it has one already: it would wait for itself.
fn take() {
    assert!(!TAKEN.replace(true), "a test takes one turn at a time");
}

/// Fails a test that uses the machine without a turn.
///
/// # Panics
/// When this thread has none.
pub fn check() {
    assert!(
        TAKEN.get(),
        "begin the test with `let _turn = alone();` or `let _turn = beside_others();`"
    );
}

impl Drop for Turn {
    fn drop(&mut self) {
        TAKEN.set(false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_ends_when_it_is_dropped_and_is_taken_once() {
        for turn in [alone, beside_others] {
            let held = turn();
            check();
            assert!(std::panic::catch_unwind(alone).is_err());
            drop(held);
            assert!(!TAKEN.get());
        }
    }
}
