#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use proptest::prelude::*;

use super::*;
use analysis::statistics::{mean_of_best, median};
use setup::random::Random;

const HEAD: &str =
    "manager,image,runtime,storage,rootless,test,create,start,exec,1st response,ping,total";

#[test]
fn the_study_is_whole() {
    let published = Published::study().unwrap();
    assert_eq!(published.configurations.len(), 73);
    // As many as the study has rows.
    assert_eq!(published.figures.len(), 6_566);
    let label = "contingious,alpine,crun,bind,0";
    let prototype = StudyConfiguration::from_label(label).unwrap();
    let hello = CellKey {
        configuration: published.place(&prototype).unwrap(),
        test: 0,
    };
    assert_eq!(hello.workload(), "hello-world");
    let create = published.figures[&(hello, StudyStage::Create)];
    let expected = Figure {
        best_mean_ns: 29_600_000,
        median_ns: 30_180_000,
        min_ns: 27_780_000,
    };
    assert_eq!(create, expected);
}

#[test]
fn what_is_no_figure_is_refused_with_its_line() {
    let line = |rest: &str| format!("# remark\n{HEAD}\ndocker,alpine,crun,vfs,0,{rest}");
    let good = line("Ping,,,,,9.57/9.66/9.37,");
    assert_eq!(Published::parse(&good).unwrap().figures.len(), 1);
    for (text, problem) in [
        (String::new(), "names the columns ''"),
        ("manager,image\n".to_owned(), "names the columns 'manager"),
        (line("Ping"), "has 6 columns instead of 12"),
        (line("Pong,,,,,,"), "names 'Pong'"),
        (line("Ping,,,,,9.57/9.66,"), "has '9.57/9.66'"),
        (line("Ping,,,,,-1/2/3,"), "has '-1/2/3'"),
        (line("Ping,,,,,1/2/0,"), "has '1/2/0'"),
        (line("Ping,,,,,1.001/2/1,"), "has '1.001/2/1'"),
        (format!("{good}\n{}", &good[good.len() - 50..]), "repeats"),
        (
            format!("{HEAD}\ndocker,alpine,crun,vfs,yes,Ping,,,,,,"),
            "where a configuration is expected",
        ),
    ] {
        let error = Published::parse(&text).unwrap_err().to_string();
        assert!(error.contains(problem), "{error}");
    }
}

/// A sample of runs of a distribution, as the study would have published it.
fn figure_of(runs_ns: &[f64]) -> Figure {
    let whole = |value: Option<f64>| value.unwrap().round() as u64;
    Figure {
        best_mean_ns: whole(mean_of_best(runs_ns, 15)),
        median_ns: whole(median(runs_ns)),
        min_ns: whole(runs_ns.iter().copied().reduce(f64::min)),
    }
}

/// A number between 0 and 1.
fn unit(random: &mut Random) -> f64 {
    (random.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
}

/// A normally distributed number (Box and Muller 1958).
fn normal(random: &mut Random) -> f64 {
    let (radius, angle) = (1.0 - unit(random), unit(random));
    (-2.0 * radius.ln()).sqrt() * (std::f64::consts::TAU * angle).cos()
}

/// The share of pairs of samples of one distribution that are told apart.
fn told_apart(draw: impl Fn(&mut Random) -> f64) -> f64 {
    let mut random = Random::new(2020);
    let pairs = 4_000;
    let told = (0..pairs).filter(|_| {
        let [one, other] = [(); 2].map(|()| {
            let runs: Vec<f64> = (0..20).map(|_| draw(&mut random)).collect();
            figure_of(&runs)
        });
        let ratio = one.best_mean_ns as f64 / other.best_mean_ns as f64;
        ratio.max(1.0 / ratio) > noise(&one, &other)
    });
    told.count() as f64 / f64::from(pairs)
}

#[test]
fn samples_of_one_distribution_are_seldom_told_apart() {
    // Wide enough that what sessions differ by plays no part.
    let normally = told_apart(|random| 1e9 + 2e8 * normal(random));
    assert!((0.002..0.03).contains(&normally), "{normally}");
    let skewed = told_apart(|random| 1e9 * (0.5 * normal(random)).exp());
    assert!((0.02..0.065).contains(&skewed), "{skewed}");
}

#[test]
fn starts_of_one_configuration_differ_by_the_noise_between_sessions() {
    let published = Published::study().unwrap();
    let start = |configuration, name: &str| {
        let test = TESTS.iter().position(|test| test.workload == name).unwrap();
        let cell = CellKey {
            configuration,
            test,
        };
        published.figures[&(cell, StudyStage::Start)].best_mean_ns as f64
    };
    for test in ["db-read/xs", "io-write/xs"] {
        let configurations = 0..published.configurations.len();
        let ratios = configurations
            .map(|configuration| start(configuration, test) / start(configuration, "hello-world"));
        let within = ratios.filter(|ratio| ratio.max(1.0 / ratio) <= BETWEEN_SESSIONS);
        let share = within.count() as f64 / published.configurations.len() as f64;
        assert!((0.93..0.99).contains(&share), "{test}: {share}");
    }
}

proptest! {
    #[test]
    fn times_are_read_to_the_hundredth(hundredths in 0_u64..1_000_000_000) {
        let text = format!("{}.{:02}", hundredths / 100, hundredths % 100);
        prop_assert_eq!(nanoseconds(&text), Some(hundredths * 10_000));
        let short = text.trim_end_matches('0').trim_end_matches('.');
        if !short.is_empty() {
            prop_assert_eq!(nanoseconds(short).is_some(), true);
        }
    }

    #[test]
    fn no_text_panics(text in "\\PC{0,40}") {
        let line = format!("{HEAD}\n{text}");
        prop_assert!(text.starts_with('#') || text.is_empty() || Published::parse(&line).is_err());
    }
}
