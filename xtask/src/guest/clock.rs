//! The frequency of this machine's time stamp counter, which software emulation hands through.

use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

/// How long it is measured.
const MEASURED: Duration = Duration::from_millis(200);

/// The frequency in kHz.
pub fn time_stamp_khz() -> u64 {
    static KHZ: OnceLock<u64> = OnceLock::new();
    *KHZ.get_or_init(measure)
}

fn measure() -> u64 {
    let (begun, first) = (Instant::now(), time_stamp());
    thread::sleep(MEASURED);
    let (elapsed, last) = (begun.elapsed(), time_stamp());
    let cycles = u128::from(last.wrapping_sub(first));
    u64::try_from(cycles * 1_000_000 / elapsed.as_nanos()).unwrap_or(u64::MAX)
}

fn time_stamp() -> u64 {
    // SAFETY: every x86_64 processor has the instruction (Intel SDM, RDTSC).
    unsafe { core::arch::x86_64::_rdtsc() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_measurements_agree() {
        let (one, other) = (measure(), measure());
        assert!(one > 100_000, "{one} kHz");
        assert!(one.abs_diff(other) * 100 < one, "{one} and {other} kHz");
    }
}
