//! Developer commands of ctrprof.
fn main() {}
