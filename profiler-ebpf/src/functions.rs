//! Hooks on kernel functions.
