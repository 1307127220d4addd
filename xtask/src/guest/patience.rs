//! How long a guest's tests may take: what they take of a CPU counts, not how long a busy machine
//! makes them wait for one.

use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// CPU time that the tests of one guest may take.
const CPU: Duration = Duration::from_secs(1200);
/// How long a guest may print nothing: it may hang without taking CPU time.
const SILENCE: Duration = Duration::from_secs(900);
/// Between two looks at the CPU time.
const BETWEEN_LOOKS: Duration = Duration::from_secs(10);
/// Units of CPU time in a second (`USER_HZ`, include/asm-generic/param.h).
const TICKS: u64 = 100;

/// The limits of a guest that runs its tests.
pub struct Patience {
    qemu: u32,
    spent_before: Duration,
    heard_at: Instant,
}

impl Patience {
    /// The tests begin now, in the guest that this process emulates.
    ///
    /// # Errors
    /// When there is no such process.
    pub fn begin(qemu: u32) -> Result<Self> {
        Ok(Self {
            qemu,
            spent_before: cpu_time(qemu)?,
            heard_at: Instant::now(),
        })
    }

    /// A line has come.
    pub fn heard(&mut self) {
        self.heard_at = Instant::now();
    }

    /// How long to wait for the next line before this is asked again.
    ///
    /// # Errors
    /// With what was exceeded, if there is no point in waiting longer.
    pub fn check(&self) -> Result<Duration> {
        if self.heard_at.elapsed() > SILENCE {
            bail!("they printed nothing for {} s", SILENCE.as_secs());
        }
        let spent = cpu_time(self.qemu)?.saturating_sub(self.spent_before);
        if spent > CPU {
            bail!("they did not end within {} s of CPU time", CPU.as_secs());
        }
        Ok(BETWEEN_LOOKS)
    }
}

/// Reads the CPU time that a process has used so far, its threads included.
fn cpu_time(pid: u32) -> Result<Duration> {
    let path = format!("/proc/{pid}/stat");
    let stat = fs::read_to_string(&path).with_context(|| format!("failed to read {path}"))?;
    let ticks = ticks(&stat).with_context(|| format!("{path} holds {stat:?}"))?;
    Ok(Duration::from_millis(ticks * 1_000 / TICKS))
}

/// Time in user and in kernel mode: the 14th and 15th field, of which the second may hold anything
/// in parentheses (proc_pid_stat(5)).
fn ticks(stat: &str) -> Option<u64> {
    let (_, behind_name) = stat.rsplit_once(')')?;
    let mut fields = behind_name.split_whitespace().skip(11);
    let mut next = || fields.next()?.parse::<u64>().ok();
    Some(next()? + next()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_time_is_found_behind_any_name() {
        let stat = "7 (a) b (c) S 1 7 7 0 -1 4194560 9 0 0 0 250 31 8 9 20 0 1 0 5";
        assert_eq!(ticks(stat), Some(281));
        assert_eq!(ticks("7 (a) S 1"), None);
    }

    #[test]
    fn what_has_just_begun_is_waited_for() -> Result<()> {
        let patience = Patience::begin(std::process::id())?;
        assert_eq!(patience.check()?, BETWEEN_LOOKS);
        Ok(())
    }
}
