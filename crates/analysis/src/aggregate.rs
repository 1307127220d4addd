//! The critical paths of several runs of one configuration, added up by role, phase, part and call.

use std::collections::BTreeMap;

use crate::report::path::{Segment, StagePath};
use crate::report::{Aggregate, AggregateRow, Run, Spread, StageAggregate};
use trace::phase::Phase;
use trace::role::Role;

/// Whose time, and what for.
type Key = (Role, Phase, String, Option<String>);

/// One stage of several runs: wall times, and for each key the time of each run.
#[derive(Debug, Default)]
struct Sums {
    walls_ns: Vec<u64>,
    rows: BTreeMap<Key, Vec<u64>>,
}

/// An aggregate for each configuration of which there are several runs. Runs of containers, and
/// runs of commands, are apart from one another.
pub fn aggregates(runs: &[Run], paths: &[StagePath]) -> Vec<Aggregate> {
    let mut groups: BTreeMap<(&BTreeMap<String, String>, bool), Vec<usize>> = BTreeMap::new();
    for (index, run) in runs.iter().enumerate() {
        let key = (&run.configuration, run.container.is_some());
        groups.entry(key).or_default().push(index);
    }
    groups
        .into_iter()
        .filter(|(_, members)| members.len() > 1)
        .map(|((configuration, _), members)| {
            let walls_ns = members.iter().map(|&index| runs[index].wall_ns());
            Aggregate {
                configuration: configuration.clone(),
                runs: members.len() as u64,
                wall: spread(walls_ns.collect()),
                median_run: median_run(runs, &members) as u64,
                stages: stages(paths, &members),
            }
        })
        .collect()
}

/// The run in the middle when these are sorted by wall time; of an even number the shorter of the two.
fn median_run(runs: &[Run], members: &[usize]) -> usize {
    let mut sorted = members.to_vec();
    sorted.sort_by_key(|&index| runs[index].wall_ns());
    sorted[(sorted.len() - 1) / 2]
}

/// The stages of some runs, in the order in which the first run that has them goes through them.
fn stages(paths: &[StagePath], members: &[usize]) -> Vec<StageAggregate> {
    let mut names: Vec<&str> = Vec::new();
    let mut sums: BTreeMap<&str, Sums> = BTreeMap::new();
    for path in paths.iter().filter(|path| members.contains(&path.run)) {
        if !names.contains(&path.stage.as_str()) {
            names.push(&path.stage);
        }
        add(sums.entry(&path.stage).or_default(), path);
    }
    names
        .into_iter()
        .filter_map(|name| Some(stage(name, sums.remove(name)?)))
        .collect()
}

fn add(sums: &mut Sums, path: &StagePath) {
    let mut own: BTreeMap<Key, u64> = BTreeMap::new();
    for segment in &path.segments {
        *own.entry(key(segment)).or_default() += segment.duration_ns;
    }
    sums.walls_ns.push(path.wall_ns);
    for (key, duration_ns) in own {
        sums.rows.entry(key).or_default().push(duration_ns);
    }
}

fn key(segment: &Segment) -> Key {
    // A lock's name is what it concerned.
    let subphase = if segment.phase == Phase::Locks {
        &segment.detail
    } else {
        &segment.subphase
    };
    (
        segment.role,
        segment.phase,
        subphase.clone(),
        segment.syscall.clone(),
    )
}

fn stage(name: &str, sums: Sums) -> StageAggregate {
    let runs = sums.walls_ns.len();
    let total_ns: u64 = sums.walls_ns.iter().sum();
    let rows = sums.rows.into_iter();
    let mut rows: Vec<(u64, AggregateRow)> = rows
        .map(|((role, phase, subphase, syscall), mut times_ns)| {
            let sum_ns = times_ns.iter().sum();
            times_ns.resize(runs, 0);
            let row = AggregateRow {
                role,
                phase,
                subphase,
                syscall,
                critical_path: spread(times_ns),
                share_ppm: parts_per_million(sum_ns, total_ns),
            };
            (sum_ns, row)
        })
        .collect();
    // Stable: equals stay in the order of keys.
    rows.sort_by_key(|&(sum_ns, _)| std::cmp::Reverse(sum_ns));
    StageAggregate {
        name: name.to_owned(),
        runs: runs as u64,
        wall: spread(sums.walls_ns),
        rows: rows.into_iter().map(|(_, row)| row).collect(),
    }
}

fn parts_per_million(part: u64, whole: u64) -> u32 {
    let parts = u128::from(part) * 1_000_000 / u128::from(whole.max(1));
    u32::try_from(parts).unwrap_or(u32::MAX)
}

/// Median and quartiles, between two values in proportion (method 7 of Hyndman and Fan, 1996).
fn spread(mut values: Vec<u64>) -> Spread {
    values.sort_unstable();
    Spread {
        p25_ns: quartile(&values, 1),
        median_ns: quartile(&values, 2),
        p75_ns: quartile(&values, 3),
    }
}

/// The value below which `quarters` quarters of the sorted values lie; 0 of none.
fn quartile(sorted: &[u64], quarters: usize) -> u64 {
    let Some(last) = sorted.len().checked_sub(1) else {
        return 0;
    };
    let (below, rest) = (last * quarters / 4, last * quarters % 4);
    let low = sorted[below];
    let high = sorted[(below + 1).min(last)];
    low + (high - low) * rest as u64 / 4
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::StageReport;
    use crate::report::path::SegmentState;

    fn segment(phase: Phase, duration_ns: u64) -> Segment {
        Segment {
            start_ns: 0,
            duration_ns,
            tid: 1,
            tgid: 1,
            comm: String::new(),
            role: Role::Runtime,
            state: SegmentState::Syscall,
            syscall: None,
            phase,
            subphase: String::new(),
            detail: String::new(),
            cause: String::new(),
            stack: None,
            woken_by: None,
            heuristic: None,
        }
    }

    fn path(run: usize, stage: &str, pieces: &[(Phase, u64)]) -> StagePath {
        StagePath {
            run,
            stage: stage.to_owned(),
            start_ns: 0,
            wall_ns: pieces.iter().map(|piece| piece.1).sum(),
            segments: pieces
                .iter()
                .map(|&(phase, duration_ns)| segment(phase, duration_ns))
                .collect(),
            samples: Vec::new(),
        }
    }

    fn run(wall_ns: u64) -> Run {
        let stage = StageReport {
            wall_ns,
            ..StageReport::default()
        };
        Run {
            stages: vec![stage],
            ..Run::default()
        }
    }

    #[test]
    fn quartiles_lie_between_values_in_proportion() {
        let found = spread(vec![40, 10, 20, 30]);
        assert_eq!((found.p25_ns, found.median_ns, found.p75_ns), (17, 25, 32));
        assert_eq!(spread(vec![7]).p75_ns, 7);
        assert_eq!(spread(Vec::new()), Spread::default());
    }

    #[test]
    fn a_run_without_a_piece_counts_as_nothing_of_it() {
        let paths = [
            path(0, "create", &[(Phase::User, 60), (Phase::User, 40)]),
            path(1, "create", &[(Phase::User, 200), (Phase::Rcu, 100)]),
        ];
        let found = aggregates(&[run(100), run(300)], &paths);
        let stage = &found[0].stages[0];
        assert_eq!((found[0].runs, stage.runs), (2, 2));
        assert_eq!(stage.wall.median_ns, 200);
        let rows: Vec<_> = stage
            .rows
            .iter()
            .map(|row| (row.phase, row.critical_path.median_ns, row.share_ppm))
            .collect();
        assert_eq!(
            rows,
            [(Phase::User, 150, 750_000), (Phase::Rcu, 50, 250_000)]
        );
    }

    #[test]
    fn the_run_in_the_middle_is_known() {
        let runs = [run(30), run(10), run(40), run(20)];
        let found = &aggregates(&runs, &[])[0];
        assert_eq!((found.median_run, found.wall.median_ns), (3, 25));
    }

    #[test]
    fn one_run_has_no_aggregate() {
        assert_eq!(aggregates(&[run(1)], &[path(0, "create", &[])]), []);
    }
}
