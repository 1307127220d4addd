//! The wire format between ctrprof's kernel programs and its user side.
//!
//! Every record starts with a [`Header`] and is laid out as `repr(C)` with explicit widths and no
//! padding, so that the bytes which the kernel side writes are the bytes which the user side checks.
//! Variable parts (paths, stacks) follow the fixed part of a record; the fixed part says how long
//! they are.
//!
//! Times are nanoseconds of `CLOCK_MONOTONIC`, the clock of `bpf_ktime_get_ns` (bpf-helpers(7)).

#![no_std]

mod config;
mod function;
mod probe;
mod record;
mod syscall_class;
mod value;

pub use config::*;
pub use function::*;
pub use probe::*;
pub use record::*;
pub use syscall_class::*;
pub use value::*;
