//! The catalogue: questions that ctrprof brings along, and those in files of a user's own.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::cli::exit::usage;
use bench::matrix::Matrix;
use compare::report::measure;
use compare::report::question;

/// A question whose matrix can be run.
pub type Question = question::Question<Matrix>;

/// The questions that are built in: each with its name, which is that of its file.
macro_rules! catalogue {
    ($($name:literal,)+) => {
        &[$(($name, include_str!(concat!("../../../../experiments/", $name, ".toml"))),)+]
    };
}

/// Name and text of each question, in the order in which they are listed.
pub const CATALOGUE: &[(&str, &str)] = catalogue![
    "overlay-vs-aufs-read",
    "tar-alpine-vs-centos",
    "base-images",
    "netns-lock",
    "runc-vs-crun",
    "cgroup-v1-v2",
    "cgroup-reuse",
    "bind-vs-union",
    "copy-up",
    "vfs-create",
    "rootless-cost",
    "manager-overhead",
    "image-files",
    "start-to-5ms",
    "what-if-holds",
];

/// A question by the name that it was asked by: one of the catalogue, or that in a file.
pub struct Entry {
    /// Its name.
    pub name: String,
    /// Its file.
    pub text: String,
    /// The question.
    pub question: Question,
}

/// The question of a name, or that in a file: whatever has a slash in it or ends in `.toml`.
pub fn find(asked: &str) -> Result<Entry> {
    let path = Path::new(asked);
    let is_file = asked.contains('/') || path.extension().is_some_and(|end| end == "toml");
    let (name, text) = if is_file {
        let text = fs::read_to_string(path).with_context(|| format!("failed to read {asked}"))?;
        let name = path.file_stem().unwrap_or_default();
        (name.to_string_lossy().into_owned(), text)
    } else {
        let found = CATALOGUE.iter().find(|(name, _)| *name == asked);
        let Some((name, text)) = found else {
            return Err(usage(format!(
                "there is no question '{asked}'; choose one of {}, or name a file",
                names().join(", ")
            )));
        };
        ((*name).to_owned(), (*text).to_owned())
    };
    let question = parse(&text).with_context(|| format!("{asked} is no question"))?;
    Ok(Entry {
        name,
        text,
        question,
    })
}

fn names() -> Vec<&'static str> {
    CATALOGUE.iter().map(|(name, _)| *name).collect()
}

/// Reads a question.
pub fn parse(text: &str) -> Result<Question> {
    let question: Question = toml::from_str(text)?;
    question.matrix.check()?;
    measure::check(&question.measures)?;
    Ok(question)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::collections::BTreeSet;

    use super::*;
    use bench::constraints::HostFacts;
    use bench::plan::plan;
    use compare::explain::pairs::pairs;
    use compare::explain::rules::RULES;
    use compare::report::claim::ClaimTest;
    use engine::cgroup::CgroupLayout;

    /// A host on which nothing is missing.
    fn facts() -> HostFacts {
        HostFacts {
            has_runtime: |_| true,
            has_program: |_| true,
            missing_for_image: |_| Vec::new(),
            cgroups: CgroupLayout::V2,
            missing_storage: |_, _| None,
        }
    }

    #[test]
    fn every_question_can_be_asked_and_every_comparison_has_pairs() {
        for (name, text) in CATALOGUE {
            let question = parse(text).unwrap_or_else(|why| panic!("{name}: {why:#}"));
            let plan = plan(&question.matrix, &facts()).unwrap();
            assert!(!plan.named.is_empty(), "{name}");
            assert!(!question.pairings.is_empty(), "{name}");
            for pairing in &question.pairings {
                let found = pairs(&plan.named, pairing);
                assert!(found.is_ok(), "{name}: {found:?}");
            }
        }
    }

    #[test]
    fn claims_are_about_measures_and_rules_that_there_are() {
        for (name, text) in CATALOGUE {
            let question = parse(text).unwrap();
            let measured = |wanted: &String| {
                let mut measures = question.measures.iter();
                measures.any(|measure| measure.name == *wanted)
            };
            let claims = question.pairings.iter().flat_map(|pairing| &pairing.claims);
            for claim in claims {
                assert!(!claim.source.is_empty(), "{name}: {}", claim.says);
                let is_known = match &claim.test {
                    ClaimTest::Measure { measure, .. }
                    | ClaimTest::MeasureRatio { measure, .. } => measured(measure),
                    ClaimTest::Cause { rule, .. } => RULES.iter().any(|known| known.name == *rule),
                    ClaimTest::WallRatio(_)
                    | ClaimTest::CallRatio { .. }
                    | ClaimTest::CallsPerFile { .. }
                    | ClaimTest::CostRatio { .. } => true,
                };
                assert!(is_known, "{name}: {}", claim.says);
            }
        }
    }

    #[test]
    fn every_file_of_experiments_that_asks_is_built_in() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../experiments");
        let files = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path());
        let asks = |path: &std::path::PathBuf| {
            let is_toml = path.extension().is_some_and(|end| end == "toml");
            is_toml
                && fs::read_to_string(path)
                    .unwrap()
                    .lines()
                    .any(|line| line.starts_with("asks = "))
        };
        let stems = files
            .filter(asks)
            .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned());
        let built_in: BTreeSet<String> = names().into_iter().map(str::to_owned).collect();
        assert_eq!(stems.collect::<BTreeSet<_>>(), built_in);
    }

    #[test]
    fn what_is_no_question_is_refused_with_the_reason() {
        let why = |asked: &str| format!("{:#}", find(asked).err().unwrap());
        assert!(why("overlay").contains("choose one of overlay-vs-aufs-read"));
        assert!(why("./nowhere.toml").contains("failed to read"));
        let text = CATALOGUE[0].1.replace("asks =", "aks =");
        assert!(format!("{:#}", parse(&text).unwrap_err()).contains("aks"));
    }
}
