//! Checks of one group.

use render::doctor::report::{Check, CheckState};

/// The group that a topic's checks belong to; it makes them.
#[derive(Clone, Copy, Debug)]
pub struct Group(pub &'static str);

impl Group {
    /// It is there and works.
    pub fn ok(self, name: &str, detail: impl Into<String>) -> Check {
        self.check(name, CheckState::Ok, detail.into(), String::new())
    }

    /// ctrprof works without it, but sees or can do less.
    pub fn warn(self, name: &str, detail: impl Into<String>, remedy: impl Into<String>) -> Check {
        self.check(name, CheckState::Warn, detail.into(), remedy.into())
    }

    /// ctrprof cannot work without it.
    pub fn missing(
        self,
        name: &str,
        detail: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Check {
        self.check(name, CheckState::Missing, detail.into(), remedy.into())
    }

    fn check(self, name: &str, state: CheckState, detail: String, remedy: String) -> Check {
        Check {
            group: self.0.to_owned(),
            name: name.to_owned(),
            state,
            detail,
            remedy,
        }
    }
}
