//! ctrprof: a low-level profiler for the life of containers.
//!
//! Data flows one way through the modules ("rooms"): `capture` (load, attach, drain), `decode`
//! (bytes to events), `recording` (raw facts on disk), `timeline` (thread states), `attribution`
//! (who, which stage, which phase), `analysis` (numbers of one recording), `compare` (two sides),
//! `explain` (findings), `render`. ARCHITECTURE.md draws it.

pub mod analysis;
pub mod attribution;
pub mod capture;
pub mod cli;
pub mod compare;
pub mod decode;
pub mod doctor;
pub mod explain;
pub mod harness;
pub mod model;
pub mod recording;
pub mod render;
pub mod timeline;
