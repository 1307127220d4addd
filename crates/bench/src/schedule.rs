//! The order of runs: interleaved over cells, so that what drifts on the machine hits all alike.
//!
//! Runs go in rounds. The first rounds warm up; then, in round `n`, each cell has its run `n`. The
//! order within a round is drawn from the seed, the round and the cell's own name: a matrix that
//! grows, and a bench that is continued, leave the order of all others as it was.

use std::collections::{HashMap, HashSet};

use setup::bench::{BenchHeader, BenchMode, Cell, RunRecord};
use setup::random::Random;

/// One run that is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Job<'a> {
    /// The cell.
    pub cell: &'a Cell,
    /// Its number within the cell; the first is 1. Warm-ups are numbered apart.
    pub number: u32,
    /// Whether it only warms up.
    pub warm_up: bool,
    /// Whether it is recorded.
    pub traced: bool,
}

/// The runs of a bench that are left to do. As many as are asked for, it holds those alone that are
/// done.
#[derive(Clone, Debug)]
pub struct Schedule<'a> {
    header: &'a BenchHeader,
    /// Position of the cell, number, and whether it was recorded, of each measured run that is done.
    done: HashSet<(usize, u32, bool)>,
}

/// Runs of one cell that are alike to whoever waits for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Batch<'a> {
    /// The cell.
    pub cell: &'a Cell,
    /// Whether they only warm up.
    pub warm_up: bool,
    /// Whether they are recorded.
    pub traced: bool,
    /// How many.
    pub runs: u64,
}

impl Batch<'_> {
    /// Whether a run is one of these.
    pub fn is_of(&self, job: &Job<'_>) -> bool {
        std::ptr::eq(self.cell, job.cell)
            && (self.warm_up, self.traced) == (job.warm_up, job.traced)
    }
}

/// The runs that are left to do. Cells that have any warm up first, also when a bench is continued:
/// what was warm then may have cooled.
pub fn remaining<'a, 'b>(
    header: &'a BenchHeader,
    done: impl IntoIterator<Item = &'b RunRecord>,
) -> Schedule<'a> {
    let cells = header.cells.iter().zip(0..);
    let positions: HashMap<(&str, &str), usize> = cells
        .map(|(cell, position)| ((&*cell.configuration, &*cell.workload), position))
        .collect();
    let kinds = kinds(header.mode);
    let done = done.into_iter().filter_map(|record| {
        let position = *positions.get(&(&*record.configuration, &*record.workload))?;
        let is_asked = !record.warm_up
            && (1..=header.runs).contains(&record.number)
            && kinds.contains(&record.traced);
        is_asked.then_some((position, record.number, record.traced))
    });
    Schedule {
        header,
        done: done.collect(),
    }
}

/// Whether runs with one number are recorded, by the mode: in an observer check they are two.
const fn kinds(mode: BenchMode) -> &'static [bool] {
    match mode {
        BenchMode::Traced => &[true],
        BenchMode::Untraced => &[false],
        BenchMode::ObserverCheck => &[false, true],
    }
}

impl<'a> Schedule<'a> {
    /// The runs, in order.
    pub fn jobs(&self) -> impl Iterator<Item = Job<'a>> + '_ {
        let header = self.header;
        let left: Vec<bool> = (0..header.cells.len())
            .map(|position| {
                kinds(header.mode)
                    .iter()
                    .any(|&kind| self.left(position, kind) > 0)
            })
            .collect();
        let warm_ups = (1..=header.warmups).flat_map(move |number| {
            let mut drawn = drawn_order(header, number, "warm-up");
            drawn.retain(|&(_, position)| left[position]);
            drawn.into_iter().map(move |(_, position)| Job {
                cell: &header.cells[position],
                number,
                warm_up: true,
                // Recording a warm-up would warm nothing more.
                traced: false,
            })
        });
        let rounds = (1..=header.runs).flat_map(move |number| self.round(number));
        warm_ups.chain(rounds)
    }

    /// The same runs counted: a batch of warm-ups and of each kind of measured runs for each cell that
    /// has any left.
    pub fn batches(&self) -> Vec<Batch<'a>> {
        let header = self.header;
        let mut batches = Vec::new();
        for (position, cell) in header.cells.iter().enumerate() {
            let before = batches.len();
            for &traced in kinds(header.mode) {
                batches.push(Batch {
                    cell,
                    warm_up: false,
                    traced,
                    runs: self.left(position, traced),
                });
            }
            if batches[before..].iter().any(|batch| batch.runs > 0) {
                batches.push(Batch {
                    cell,
                    warm_up: true,
                    traced: false,
                    runs: header.warmups.into(),
                });
            }
        }
        batches.retain(|batch| batch.runs > 0);
        batches
    }

    /// How many measured runs of the cell at this position are left.
    fn left(&self, position: usize, traced: bool) -> u64 {
        let done = self.done.iter();
        let done = done.filter(|&&(own, _, kind)| (own, kind) == (position, traced));
        u64::from(self.header.runs) - done.count() as u64
    }

    /// What is left of each cell's run with this number; in an observer check twice, in random order.
    fn round(&self, number: u32) -> Vec<Job<'a>> {
        let header = self.header;
        let mut jobs = Vec::new();
        for (draw, position) in drawn_order(header, number, "run") {
            let is_traced_first = draw & 1 == 1;
            let kinds = kinds(header.mode).iter().copied();
            let kinds: Vec<bool> = if is_traced_first {
                kinds.rev().collect()
            } else {
                kinds.collect()
            };
            let left = kinds
                .into_iter()
                .filter(|&traced| !self.done.contains(&(position, number, traced)));
            jobs.extend(left.map(|traced| Job {
                cell: &header.cells[position],
                number,
                warm_up: false,
                traced,
            }));
        }
        jobs
    }
}

/// Positions of the cells in the order of the numbers that are drawn for them.
fn drawn_order(header: &BenchHeader, number: u32, kind: &str) -> Vec<(u64, usize)> {
    let cells = header.cells.iter().zip(0..);
    let mut drawn: Vec<(u64, usize)> = cells
        .map(|(cell, position)| {
            let number = number.to_le_bytes();
            let names = [&cell.configuration, &cell.workload].map(String::as_bytes);
            let seed = header.seed.to_le_bytes();
            let parts = [
                &seed[..],
                kind.as_bytes(),
                &number,
                names[0],
                b"\0",
                names[1],
            ];
            (Random::new(hash(&parts.concat())).next_u64(), position)
        })
        .collect();
    // By the high bits: the lowest one decides the order within a pair.
    drawn.sort_by_key(|(draw, _)| draw >> 1);
    drawn
}

/// FNV-1a (Fowler, Noll and Vo): the same in every version, which the standard library's is not.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::fixture::{header, record};

    fn jobs<'a, 'b>(
        header: &'a BenchHeader,
        done: impl IntoIterator<Item = &'b RunRecord>,
    ) -> Vec<Job<'a>> {
        let schedule = remaining(header, done);
        let jobs: Vec<Job<'_>> = schedule.jobs().collect();
        let counted: u64 = schedule.batches().iter().map(|batch| batch.runs).sum();
        assert_eq!(counted, jobs.len() as u64);
        jobs
    }

    #[test]
    fn every_round_has_every_cell_once_and_warm_ups_come_first() {
        let header = header(BenchMode::Untraced, 5, 3);
        let jobs = jobs(&header, &[]);
        assert_eq!(jobs.len(), 5 + 15);
        assert!(jobs[..5].iter().all(|job| job.warm_up && job.number == 1));
        for (round, jobs) in jobs[5..].chunks(5).enumerate() {
            let cells: BTreeSet<&str> = jobs.iter().map(|job| &*job.cell.configuration).collect();
            assert_eq!(cells.len(), 5, "round {round}");
            assert!(jobs.iter().all(|job| job.number as usize == round + 1));
        }
    }

    #[test]
    fn rounds_differ_in_order_and_seeds_do() {
        let order = |seed, number| {
            let header = BenchHeader {
                seed,
                ..header(BenchMode::Untraced, 8, 9)
            };
            let jobs = remaining(&header, &[]).round(number);
            let names = jobs.iter().map(|job| job.cell.configuration.clone());
            names.collect::<Vec<_>>()
        };
        assert_eq!(order(1, 1), order(1, 1));
        assert_ne!(order(1, 1), order(1, 2));
        assert_ne!(order(1, 1), order(2, 1));
    }

    #[test]
    fn pairs_stay_together_and_either_order_comes_up() {
        let header = header(BenchMode::ObserverCheck, 4, 20);
        let jobs = jobs(&header, &[]).split_off(4);
        let pairs = jobs.chunks(2);
        assert!(pairs.clone().all(|pair| {
            pair[0].cell == pair[1].cell
                && pair[0].number == pair[1].number
                && pair[0].traced != pair[1].traced
        }));
        let traced_first = pairs.filter(|pair| pair[0].traced).count();
        assert!((20..=60).contains(&traced_first), "{traced_first} of 80");
    }

    #[test]
    fn what_is_complete_is_not_even_warmed_up() {
        let header = header(BenchMode::Traced, 2, 2);
        let done: Vec<RunRecord> = jobs(&header, &[]).iter().map(record).collect();
        assert_eq!(jobs(&header, &done), []);
        assert_eq!(remaining(&header, &done).batches(), []);
    }

    #[test]
    fn no_number_of_runs_is_too_large() {
        let mut header = header(BenchMode::ObserverCheck, 2, u32::MAX);
        header.warmups = u32::MAX;
        let schedule = remaining(&header, &[]);
        let counted: u64 = schedule.batches().iter().map(|batch| batch.runs).sum();
        assert_eq!(counted, u64::from(u32::MAX) * 6);
        assert!(schedule.jobs().take(3).all(|job| job.warm_up));
        header.warmups = 0;
        let numbers: Vec<u32> = remaining(&header, &[])
            .jobs()
            .take(5)
            .map(|job| job.number)
            .collect();
        assert_eq!(numbers, [1, 1, 1, 1, 2]);
    }

    proptest! {
        /// However often it is interrupted and wherever: the runs that are done, put together, are
        /// those of a bench that went through, in the same order.
        #[test]
        fn continuing_neither_loses_nor_repeats_a_run(pieces in prop::collection::vec(0_usize..30, 0..6)) {
            let header = header(BenchMode::ObserverCheck, 5, 4);
            let measured = |jobs: Vec<Job<'_>>| jobs.iter().filter(|job| !job.warm_up).map(record).collect::<Vec<_>>();
            let expected = measured(jobs(&header, &[]));
            let mut done = Vec::new();
            for piece in pieces.into_iter().chain([usize::MAX]) {
                let jobs = jobs(&header, &done);
                let upto = piece.min(jobs.len());
                done.extend(jobs[..upto].iter().map(record));
            }
            done.retain(|record| !record.warm_up);
            prop_assert_eq!(done, expected);
        }

        #[test]
        fn a_matrix_that_grows_leaves_the_order_of_the_others(more in 1_usize..5) {
            let small = header(BenchMode::Untraced, 6, 3);
            let large = header(BenchMode::Untraced, 6 + more, 3);
            let known: Vec<_> = jobs(&large, &[]).into_iter().filter(|job| small.cells.contains(job.cell)).collect();
            prop_assert_eq!(known, jobs(&small, &[]));
        }
    }
}
