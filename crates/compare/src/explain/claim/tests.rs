#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::*;
use crate::fixture::{Doing, recording};
use crate::report::Warning;
use crate::report::finding::Unit;
use crate::report::measure::{Measure, MeasureDifference};
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
        assert_eq!(judgement(test, 1), Judgement::Inconclusive, "{test}");
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
        assert_eq!(judged(1).judgement, Judgement::Inconclusive, "{test}");
        for piece in found.sentence.split('{').skip(1) {
            let name = piece.split_once('}').unwrap().0;
            assert!(found.evidence(name).is_some(), "{test}: {name}");
        }
    }
    let other = claim("measure-ratio]\nmeasure = \"open\"\nat-least = 4.0");
    let error = judge(&measured(5), &other).unwrap_err().to_string();
    assert_eq!(error, "no measure is named \"open\"; there are each, stage");
}

/// What becomes of a claim about wall times of which B takes half of A's, 0.40 to 0.59 of it.
fn of_half(test: &str, warnings: &[Warning]) -> Finding {
    let mut comparison = comparison(3);
    comparison.warnings = warnings.to_vec();
    comparison.stages[0].wall.ratio = Some(Ratio {
        value_ppm: 500_000,
        low_ppm: Some(400_000),
        high_ppm: Some(590_000),
    });
    judge(&comparison, &claim(test)).unwrap()
}

#[test]
fn an_interval_beyond_the_bounds_is_conclusive_however_few_the_runs() {
    for (test, expected) in [
        ("wall-ratio]\nat-least = 1.1", Judgement::Refuted),
        ("wall-ratio]\nat-most = 0.6", Judgement::Confirmed),
        ("wall-ratio]\nat-least = 0.5", Judgement::Inconclusive),
    ] {
        assert_eq!(of_half(test, &[]).judgement, expected, "{test}");
    }
}

/// A measure of side B that is this in thousandths, and its interval.
fn of_count(unit: Unit, value: i64, ends: Option<(i64, i64)>, warnings: &[Warning]) -> Judgement {
    let mut comparison = comparison(3);
    comparison.warnings = warnings.to_vec();
    comparison.measures = vec![MeasureDifference {
        name: "calls".to_owned(),
        a: None,
        b: Some(Evidence {
            name: "calls".to_owned(),
            unit,
            value: Some(value),
            low: ends.map(|(low, _)| low),
            high: ends.map(|(_, high)| high),
            text: None,
        }),
        ratio: None,
    }];
    let test = "measure]\nmeasure = \"calls\"\nside = \"b\"\nat-least = 15.0\nat-most = 17.5";
    judge(&comparison, &claim(test)).unwrap().judgement
}

#[test]
fn a_count_that_is_the_same_in_every_run_is_conclusive() {
    let same = |value| of_count(Unit::Milli, value, Some((value, value)), &[]);
    assert_eq!(same(16_000), Judgement::Confirmed);
    assert_eq!(same(7_000), Judgement::Refuted);
    let wide = of_count(Unit::Milli, 16_000, Some((14_000, 18_000)), &[]);
    assert_eq!(wide, Judgement::Inconclusive);
    assert_eq!(
        of_count(Unit::Milli, 16_000, None, &[]),
        Judgement::Inconclusive
    );
}

#[test]
fn nothing_is_confirmed_by_figures_that_are_called_unreliable() {
    let lost = Warning::LostRecords {
        side: SideName::A,
        lost: 1,
        sent: 10,
    };
    let elsewhere = Warning::OtherHost {
        a: "one".into(),
        b: "another".into(),
    };
    let small = "wall-ratio]\nat-most = 0.6";
    let large = "wall-ratio]\nat-least = 1.1";
    for warning in [lost.clone(), elsewhere.clone()] {
        let warnings = [warning];
        for test in [small, large] {
            let found = of_half(test, &warnings);
            assert_eq!(found.judgement, Judgement::Inconclusive, "{warnings:?}");
            let doubt = found.evidence(DOUBT).unwrap().text.as_deref();
            assert_eq!(doubt, Some(warnings[0].kind()));
        }
    }
    // Counts are the same on every machine, and fewer where records were lost.
    let counted = |warning| of_count(Unit::Milli, 16_000, Some((16_000, 16_000)), &[warning]);
    assert_eq!(counted(elsewhere), Judgement::Confirmed);
    assert_eq!(counted(lost), Judgement::Inconclusive);
}

#[test]
fn what_makes_figures_less_sure_stands_beside_the_verdict() {
    let spread = |stage: &str| Warning::WideSpread {
        side: SideName::B,
        stages: vec![stage.to_owned()],
        spread_ppm: 300_000,
    };
    let rules = Warning::RulesOfThumb {
        side: SideName::A,
        share_ppm: 200_000,
    };
    let found = of_half(
        "wall-ratio]\nat-most = 0.6",
        &[spread("exec"), spread("create"), rules],
    );
    assert_eq!(found.judgement, Judgement::Confirmed);
    let doubt = found.evidence(DOUBT).unwrap().text.as_deref();
    assert_eq!(doubt, Some("wide-spread, rules-of-thumb"));
    let other_stage = of_half("wall-ratio]\nat-most = 0.6", &[spread("exec")]);
    assert_eq!(other_stage.evidence(DOUBT), None);
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
