//! What a container may use, under every manager.

/// CPU time that a container may use in each period: one CPU.
pub const CPU_QUOTA_US: i64 = 100_000;
/// Length of a period.
pub const CPU_PERIOD_US: u64 = 100_000;
/// The same, for managers that count CPUs.
pub const CPUS: &str = "1";
/// Memory that a container may use.
pub const MEMORY_LIMIT_BYTES: i64 = 1 << 30;
