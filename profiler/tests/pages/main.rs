//! HTML pages in a real browser, from the recording that is checked in: what they draw adds up to what the
//! report says, and what one does with them works.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod browser;
#[path = "../chromium/mod.rs"]
mod chromium;
mod report;
mod sides;
