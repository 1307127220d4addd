//! Counts and latencies by system call.

use std::collections::BTreeMap;

use hdrhistogram::Histogram;
use profiler_common::{BUCKETS, bucket_floor_ns};

use crate::report::SyscallRow;
use crate::timeline::Timeline;
use trace::rows::{Span, Total};

/// Significant decimal digits of percentiles.
const PRECISION: u8 = 3;

/// Statistics by system call number.
#[derive(Clone, Debug, Default)]
pub struct Syscalls {
    by_number: BTreeMap<u32, CallStatistics>,
}

/// Statistics of calls of one kind. All times are in nanoseconds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CallStatistics {
    /// Calls.
    pub count: u64,
    /// Of them, how many failed.
    pub errors: u64,
    /// Sum of their durations.
    pub total_ns: u64,
    /// Of it, time off the CPU.
    pub off_cpu_ns: u64,
    /// The longest.
    pub max_ns: u64,
    /// Made with the first duration; nothing if the precision were refused, which it is not.
    durations: Option<Histogram<u64>>,
}

impl CallStatistics {
    /// Adds one call.
    pub fn add_span(&mut self, span: &Span) {
        self.count += 1;
        self.errors += u64::from(is_error(span.result));
        self.total_ns += span.duration_ns;
        self.off_cpu_ns += span.off_cpu_ns;
        self.max_ns = self.max_ns.max(span.duration_ns);
        self.record(span.duration_ns, 1);
    }

    /// Adds calls that were added up in the kernel. Counts, sums and the longest are exact; each
    /// call counts towards percentiles as if it had taken the middle of its bucket.
    pub fn add_total(&mut self, total: &Total) {
        self.count += u64::from(total.count);
        self.errors += u64::from(total.errors);
        self.total_ns += total.total_ns;
        self.off_cpu_ns += total.off_cpu_ns;
        self.max_ns = self.max_ns.max(total.max_ns);
        for (bucket, &count) in total.buckets.iter().enumerate().take(BUCKETS) {
            if count > 0 {
                self.record(middle_ns(bucket).min(total.max_ns), count);
            }
        }
    }

    /// Adds the calls of another.
    pub fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.errors += other.errors;
        self.total_ns += other.total_ns;
        self.off_cpu_ns += other.off_cpu_ns;
        self.max_ns = self.max_ns.max(other.max_ns);
        match (&mut self.durations, &other.durations) {
            (Some(own), Some(other)) => {
                // As in `record`: it grows as it must.
                let _ = own.add(other);
            }
            (own @ None, Some(other)) => *own = Some(other.clone()),
            (Some(_) | None, None) => {}
        }
    }

    /// The duration that `percentile` per cent of the calls do not exceed; 0 without calls.
    pub fn percentile_ns(&self, percentile: f64) -> u64 {
        let durations = self.durations.as_ref();
        durations
            .map_or(0, |durations| durations.value_at_percentile(percentile))
            .min(self.max_ns)
    }

    fn record(&mut self, duration_ns: u64, count: u64) {
        if self.durations.is_none() {
            self.durations = Histogram::new(PRECISION).ok();
        }
        if let Some(durations) = &mut self.durations {
            // It grows as it must; only a value past what memory can index would be refused.
            let _ = durations.record_n(duration_ns, count);
        }
    }
}

impl Syscalls {
    /// Adds one call.
    pub fn add_span(&mut self, span: &Span) {
        self.by_number.entry(span.nr).or_default().add_span(span);
    }

    /// Adds calls that were added up in the kernel, as [`CallStatistics::add_total`].
    pub fn add_total(&mut self, total: &Total) {
        self.by_number.entry(total.nr).or_default().add_total(total);
    }

    /// A row for each call, longest total first.
    pub fn rows(&self, timeline: &Timeline<'_>) -> Vec<SyscallRow> {
        let mut rows: Vec<SyscallRow> = self
            .by_number
            .iter()
            .map(|(&number, statistics)| SyscallRow {
                name: timeline
                    .syscall_name(number)
                    .map_or_else(|| format!("syscall {number}"), str::to_owned),
                count: statistics.count,
                errors: statistics.errors,
                total_ns: statistics.total_ns,
                p50_ns: statistics.percentile_ns(50.0),
                p99_ns: statistics.percentile_ns(99.0),
                max_ns: statistics.max_ns,
            })
            .collect();
        rows.sort_by_key(|row| std::cmp::Reverse((row.total_ns, row.count)));
        rows
    }
}

/// Whether a result is a negated errno: the kernel's `MAX_ERRNO` (include/linux/err.h, v6.18).
pub fn is_error(result: i64) -> bool {
    const MAX_ERRNO: i64 = 4095;
    (-MAX_ERRNO..0).contains(&result)
}

fn middle_ns(bucket: usize) -> u64 {
    let floor_ns = bucket_floor_ns(bucket);
    if bucket + 1 >= BUCKETS {
        // The last bucket has no end; its calls are bounded by the longest.
        return u64::MAX;
    }
    floor_ns + (bucket_floor_ns(bucket + 1) - floor_ns) / 2
}
