//! Critical path and thread time by phase and part.

use std::collections::{BTreeMap, HashMap};

use crate::attribution::Category;
use crate::report::{PhasePart, PhaseRow};
use trace::phase::Phase;

/// Sums by phase and part.
#[derive(Clone, Debug, Default)]
pub struct Phases<'a> {
    sums: HashMap<Category<'a>, Sum>,
    has_critical_path: bool,
}

#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    critical_path_ns: u64,
    thread_ns: u64,
    count: u64,
}

impl<'a> Phases<'a> {
    /// Adds time, in nanoseconds.
    pub fn add_time(&mut self, category: Category<'a>, duration_ns: u64) {
        self.sums.entry(category).or_default().thread_ns += duration_ns;
    }

    /// Adds the whole critical path: its time by category, in nanoseconds.
    pub fn add_critical_path(&mut self, by_category: &HashMap<Category<'a>, u64>) {
        self.has_critical_path = true;
        for (&category, &duration_ns) in by_category {
            self.sums.entry(category).or_default().critical_path_ns += duration_ns;
        }
    }

    /// Adds calls or waits.
    pub fn add_count(&mut self, category: Category<'a>, count: u64) {
        self.sums.entry(category).or_default().count += count;
    }

    /// A row for each phase that has time or calls, longest first, its parts likewise: by critical
    /// path if there is one, else by thread time.
    pub fn rows(&self) -> Vec<PhaseRow> {
        // Different categories can have one name; on paper they are one part.
        let mut by_name: BTreeMap<Phase, BTreeMap<String, Sum>> = BTreeMap::new();
        for (category, sum) in &self.sums {
            if sum.thread_ns == 0 && sum.count == 0 && sum.critical_path_ns == 0 {
                continue;
            }
            let parts = by_name.entry(category.phase).or_default();
            let part = parts.entry(category.part.to_string()).or_default();
            part.critical_path_ns += sum.critical_path_ns;
            part.thread_ns += sum.thread_ns;
            part.count += sum.count;
        }
        let mut rows: Vec<PhaseRow> = by_name
            .into_iter()
            .map(|(phase, parts)| row(phase, parts, self.has_critical_path))
            .collect();
        // Stable: equals stay in the order of phases.
        rows.sort_by_key(|row| std::cmp::Reverse((row.critical_path_ns, row.thread_ns, row.count)));
        rows
    }
}

fn row(phase: Phase, parts: BTreeMap<String, Sum>, has_critical_path: bool) -> PhaseRow {
    let critical_path_ns: u64 = parts.values().map(|sum| sum.critical_path_ns).sum();
    let mut parts: Vec<PhasePart> = parts
        .into_iter()
        .map(|(name, sum)| PhasePart {
            name,
            critical_path_ns: has_critical_path.then_some(sum.critical_path_ns),
            thread_ns: sum.thread_ns,
            count: sum.count,
        })
        .collect();
    parts
        .sort_by_key(|part| std::cmp::Reverse((part.critical_path_ns, part.thread_ns, part.count)));
    PhaseRow {
        phase,
        critical_path_ns: has_critical_path.then_some(critical_path_ns),
        thread_ns: parts.iter().map(|part| part.thread_ns).sum(),
        count: parts.iter().map(|part| part.count).sum(),
        // A single part without a name says nothing that the phase does not.
        parts: if parts.iter().all(|part| part.name.is_empty()) {
            Vec::new()
        } else {
            parts
        },
    }
}
