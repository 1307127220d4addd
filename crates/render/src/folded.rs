//! Folded stacks, for flame graph tools: a line for each stack, `frame;frame;... N`.

use std::collections::BTreeMap;
use std::io::{self, Write};

use analysis::report::path::StagePath;
use analysis::stacks::{self, Frame, FrameKind, KernelFunctions};

/// Writes `stage;role;process;phase;syscall;frames N`, N in nanoseconds, sorted, equal stacks added
/// up (over runs, too). A frame that a stack does not have (no system call, no functions) is left out.
///
/// # Errors
/// Those of `out`.
pub fn write_folded(
    out: &mut dyn Write,
    paths: &[StagePath],
    kernel: &KernelFunctions<'_>,
) -> io::Result<()> {
    let mut totals: BTreeMap<String, u64> = BTreeMap::new();
    for stack in paths.iter().flat_map(|path| stacks::of_stage(path, kernel)) {
        *totals.entry(line(&stack.frames)).or_default() += stack.total_ns;
    }
    for (stack, total_ns) in totals {
        writeln!(out, "{stack} {total_ns}")?;
    }
    Ok(())
}

/// Frames as one text. The kind within a phase is left out: the call says as much.
fn line(frames: &[Frame]) -> String {
    let shown = frames
        .iter()
        .filter(|frame| frame.kind != FrameKind::Subphase);
    let names: Vec<String> = shown.map(|shown| frame(&shown.name)).collect();
    names.join(";")
}

/// Writes `stage;role;phase;syscall;kernel frames A B`, the mean times per run of both sides in
/// nanoseconds, sorted: what tools for differential flame graphs take (the output of difffolded.pl).
///
/// # Errors
/// Those of `out`.
pub fn write_differential(
    out: &mut dyn Write,
    stacks: &BTreeMap<Vec<String>, (u64, u64)>,
) -> io::Result<()> {
    let mut totals: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for (frames, (a_ns, b_ns)) in stacks {
        let frames: Vec<String> = frames.iter().map(|name| frame(name)).collect();
        let total = totals.entry(frames.join(";")).or_default();
        *total = (total.0 + a_ns, total.1 + b_ns);
    }
    for (stack, (a_ns, b_ns)) in totals {
        writeln!(out, "{stack} {a_ns} {b_ns}")?;
    }
    Ok(())
}

/// A name without what separates frames and lines.
fn frame(name: &str) -> String {
    name.chars()
        .map(|c| if c == ';' || c.is_control() { '_' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::sample;
    use analysis::functions::{SampledStack, UserFrame};
    use proptest::prelude::*;

    fn written(paths: &[StagePath]) -> String {
        let mut out = Vec::new();
        let frames = |_| vec!["schedule".to_owned(), "synchronize_rcu".to_owned()];
        write_folded(&mut out, paths, &frames).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn stacks_are_folded() {
        insta::assert_snapshot!(written(&[sample::path()]));
    }

    #[test]
    fn differential_stacks_have_two_counts() {
        let mut out = Vec::new();
        write_differential(&mut out, &sample::diff().stacks).unwrap();
        insta::assert_snapshot!(String::from_utf8(out).unwrap());
    }

    #[test]
    fn separators_in_names_do_no_harm() {
        let mut path = sample::path();
        path.segments.truncate(1);
        path.segments[0].comm = "a;b\nc".into();
        assert!(written(&[path]).starts_with("start;manager;a_b_c;user "));
    }

    #[test]
    fn time_on_a_cpu_is_divided_by_samples() {
        let mut path = sample::path();
        path.segments.truncate(1);
        let whole_ns = path.segments[0].duration_ns;
        let stack = |functions: &[&str], samples| SampledStack {
            role: path.segments[0].role,
            comm: path.segments[0].comm.clone(),
            phase: path.segments[0].phase,
            syscall: None,
            user: functions
                .iter()
                .map(|name| UserFrame::new(name, "/usr/bin/podman"))
                .collect(),
            kernel: Vec::new(),
            samples,
        };
        path.samples = vec![
            stack(&["memmove", "main.main"], 2),
            stack(&["main.main"], 1),
        ];
        let third_ns = (whole_ns + 1) / 3;
        let rest_ns = whole_ns - third_ns;
        let expected = format!(
            "start;manager;podman;user;main.main {third_ns}\n\
             start;manager;podman;user;main.main;memmove {rest_ns}\n"
        );
        assert_eq!(written(&[path]), expected);
    }

    proptest! {
        #[test]
        fn nothing_is_lost(durations in proptest::collection::vec(0_u64..5_000, 1..60)) {
            let path = sample::path_of(&durations);
            let total_ns: u64 = written(std::slice::from_ref(&path))
                .lines()
                .map(|line| line.rsplit_once(' ').unwrap().1.parse::<u64>().unwrap())
                .sum();
            prop_assert_eq!(total_ns, path.wall_ns);
        }
    }
}
