//! The ctrprof command.
fn main() {}
