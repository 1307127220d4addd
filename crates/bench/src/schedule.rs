//! The order of runs: interleaved over cells, so that what drifts on the machine hits all alike.
//!
//! Runs go in rounds. The first rounds warm up; then, in round `n`, each cell has its run `n`. The
//! order within a round is drawn from the seed, the round and the cell's own name: a matrix that
//! grows, and a bench that is continued, leave the order of all others as it was.

use std::collections::HashSet;

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

/// The key of a run within a bench: the cell's two names, the number, and whether it was recorded.
type Key<'a> = (&'a str, &'a str, u32, bool);

/// The runs that are left to do, in order. Cells that have any warm up first, also when a bench is
/// continued: what was warm then may have cooled.
pub fn remaining<'a, 'b>(
    header: &'a BenchHeader,
    done: impl IntoIterator<Item = &'b RunRecord>,
) -> Vec<Job<'a>> {
    let done: HashSet<Key<'_>> = done
        .into_iter()
        .filter(|record| !record.warm_up)
        .map(|record| {
            let (configuration, workload) = (&record.configuration, &record.workload);
            (&**configuration, &**workload, record.number, record.traced)
        })
        .collect();
    let measured: Vec<Job<'_>> = (1..=header.runs)
        .flat_map(|number| round(header, number))
        .filter(|job| !done.contains(&key(job)))
        .collect();
    let left: HashSet<(&str, &str)> = measured
        .iter()
        .map(|job| (&*job.cell.configuration, &*job.cell.workload))
        .collect();
    let mut jobs: Vec<Job<'_>> = (1..=header.warmups)
        .flat_map(|number| warm_ups(header, number))
        .filter(|job| left.contains(&(&*job.cell.configuration, &*job.cell.workload)))
        .collect();
    jobs.extend(measured);
    jobs
}

fn key<'a>(job: &Job<'a>) -> Key<'a> {
    let Cell {
        configuration,
        workload,
        ..
    } = job.cell;
    (configuration, workload, job.number, job.traced)
}

fn warm_ups(header: &BenchHeader, number: u32) -> Vec<Job<'_>> {
    let cells = drawn_order(header, number, "warm-up").into_iter();
    let jobs = cells.map(|(_, cell)| Job {
        cell,
        number,
        warm_up: true,
        // Recording a warm-up would warm nothing more.
        traced: false,
    });
    jobs.collect()
}

/// Each cell's run with this number; in an observer check twice, in random order.
fn round(header: &BenchHeader, number: u32) -> Vec<Job<'_>> {
    let mut jobs = Vec::new();
    for (draw, cell) in drawn_order(header, number, "run") {
        let is_traced_first = draw & 1 == 1;
        let traced: &[bool] = match header.mode {
            BenchMode::Traced => &[true],
            BenchMode::Untraced => &[false],
            BenchMode::ObserverCheck if is_traced_first => &[true, false],
            BenchMode::ObserverCheck => &[false, true],
        };
        jobs.extend(traced.iter().map(|&traced| Job {
            cell,
            number,
            warm_up: false,
            traced,
        }));
    }
    jobs
}

/// The cells in the order of the numbers that are drawn for them.
fn drawn_order<'a>(header: &'a BenchHeader, number: u32, kind: &str) -> Vec<(u64, &'a Cell)> {
    let mut drawn: Vec<(u64, &Cell)> = header
        .cells
        .iter()
        .map(|cell| {
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
            (Random::new(hash(&parts.concat())).next_u64(), cell)
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

    #[test]
    fn every_round_has_every_cell_once_and_warm_ups_come_first() {
        let header = header(BenchMode::Untraced, 5, 3);
        let jobs = remaining(&header, &[]);
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
            let jobs = round(&header, number);
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
        let jobs: Vec<Job<'_>> = remaining(&header, &[]).split_off(4);
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
        let done: Vec<RunRecord> = remaining(&header, &[]).iter().map(record).collect();
        assert_eq!(remaining(&header, &done), []);
    }

    proptest! {
        /// However often it is interrupted and wherever: the runs that are done, put together, are
        /// those of a bench that went through, in the same order.
        #[test]
        fn continuing_neither_loses_nor_repeats_a_run(pieces in prop::collection::vec(0_usize..30, 0..6)) {
            let header = header(BenchMode::ObserverCheck, 5, 4);
            let measured = |jobs: Vec<Job<'_>>| jobs.iter().filter(|job| !job.warm_up).map(record).collect::<Vec<_>>();
            let expected = measured(remaining(&header, &[]));
            let mut done = Vec::new();
            for piece in pieces.into_iter().chain([usize::MAX]) {
                let jobs = remaining(&header, &done);
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
            let jobs = remaining(&large, &[]);
            let known: Vec<_> = jobs.into_iter().filter(|job| small.cells.contains(job.cell)).collect();
            prop_assert_eq!(known, remaining(&small, &[]));
        }
    }
}
