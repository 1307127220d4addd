//! Waits by kernel lock.

use std::collections::BTreeMap;

use crate::report::LockRow;

/// Sums by name of lock.
#[derive(Clone, Debug, Default)]
pub struct Locks<'a> {
    sums: BTreeMap<&'a str, (u64, u64)>,
}

impl<'a> Locks<'a> {
    /// Adds one wait, in nanoseconds.
    pub fn add(&mut self, name: &'a str, wait_ns: u64) {
        let sum = self.sums.entry(name).or_default();
        sum.0 += wait_ns;
        sum.1 += 1;
    }

    /// A row for each lock, longest first.
    pub fn rows(&self) -> Vec<LockRow> {
        let mut rows: Vec<LockRow> = self
            .sums
            .iter()
            .map(|(name, &(wait_ns, count))| LockRow {
                name: (*name).to_owned(),
                wait_ns,
                count,
            })
            .collect();
        rows.sort_by_key(|row| std::cmp::Reverse((row.wait_ns, row.count)));
        rows
    }
}
