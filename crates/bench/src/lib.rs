//! Benches: many runs over a matrix of configurations, that can be killed at any moment and
//! continued.
//!
//! - [`matrix`]: the TOML file that says what is run.
//! - [`catalogue`]: what it can name.
//! - [`plan`]: what of it can be run on this host, and why the rest cannot.
//! - [`schedule`]: which runs, in which order.
//! - [`runner`]: does them one after the other.
//! - [`estimate`]: how long they take.
//! - [`store`]: the directory that holds what came out, run by run.

pub mod catalogue;
pub mod constraints;
pub mod estimate;
pub mod matrix;
pub mod plan;
pub mod runner;
pub mod schedule;
pub mod store;

#[cfg(test)]
mod fixture;
