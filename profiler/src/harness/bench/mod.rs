//! Benches: many runs over a matrix of configurations, that can be killed at any moment and
//! continued.
//!
//! - [`matrix`]: the TOML file that says what is run.
//! - [`schedule`]: which runs, in which order.
//! - [`store`]: the directory that holds what came out, run by run.

mod glob;
pub mod matrix;
pub mod schedule;
pub mod store;

#[cfg(test)]
mod fixture;
