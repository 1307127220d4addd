//! The sentences of a comparison's warnings.

use super::recording_warning::refused_marks;
use compare::report::{MIN_RUNS, Warning};

/// The fact and the advice, in one sentence.
pub fn sentence(warning: &Warning) -> String {
    match warning {
        Warning::LostRecords { side, lost, sent } => format!(
            "{lost} of {sent} records of {} were lost: its times and counts are too low; record \
             it again with larger buffers",
            side.letter()
        ),
        Warning::Interrupted { side, reason } => format!(
            "a recording of {} ended early ({reason}): its last stage may be cut",
            side.letter()
        ),
        Warning::FewRuns { side, runs } => format!(
            "{} has {runs} {}: of so few, {}; record 10 or more",
            side.letter(),
            if *runs == 1 { "run" } else { "runs" },
            if *runs <= 1 {
                "no difference is told from noise"
            } else if *runs < MIN_RUNS {
                "intervals are made wider, by what so few can miss"
            } else {
                "intervals come out too narrow"
            }
        ),
        Warning::IncompleteRuns {
            side,
            stage,
            runs,
            of,
        } => format!(
            "only {runs} of {of} runs of {} came through {stage}: the others failed, or the \
             recording ended first",
            side.letter()
        ),
        Warning::OneSidedStage { side, stage } => {
            format!("only {} went through {stage}", side.letter())
        }
        Warning::WideSpread {
            side,
            stages,
            spread_ppm,
        } => format!(
            "runs of {} vary widely ({}): their quartiles lie up to {} of the median apart; more \
             runs, or a quieter machine, narrow the intervals",
            side.letter(),
            stages.join(", "),
            percent(*spread_ppm)
        ),
        Warning::OtherKernel { a, b } => {
            format!("the kernels differ (A {a}, B {b}): the kernel behaviour may differ with them")
        }
        Warning::OtherHost { a, b } => {
            format!("the machines differ (A {a}; B {b}): times cannot be compared with each other")
        }
        Warning::OtherLoad { a_milli, b_milli } => format!(
            "the machine was not as busy for both (load A {}, B {}); interleave the runs",
            load(*a_milli),
            load(*b_milli)
        ),
        Warning::BusyHost {
            side,
            load_milli,
            cpus,
        } => format!(
            "the machine was busy when {} was recorded (load {} on {cpus} CPUs): waits for a CPU \
             weigh more than they would",
            side.letter(),
            load(*load_milli)
        ),
        Warning::OtherLevel { a, b } => format!(
            "the levels differ (A {a}, B {b}): short calls are measured on one side and estimated \
             on the other; record both at one level"
        ),
        Warning::SummaryLevel => {
            "short system calls were added up in the kernel: how much of them \
             lies on the critical path is estimated from their share of user time"
                .to_owned()
        }
        Warning::OtherProbes { only_a, only_b } => format!(
            "different probes ran{}{}",
            listed(" only for A: ", only_a),
            listed(" only for B: ", only_b)
        ),
        Warning::OtherSampleRate { a_hz, b_hz } => format!(
            "samples were taken at different rates (A {a_hz} Hz, B {b_hz} Hz): kernel functions \
             are not told apart"
        ),
        Warning::OtherHostCounts { counts } => {
            let counts = counts
                .iter()
                .map(|(name, a, b)| format!("{a} {name} when A was recorded, {b} for B"));
            format!("the machine had {}", counts.collect::<Vec<_>>().join("; "))
        }
        Warning::SeveralAxes { axes } => format!(
            "the configurations differ in {}: no difference can be put down to one of them",
            axes.join(", ")
        ),
        Warning::SameConfiguration => "the configurations are the same as far as they were \
             recorded: what differs is noise, or was not recorded"
            .to_owned(),
        Warning::MixedSide { side, axes } => format!(
            "the recordings of {} differ among themselves in {}",
            side.letter(),
            axes.join(", ")
        ),
        Warning::RefusedMarks { side, marks } => {
            refused_marks(*marks, &format!(" of {}", side.letter()))
        }
        Warning::ImputedSwitches { side, share_ppm } => format!(
            "{} of the critical paths of {} rest on switches that were missed and put in by \
             inference",
            percent(*share_ppm),
            side.letter()
        ),
        Warning::RulesOfThumb { side, share_ppm } => format!(
            "rules of thumb decided {} of the critical paths of {}: plausible, not proven",
            percent(*share_ppm),
            side.letter()
        ),
        Warning::ObserverCost { a_ppm, b_ppm } => format!(
            "observing took about {} of A's time and {} of B's; compare untraced wall times too",
            percent(*a_ppm),
            percent(*b_ppm)
        ),
    }
}

/// Millionths as whole per cent.
fn percent(ppm: u64) -> String {
    format!("{} %", (ppm + 5_000) / 10_000)
}

/// A load average with two decimals.
fn load(milli: u32) -> String {
    let hundredths = (u64::from(milli) + 5) / 10;
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

fn listed(before: &str, names: &[String]) -> String {
    if names.is_empty() {
        String::new()
    } else {
        format!("{before}{}", names.join(", "))
    }
}
