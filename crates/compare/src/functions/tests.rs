use proptest::prelude::*;

use super::*;
use analysis::profile::RunProfile;

const HZ: SampleRates = [1_000, 1_000];

/// A stage with these samples in each run: syscall, functions innermost first, how many.
fn stage(runs: &[&[(&str, &str, u64)]]) -> StageProfile {
    let runs = runs.iter().map(|stacks| RunProfile {
        stacks: stacks
            .iter()
            .map(|&(syscall, functions, samples)| {
                let key = StackKey {
                    syscall: syscall.to_owned(),
                    functions: functions.split(' ').map(str::to_owned).collect(),
                };
                (
                    key,
                    StackTimes {
                        samples,
                        blocked_ns: 0,
                    },
                )
            })
            .collect(),
        ..RunProfile::default()
    });
    StageProfile {
        runs: runs.collect(),
        ..StageProfile::default()
    }
}

#[test]
fn functions_on_the_same_stacks_share_a_row() {
    let stacks: &[(&str, &str, u64)] = &[
        (
            "clone3",
            "memset copy_net_ns copy_namespaces copy_process kernel_clone",
            5,
        ),
        ("clone3", "dup_mm copy_process kernel_clone", 5),
    ];
    let rows = differences(&stage(&[stacks]), &stage(&[stacks]), HZ);
    let mut names: Vec<String> = rows
        .iter()
        .map(|row| format!("{} < {}", row.function, row.callers.join(" < ")))
        .collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "copy_process < kernel_clone",
            "dup_mm < ",
            "memset < copy_net_ns < copy_namespaces"
        ]
    );
}

#[test]
fn a_function_that_gained_samples_in_every_run_is_significant() {
    let with: &[(&str, &str, u64)] = &[
        ("read", "ovl_read_iter vfs_read", 6),
        ("read", "vfs_read", 4),
    ];
    let without: &[(&str, &str, u64)] = &[("read", "vfs_read", 4)];
    let rows = differences(&stage(&[without; 8]), &stage(&[with; 8]), HZ);
    let row = |name: &str| rows.iter().find(|row| row.function == name).cloned();
    let found = row("ovl_read_iter").unwrap_or_else(|| panic!("no row"));
    assert!(found.is_significant, "{found:?}");
    assert_eq!((found.a.samples, found.b.samples), (0, 48));
    assert_eq!(found.b.cpu_ns, 6_000_000);
    assert_eq!(rows[0].function, "ovl_read_iter");
}

#[test]
fn one_wild_run_is_not() {
    let calm: &[(&str, &str, u64)] = &[("read", "vfs_read", 1)];
    let wild: &[(&str, &str, u64)] = &[("read", "vfs_read", 60)];
    let b = stage(&[calm, calm, calm, wild, calm, calm, calm, calm]);
    let rows = differences(&stage(&[calm; 8]), &b, HZ);
    assert!(rows.iter().all(|row| !row.is_significant), "{rows:?}");
}

#[test]
fn few_runs_and_other_rates_have_no_significance() {
    let some: &[(&str, &str, u64)] = &[("read", "vfs_read", 60)];
    let none: &[(&str, &str, u64)] = &[];
    let few = differences(&stage(&[none; 2]), &stage(&[some; 2]), HZ);
    assert!(few[0].chance_ppm.is_some() && !few[0].is_significant);
    let other = differences(&stage(&[none; 8]), &stage(&[some; 8]), [1_000, 500]);
    assert!(other[0].chance_ppm.is_none() && !other[0].is_significant);
}

proptest! {
    /// Of functions that do not differ, hardly any is called significant.
    #[test]
    fn the_same_counts_are_never_significant(counts in prop::collection::vec(0_u64..40, 5..12)) {
        let stacks: Vec<Vec<(&str, &str, u64)>> =
            counts.iter().map(|&count| vec![("read", "vfs_read", count)]).collect();
        let runs: Vec<&[(&str, &str, u64)]> = stacks.iter().map(Vec::as_slice).collect();
        let rows = differences(&stage(&runs), &stage(&runs), HZ);
        prop_assert!(rows.iter().all(|row| !row.is_significant));
    }
}
