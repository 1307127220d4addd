#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::*;
use crate::fixture::{Doing, recording};
use crate::report::measure::Measure;
use crate::{SideProfile, compare};
use analysis::profile::profile;

const EXT4: u32 = 0xef53;

fn side(doings: &[Doing], runs: u64) -> SideProfile {
    let (manifest, tables) = recording(doings, runs);
    SideProfile {
        name: "side".to_owned(),
        recordings: vec![profile("side", &manifest, &tables)],
    }
}

/// Side B makes three times the reads, each at twice the price: the gap is 2.5 ms of 3.0 ms.
fn comparison(runs: u64) -> Comparison {
    let doings = |reads, each_ns| {
        vec![
            Doing::calls("openat", 40, 1_000, EXT4),
            Doing::calls("read", reads, each_ns, EXT4),
        ]
    };
    let (a, b) = (doings(100, 5_000), doings(300, 10_000));
    compare(&side(&a, runs), &side(&b, runs), &[]).comparison
}

fn claim(test: &str) -> Claim {
    let text =
        format!("says = \"B is slower\"\nsource = \"a study\"\nstage = \"create\"\n[test.{test}");
    toml::from_str(&text).unwrap()
}

fn judgement(test: &str, runs: u64) -> Judgement {
    judge(&comparison(runs), &claim(test)).unwrap().judgement
}

#[test]
fn ratios_of_times_are_held_against_their_intervals() {
    for (test, expected) in [
        ("wall-ratio]\nat-least = 4.0", Judgement::Confirmed),
        ("wall-ratio]\nat-least = 9.0", Judgement::Refuted),
        (
            "wall-ratio]\nat-least = 1.0\nat-most = 2.0",
            Judgement::Refuted,
        ),
    ] {
        assert_eq!(judgement(test, 10), expected, "{test}");
        assert_eq!(judgement(test, 2), Judgement::Inconclusive, "{test}");
    }
    let ratio = comparison(10).stages[0].wall.ratio.unwrap().value_ppm as f64 / 1e6;
    let on_the_edge = format!("wall-ratio]\nat-least = {ratio}");
    assert_eq!(judgement(&on_the_edge, 10), Judgement::Inconclusive);
}

#[test]
fn numbers_of_calls_are_counted() {
    for (test, expected) in [
        (
            "call-ratio]\ncalls = [\"read\"]\nat-least = 3.0\nat-most = 3.0",
            Judgement::Confirmed,
        ),
        ("call-ratio]\nat-least = 3.0", Judgement::Refuted),
        (
            "calls-per-file]\nside = \"b\"\ncalls = [\"read\"]\nat-least = 7.0",
            Judgement::Confirmed,
        ),
        (
            "calls-per-file]\nside = \"a\"\ncalls = [\"read\"]\nat-least = 7.0",
            Judgement::Refuted,
        ),
    ] {
        assert_eq!(judgement(test, 10), expected, "{test}");
        assert_eq!(judgement(test, 2), expected, "{test}");
    }
}

#[test]
fn prices_need_runs() {
    let twice = "cost-ratio]\ncall = \"read\"\nat-least = 1.9\nat-most = 2.1";
    assert_eq!(judgement(twice, 10), Judgement::Confirmed);
    let thrice = "cost-ratio]\ncall = \"read\"\nat-least = 3.0";
    assert_eq!(judgement(thrice, 10), Judgement::Refuted);
    assert_eq!(judgement(twice, 1), Judgement::Inconclusive);
}

#[test]
fn causes_are_those_of_the_rules() {
    let calls = "cause]\nrule = \"more-calls\"\nshare = 0.5";
    assert_eq!(judgement(calls, 10), Judgement::Confirmed);
    let lock = "cause]\nrule = \"kernel-lock\"\nshare = 0.5";
    assert_eq!(judgement(lock, 10), Judgement::Refuted);
}

#[test]
fn noise_has_no_cause() {
    let doings = [Doing::User(500_000)];
    let same = compare(&side(&doings, 10), &side(&doings, 10), &[]).comparison;
    let claim = claim("cause]\nrule = \"computing\"\nshare = 0.5");
    let found = judge(&same, &claim).unwrap();
    assert_eq!(found.judgement, Judgement::Inconclusive);
    assert!(found.sentence.contains("noise"), "{}", found.sentence);
}

/// Reads of both sides, measured.
fn measured(runs: u64) -> Comparison {
    let measures: Vec<Measure> = ["each", "stage"]
        .map(|per| {
            let text = format!("name = \"{per}\"\nstage = \"create\"\nper = \"{per}\"");
            toml::from_str(&format!("{text}\nof = {{ call = \"read\" }}")).unwrap()
        })
        .into();
    let doings = |each_ns| {
        vec![
            Doing::User(500_000),
            Doing::calls("read", 100, each_ns, EXT4),
        ]
    };
    let (a, b) = (doings(5_000), doings(15_000));
    compare(&side(&a, runs), &side(&b, runs), &measures).comparison
}

#[test]
fn measures_are_held_against_their_intervals() {
    for (test, expected) in [
        (
            "measure]\nmeasure = \"each\"\nside = \"a\"\nat-least = 0.005\nat-most = 0.005",
            Judgement::Confirmed,
        ),
        (
            "measure]\nmeasure = \"each\"\nside = \"b\"\nat-most = 0.005",
            Judgement::Refuted,
        ),
        (
            "measure]\nmeasure = \"stage\"\nside = \"b\"\nat-least = 0.7\nat-most = 0.8",
            Judgement::Confirmed,
        ),
        (
            "measure-ratio]\nmeasure = \"each\"\nat-least = 2.9\nat-most = 3.1",
            Judgement::Confirmed,
        ),
        (
            "measure-ratio]\nmeasure = \"each\"\nat-least = 4.0",
            Judgement::Refuted,
        ),
    ] {
        let judged = |runs| judge(&measured(runs), &claim(test)).unwrap();
        let found = judged(10);
        assert_eq!(found.judgement, expected, "{test}");
        assert_eq!(judged(2).judgement, Judgement::Inconclusive, "{test}");
        for piece in found.sentence.split('{').skip(1) {
            let name = piece.split_once('}').unwrap().0;
            assert!(found.evidence(name).is_some(), "{test}: {name}");
        }
    }
    let other = claim("measure-ratio]\nmeasure = \"open\"\nat-least = 4.0");
    let error = judge(&measured(5), &other).unwrap_err().to_string();
    assert_eq!(error, "no measure is named \"open\"; there are each, stage");
}

#[test]
fn what_the_host_lacks_is_said_and_nothing_is_judged() {
    let missing = ["the file system aufs".to_owned()];
    let found = not_here(&claim("wall-ratio]\nat-least = 9.0"), &missing);
    assert_eq!(found.judgement, Judgement::NotOnThisKernel);
    let text = found
        .evidence("missing")
        .and_then(|evidence| evidence.text.clone());
    assert_eq!(text.as_deref(), Some("the file system aufs"));
}

#[test]
fn claims_about_what_is_not_there_are_refused() {
    let mut unknown = claim("cost-ratio]\ncall = \"read\"\nat-least = 1.0");
    unknown.stage = Some("start".to_owned());
    let error = judge(&comparison(5), &unknown).unwrap_err();
    assert_eq!(
        error.to_string(),
        "no stage is named \"start\"; there are create"
    );
    unknown.stage = None;
    assert!(matches!(
        judge(&comparison(5), &unknown),
        Err(ClaimError::NoStage(_))
    ));
    let other = claim("cost-ratio]\ncall = \"mount\"\nat-least = 1.0");
    assert!(matches!(
        judge(&comparison(5), &other),
        Err(ClaimError::OneSided { .. })
    ));
}

#[test]
fn every_name_in_a_sentence_has_evidence() {
    for test in [
        "wall-ratio]\nat-least = 4.0",
        "call-ratio]\nat-least = 3.0",
        "calls-per-file]\nside = \"b\"\nat-least = 7.0",
        "cost-ratio]\ncall = \"read\"\nat-least = 1.9",
        "cause]\nrule = \"more-calls\"\nshare = 0.5",
    ] {
        let found = judge(&comparison(5), &claim(test)).unwrap();
        assert!(!found.sentence.contains(|c: char| c.is_ascii_digit()));
        for piece in found.sentence.split('{').skip(1) {
            let name = piece.split_once('}').unwrap().0;
            assert!(found.evidence(name).is_some(), "{test}: {name}");
        }
    }
}
