//! Runtime `libcontainer`: youki's library, in the process that calls it. It is left out of a ctrprof
//! that is built without the feature `libcontainer`, which says so when it is asked for it.

#[cfg(feature = "libcontainer")]
mod built_in;
#[cfg(feature = "libcontainer")]
mod entry_point;
#[cfg(not(feature = "libcontainer"))]
mod left_out;

#[cfg(feature = "libcontainer")]
pub use built_in::open;
#[cfg(not(feature = "libcontainer"))]
pub use left_out::open;

/// Value of the axis `runtime`.
pub const NAME: &str = "libcontainer";

/// Whether the library is built in.
pub const IS_BUILT_IN: bool = cfg!(feature = "libcontainer");

/// The reason for which there is no such runtime where the library was left out.
pub const LEFT_OUT: &str = "this ctrprof was built without libcontainer";

/// The remedy.
pub const REMEDY: &str =
    "build it with the feature `libcontainer`, or choose another runtime: crun, runc, youki, ...";
