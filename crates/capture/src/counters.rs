//! Counts of the kernel side.

use std::collections::BTreeMap;

use aya::maps::{MapData, MapError, PerCpuArray};
use profiler_common::{LOSS_STORAGE, Probe, RecordKind};

/// Counters of the kernel side, added up over CPUs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Sequence numbers taken: records that arrived or were lost.
    pub sent: u64,
    /// Records that did not fit, by kind.
    pub lost: BTreeMap<String, u64>,
    /// Task storage look-ups that failed.
    pub storage_failures: u64,
    /// Marks that others than the engine set.
    pub refused_marks: u64,
    /// Runs of each probe, in the order of [`Probe::ALL`].
    pub probe_runs: Vec<u64>,
}

/// The per-CPU maps that hold them.
pub struct CounterMaps {
    pub(super) sequence: PerCpuArray<MapData, u64>,
    pub(super) lost: PerCpuArray<MapData, u64>,
    pub(super) refused_marks: PerCpuArray<MapData, u64>,
    pub(super) probe_runs: PerCpuArray<MapData, u64>,
}

impl CounterMaps {
    /// Reads them.
    pub fn read(&self) -> Result<Counters, MapError> {
        let mut lost = BTreeMap::new();
        for &kind in RecordKind::ALL {
            let count = sum(&self.lost, kind as u32)?;
            if count > 0 {
                lost.insert(kind.name().to_owned(), count);
            }
        }
        Ok(Counters {
            sent: sum(&self.sequence, 0)?,
            lost,
            storage_failures: sum(&self.lost, LOSS_STORAGE as u32)?,
            refused_marks: sum(&self.refused_marks, 0)?,
            probe_runs: Probe::ALL
                .iter()
                .map(|&probe| sum(&self.probe_runs, probe as u32))
                .collect::<Result<_, _>>()?,
        })
    }
}

fn sum(map: &PerCpuArray<MapData, u64>, index: u32) -> Result<u64, MapError> {
    Ok(map.get(&index, 0)?.iter().sum())
}
