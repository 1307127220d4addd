//! The answer to a question, of comparisons of which one knows the causes.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use super::diff::{diff, doubtful_diff};
use analysis::what_if::answer::Times;
use analysis::what_if::selector::Change;
use compare::explain::question::{compared, missing};
use compare::report::Comparison;
use compare::report::finding::Evidence;
use compare::report::question::{
    PairNames, Pairing, Prediction, QuestionCell, QuestionPair, QuestionReport, SCHEMA_VERSION,
};
use trace::manifest::Host;

const PAIRING: &str = r#"
    a = { storage = "bind" }
    b = { storage = "overlay" }
    stages = ["create"]
    [[claim]]
    says = "a union file system takes at least twice as long"
    source = "a study of 2020"
    stage = "create"
    test.wall-ratio = { at-least = 2.0 }
    [[claim]]
    says = "an open takes at most twice as long"
    source = "nobody"
    stage = "create"
    test.measure-ratio = { measure = "an open", at-most = 2.0 }
"#;

/// A question with a pair that differs, one that cannot be told apart, and one that is missing.
pub(crate) fn question() -> QuestionReport {
    let pairing: Pairing = toml::from_str(PAIRING).unwrap();
    let comparison = diff().comparison;
    let measured = |side: fn(&Comparison) -> Vec<Option<Evidence>>| side(&comparison);
    let cells = vec![
        cell("bind", 12, measured(|found| sides(found, true))),
        cell("overlay", 10, measured(|found| sides(found, false))),
        QuestionCell {
            lacking: vec!["this kernel has no aufs; boot one that carries it".into()],
            ..cell("aufs", 0, vec![None, None])
        },
        QuestionCell {
            failed: 3,
            failure: "crun start failed: too tired".into(),
            ..cell("vfs", 7, vec![None, None])
        },
    ];
    let mut pairs = vec![
        compared(&pairing, (0, 1), comparison),
        compared(&pairing, (0, 3), doubtful_diff().comparison),
        missing(&pairing, (0, 2), (&cells[0], &cells[2])),
    ];
    for pair in &mut pairs {
        pair.names = PairNames {
            a: cells[pair.a].name.clone(),
            b: cells[pair.b].name.clone(),
            both: "hello-world".into(),
        };
    }
    predict(&mut pairs);
    let held = [("manager", "embedded"), ("runtime", "crun")];
    let held = held.map(|(axis, value)| (axis.to_owned(), value.to_owned()));
    QuestionReport {
        schema: SCHEMA_VERSION,
        name: "bind-vs-union".into(),
        asks: "Are bind mounts faster than a union file system?".into(),
        source: "a study of 2020".into(),
        background: "An overlay is one mount, with folders for what is written.".into(),
        host: Host {
            kernel: "6.18.5".into(),
            machine: "x86_64".into(),
            cpus: 2,
            cgroup: "v2".into(),
            load_milli: 420,
        },
        level: "full".into(),
        held: BTreeMap::from(held),
        varied: vec!["storage".into()],
        runs_asked: 10,
        complete: false,
        measures: vec!["an open".into(), "waits in writes".into()],
        cells,
        pairs,
    }
}

/// Of the first pair there is a prediction, of the second a refusal.
fn predict(pairs: &mut [QuestionPair]) {
    let changes = [Change::parse("phase:disk,call:fsync=0.5").unwrap()];
    let replayed = [Times {
        recorded_ns: 41_200_000,
        replayed_ns: 30_100_000,
        saving_ns: 11_100_000,
    }];
    pairs[0].prediction = Some(Prediction::of(&changes, &replayed, &[36_000_000]));
    let refusal =
        "create: the thread that ended it is not in the recording, so it cannot be replayed";
    pairs[1].prediction = Some(Prediction::refused(&changes, refusal));
}

fn sides(comparison: &Comparison, is_a: bool) -> Vec<Option<Evidence>> {
    let measures = comparison.measures.iter();
    let side = measures.map(|measure| if is_a { &measure.a } else { &measure.b });
    side.cloned().collect()
}

fn cell(name: &str, runs: u64, measures: Vec<Option<Evidence>>) -> QuestionCell {
    QuestionCell {
        name: name.into(),
        configuration: format!("embedded/crun/{name}/v2/host-gnu/none/root"),
        workload: "hello-world".into(),
        directory: format!("bind-vs-union.bench/runs/{name}"),
        runs,
        measures,
        ..QuestionCell::default()
    }
}
