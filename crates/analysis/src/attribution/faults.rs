//! Page faults in user mode: the share of a process's time that they take, by samples.
//!
//! The kernel handles a fault in what looks like user time. Samples whose kernel stack is that of a
//! fault, outside of calls, tell how much of it: in each slice of time, of all samples of a process in
//! user mode. So it is an estimate; reports say by how many samples.

use std::collections::HashMap;

use super::kernel::{self, Name, fault};
use super::stack::Stacks;
use crate::timeline::{ProcessId, Timeline};

/// Samples of this long are held together, in nanoseconds: a score of them at the usual rate.
const SLICE_NS: u64 = 20_000_000;

/// What a fault had to be handled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FaultKind {
    /// Memory had to be taken back first, as a rule since a memory group had reached its limit.
    Reclaim,
    /// A page that had been swapped out.
    Swap,
    /// A page of a mapped file.
    File,
    /// A page that is shared was written to, and copied.
    CopyOnWrite,
    /// Any other: the first touch of memory as a rule.
    Other,
}

impl FaultKind {
    /// All kinds, the first that a stack shows counts.
    pub const ALL: [Self; 5] = [
        Self::Reclaim,
        Self::Swap,
        Self::File,
        Self::CopyOnWrite,
        Self::Other,
    ];

    /// Its name as a part of phase `memory`.
    pub const fn part(self) -> &'static str {
        match self {
            Self::Reclaim => "fault, reclaim",
            Self::Swap => "fault, swap",
            Self::File => "fault, file",
            Self::CopyOnWrite => "fault, copy-on-write",
            Self::Other => "fault",
        }
    }

    /// In words.
    pub const fn cause(self) -> &'static str {
        match self {
            Self::Reclaim => {
                "page faults that take memory back first: its memory group is at its limit"
            }
            Self::Swap => "page faults on memory that was swapped out",
            Self::File => "page faults on a mapped file",
            Self::CopyOnWrite => "page faults that copy a page on its first write",
            Self::Other => "page faults on memory that is touched for the first time",
        }
    }

    /// By the kernel functions on a stack.
    pub(super) fn of(functions: &[&str]) -> Self {
        let has = |known: &[Name]| functions.iter().any(|name| kernel::has(known, name));
        if has(fault::RECLAIM) {
            Self::Reclaim
        } else if has(fault::SWAP) {
            Self::Swap
        } else if has(fault::FILE) {
            Self::File
        } else if has(fault::COPY_ON_WRITE) {
            Self::CopyOnWrite
        } else {
            Self::Other
        }
    }
}

/// Samples of a process in a slice.
#[derive(Clone, Copy, Debug, Default)]
struct Slice {
    user: u64,
    by_kind: [u64; FaultKind::ALL.len()],
}

/// The samples of faults.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    slices: HashMap<(ProcessId, u64), Slice>,
    samples: u64,
}

impl Faults {
    pub(super) fn new(timeline: &Timeline<'_>, stacks: &Stacks<'_>) -> Self {
        let mut found = Self::default();
        for sample in timeline
            .tables()
            .samples
            .iter()
            .filter(|sample| sample.syscall < 0)
        {
            let meaning = stacks.meaning(sample.kernel_stack);
            if meaning.is_some_and(|meaning| meaning.in_call_probe) {
                continue;
            }
            let Some(id) = timeline.process_at(sample.tgid, sample.at_ns) else {
                continue;
            };
            let slice = found
                .slices
                .entry((id, sample.at_ns / SLICE_NS))
                .or_default();
            slice.user += 1;
            if meaning.is_some_and(|meaning| meaning.in_page_fault) {
                let functions = sample.kernel_stack.map(|stack| stacks.functions(stack));
                let kind = FaultKind::of(functions.unwrap_or_default());
                slice.by_kind[kind as usize] += 1;
                found.samples += 1;
            }
        }
        found
    }

    /// Samples of faults.
    pub fn samples(&self) -> u64 {
        self.samples
    }

    /// How much of a stretch of a process's user time faults take by kind, nanoseconds: of `left_ns`,
    /// which is spread evenly over the stretch. Together not more.
    pub(super) fn times_ns(
        &self,
        id: ProcessId,
        (start_ns, end_ns): (u64, u64),
        left_ns: u64,
    ) -> [u64; FaultKind::ALL.len()] {
        let mut times_ns = [0; FaultKind::ALL.len()];
        if self.samples == 0 || end_ns <= start_ns {
            return times_ns;
        }
        for number in start_ns / SLICE_NS..=(end_ns - 1) / SLICE_NS {
            let Some(slice) = self.slices.get(&(id, number)) else {
                continue;
            };
            let from_ns = start_ns.max(number * SLICE_NS);
            let to_ns = end_ns.min((number + 1) * SLICE_NS);
            let whole = u128::from(end_ns - start_ns) * u128::from(slice.user);
            for (time_ns, samples) in times_ns.iter_mut().zip(slice.by_kind) {
                let part = u128::from(to_ns - from_ns) * u128::from(samples);
                // Rounded down, so that the sum is not more than there is.
                *time_ns += (u128::from(left_ns) * part / whole) as u64;
            }
        }
        times_ns
    }
}

#[cfg(test)]
mod tests {
    use crate::analyse;
    use crate::timeline::fixture::{manifest, span, task};
    use trace::phase::Phase;
    use trace::rows::{Sample, Stack, Symbol, Tables};

    fn sample(at_ns: u64, kernel_stack: Option<u32>) -> Sample {
        Sample {
            at_ns,
            tid: 7,
            tgid: 7,
            cpu: 0,
            syscall: -1,
            kernel_stack,
            user_stack: None,
        }
    }

    fn symbol(address: u64, name: &str) -> Symbol {
        Symbol {
            from_ns: 0,
            tgid: 0,
            address,
            name: name.to_owned(),
            offset: 0,
            module: String::new(),
            source: String::new(),
        }
    }

    #[test]
    fn faults_have_the_share_of_user_time_that_their_samples_have() {
        // In the first slice half of the samples are faults, of two kinds; in the second none.
        let tables = Tables {
            tasks: vec![task(7, 1, None)],
            spans: vec![span(7, "getpid", 39_000_000, 1_000)],
            samples: vec![
                sample(1_000_000, Some(1)),
                sample(2_000_000, Some(2)),
                sample(3_000_000, None),
                sample(4_000_000, None),
                sample(25_000_000, None),
            ],
            stacks: vec![
                Stack {
                    id: 1,
                    frames: vec![16],
                },
                Stack {
                    id: 2,
                    frames: vec![32, 16],
                },
            ],
            symbols: vec![
                symbol(16, "asm_exc_page_fault"),
                symbol(32, "try_to_free_mem_cgroup_pages"),
            ],
            ..Tables::default()
        };
        let mut manifest = manifest(40_000_000);
        manifest.root_tgids = vec![7];
        let analysis = analyse(&manifest, &tables);
        assert_eq!(analysis.report.fault_samples, 2);
        let stage = &analysis.report.runs[0].stages[0];
        let memory = stage.phases.iter().find(|row| row.phase == Phase::Memory);
        let parts = memory.map_or(&[][..], |row| &row.parts);
        let parts: Vec<_> = parts
            .iter()
            .map(|part| (part.name.as_str(), part.critical_path_ns, part.thread_ns))
            .collect();
        assert_eq!(
            parts,
            [
                ("fault", Some(5_000_000), 5_000_000),
                ("fault, reclaim", Some(5_000_000), 5_000_000)
            ]
        );
        let user = stage.phases.iter().find(|row| row.phase == Phase::User);
        assert_eq!(user.map(|row| row.thread_ns), Some(29_999_000));
        let is_named = |cause: &str| stage.causes.iter().any(|row| row.cause.contains(cause));
        assert!(is_named("memory group is at its limit") && is_named("touched for the first time"));
    }
}
