#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;

use super::rules::{Answer, RULES};
use super::{findings, of_stage};
use crate::fixture::{Doing, recording};
use crate::report::finding::{Finding, Judgement, Unit};
use crate::report::{Comparison, SideName, StageDifference, Warning};
use crate::{SideProfile, compare};
use analysis::profile::profile;
use trace::phase::Phase;

const OVERLAY: u32 = 0x794c_7630;
const AUFS: u32 = 0x6175_6673;
const EXT4: u32 = 0xef53;

const LOCK: &str = "__schedule schedule rwsem_down_read_slowpath down_read_killable copy_net_ns \
                    create_new_namespaces";
const GRACE_PERIOD: &str = "__schedule schedule __wait_rcu_gp synchronize_rcu rcu_sync_enter \
                            percpu_down_write cgroup_procs_write_start vfs_write";
const DISK: &str = "__schedule schedule io_schedule folio_wait_bit_common ext4_sync_file";
const COPY_UP: &str = "memcpy_orig ovl_copy_up_file ovl_copy_up_one ovl_copy_up_flags ovl_open";
const AUFS_COPY_UP: &str = "memcpy_orig au_do_copy_file au_copy_file au_cp_regular \
                            au_do_cpup_regular cpup_entry au_cpup_single au_sio_cpup_simple \
                            au_do_open_nondir aufs_open_nondir";

fn ordinary() -> Vec<Doing> {
    vec![
        Doing::User(400_000),
        Doing::calls("openat", 30, 3_000, EXT4),
        Doing::calls("read", 80, 2_000, EXT4),
        Doing::calls("close", 30, 500, EXT4),
    ]
}

fn with(planted: &[Doing]) -> Vec<Doing> {
    [ordinary(), planted.to_vec()].concat()
}

fn side(doings: &[Doing], runs: u64) -> SideProfile {
    let (manifest, tables) = recording(doings, runs);
    SideProfile {
        name: "side".to_owned(),
        recordings: vec![profile("side", &manifest, &tables)],
    }
}

fn compared(a: &[Doing], b: &[Doing], runs: u64) -> Comparison {
    compare(&side(a, runs), &side(b, runs), &[]).comparison
}

fn create(comparison: &Comparison) -> &StageDifference {
    let mut stages = comparison.stages.iter();
    stages.find(|stage| stage.name == "create").unwrap()
}

/// For each rule, two sides of which it knows the cause.
fn planted() -> Vec<(&'static str, Vec<Doing>, Vec<Doing>)> {
    let copied = |fs_magic, stack| {
        with(&[Doing::Sampled {
            call: "openat",
            duration_ns: 4_000_000,
            fs_magic,
            stack,
        }])
    };
    let disk = |duration_ns| with(&[Doing::wait("fsync", duration_ns, DISK)]);
    let reads = |each_ns, fs_magic| with(&[Doing::calls("pread64", 100, each_ns, fs_magic)]);
    vec![
        ("copy-up", ordinary(), copied(OVERLAY, COPY_UP)),
        ("copy-up", ordinary(), copied(AUFS, AUFS_COPY_UP)),
        (
            "reopened-files",
            ordinary(),
            with(&[Doing::calls("openat", 900, 3_000, EXT4)]),
        ),
        (
            "threads",
            ordinary(),
            with(&[
                Doing::Threads(6, 20_000),
                Doing::calls("futex", 400, 1_500, 0),
            ]),
        ),
        (
            "kernel-lock",
            ordinary(),
            with(&[Doing::wait("unshare", 900_000, LOCK)]),
        ),
        (
            "grace-period",
            ordinary(),
            with(&[Doing::wait("write", 5_000_000, GRACE_PERIOD)]),
        ),
        ("disk", disk(300_000), disk(1_500_000)),
        (
            "namespaces",
            ordinary(),
            with(&[Doing::calls("setns", 3, 200_000, 0)]),
        ),
        ("computing", ordinary(), with(&[Doing::Program(700_000)])),
        ("cpu-wait", ordinary(), with(&[Doing::CpuWait(600_000)])),
        ("file-system", reads(2_000, EXT4), reads(9_000, OVERLAY)),
        (
            "more-calls",
            ordinary(),
            with(&[Doing::calls("read", 200, 2_000, EXT4)]),
        ),
        ("slower-calls", reads(2_000, EXT4), reads(9_000, EXT4)),
    ]
}

#[test]
fn the_first_finding_names_the_planted_cause() {
    for (rule, a, b) in planted() {
        let comparison = compared(&a, &b, 10);
        let found = findings(&comparison);
        let names: Vec<&str> = found.iter().map(|finding| finding.rule.as_str()).collect();
        assert_eq!(names.first(), Some(&rule), "{names:?}");
        assert_eq!(found[0].judgement, Judgement::Confirmed, "{rule}");
        assert!(
            found[0].share_ppm.unwrap() > 800_000,
            "{rule}: {:?}",
            found[0]
        );
    }
}

/// The rule that [`a_part_with_a_cause_in_words_is_told_by_it`] is about.
const NAMED_CAUSE: &str = "named-cause";

#[test]
fn a_part_with_a_cause_in_words_is_told_by_it() {
    let slower = with(&[Doing::wait("fsync", 1_500_000, DISK)]);
    let mut comparison = compared(&ordinary(), &slower, 10);
    let stages = comparison.stages.iter_mut();
    let groups = stages.flat_map(|stage| &mut stage.groups);
    for part in groups.flat_map(|group| &mut group.parts) {
        if part.phase == Phase::Disk {
            part.cause = "journal of /srv".to_owned();
        }
    }
    let found = findings(&comparison);
    assert_eq!(found[0].rule, NAMED_CAUSE);
    assert_eq!(
        found[0]
            .evidence("cause")
            .and_then(|cause| cause.text.as_deref()),
        Some("journal of /srv")
    );
    let others = &found[1..];
    assert!(
        others.iter().all(|one| one.rule != "disk"),
        "the part is explained twice: {others:?}"
    );
}

fn computes(function: &'static str, module: &'static str, duration_ns: u64) -> Doing {
    Doing::Computes {
        function,
        module,
        duration_ns,
    }
}

/// Text of a piece of evidence.
fn text<'f>(finding: &'f Finding, name: &str) -> Option<&'f str> {
    finding.evidence(name)?.text.as_deref()
}

#[test]
fn computing_names_the_function_and_the_setting() {
    let links = computes("do_lookup_x", "/usr/lib/ld-linux-x86-64.so.2", 6_000_000);
    let compiles = computes("", "/usr/lib/libseccomp.so.2.5.4", 5_000_000);
    let (mut a, mut b) = (
        side(&with(std::slice::from_ref(&links)), 10),
        side(&with(&[links, compiles]), 10),
    );
    for (side, profile) in [(&mut a, "none"), (&mut b, "default")] {
        let axes = &mut side.recordings[0].configuration;
        axes.insert("seccomp".to_owned(), profile.to_owned());
        axes.insert("store".to_owned(), profile.to_owned());
    }
    let found = findings(&compare(&a, &b, &[]).comparison);
    let first = &found[0];
    assert_eq!(first.rule, "computing");
    assert_eq!(
        text(first, "user_function"),
        Some("libseccomp ([libseccomp.so.2.5.4])")
    );
    let samples = |name| first.evidence(name).and_then(|evidence| evidence.value);
    assert_eq!(
        (samples("samples_a"), samples("samples_b")),
        (Some(0), Some(50_000))
    );
    let setting = ["setting", "setting_a", "setting_b"].map(|name| text(first, name));
    assert_eq!(setting, [Some("seccomp"), Some("none"), Some("default")]);
    assert!(first.advice.contains("seccomp"), "{}", first.advice);
}

#[test]
fn computing_names_a_function_of_the_programs_own() {
    let b = with(&[
        computes("compress_layers", "/usr/bin/tool", 4_000_000),
        computes("other", "/usr/bin/tool", 1_000_000),
    ]);
    let found = findings(&compared(
        &with(&[computes("other", "/usr/bin/tool", 1_000_000)]),
        &b,
        10,
    ));
    assert_eq!(text(&found[0], "user_function"), Some("compress_layers"));
    assert_eq!(text(&found[0], "setting"), None);
}

#[test]
fn every_rule_has_a_planted_cause() {
    let rules: BTreeSet<&str> = RULES.iter().map(|rule| rule.name).collect();
    let planted = planted().into_iter().map(|(rule, ..)| rule);
    let planted: BTreeSet<&str> = planted.chain([NAMED_CAUSE]).collect();
    assert_eq!(planted, rules);
    assert_eq!(rules.len(), RULES.len());
}

#[test]
fn every_rule_can_say_that_it_does_not_apply() {
    let comparison = compared(&ordinary(), &ordinary(), 10);
    for rule in RULES {
        let answer = (rule.apply)(create(&comparison));
        assert!(
            matches!(answer, Answer::DoesNotApply(why) if !why.is_empty()),
            "{}",
            rule.name
        );
    }
}

#[test]
fn what_is_noise_is_not_explained() {
    let comparison = compared(&ordinary(), &ordinary(), 10);
    assert_eq!(of_stage(create(&comparison)), []);
}

#[test]
fn a_single_run_makes_a_finding_inconclusive() {
    let mut planted = planted().into_iter();
    let (_, a, b) = planted.find(|(rule, ..)| *rule == "grace-period").unwrap();
    let found = findings(&compared(&a, &b, 1));
    assert_eq!(found[0].rule, "grace-period");
    assert_eq!(found[0].judgement, Judgement::Inconclusive);
}

#[test]
fn nothing_is_confirmed_by_recordings_that_lost_records() {
    let mut planted = planted().into_iter();
    let (_, a, b) = planted.find(|(rule, ..)| *rule == "grace-period").unwrap();
    let mut comparison = compared(&a, &b, 10);
    assert_eq!(findings(&comparison)[0].judgement, Judgement::Confirmed);
    comparison.warnings.push(Warning::LostRecords {
        side: SideName::B,
        lost: 3,
        sent: 1_000,
    });
    let found = findings(&comparison);
    assert!(
        found
            .iter()
            .all(|one| one.judgement == Judgement::Inconclusive)
    );
}

#[test]
fn no_part_is_explained_twice() {
    let b = with(&[
        Doing::calls("openat", 900, 3_000, EXT4),
        Doing::calls("read", 200, 4_000, EXT4),
    ]);
    let found = findings(&compared(&ordinary(), &b, 10));
    let mut parts: Vec<_> = found.iter().flat_map(|finding| &finding.parts).collect();
    let all = parts.len();
    parts.sort_unstable();
    parts.dedup();
    assert_eq!(parts.len(), all);
}

#[test]
fn the_sides_may_change_places() {
    for (rule, a, b) in planted() {
        let found = findings(&compared(&b, &a, 10));
        assert_eq!(found.first().map(|one| one.rule.as_str()), Some(rule));
    }
}

/// The names in a sentence.
fn placeholders(finding: &Finding) -> Vec<String> {
    let pieces = finding.sentence.split('{').skip(1);
    pieces
        .map(|piece| piece.split_once('}').unwrap().0.to_owned())
        .collect()
}

#[test]
fn no_sentence_has_a_number_that_is_not_in_its_evidence() {
    for (rule, a, b) in planted() {
        for (a, b) in [(&a, &b), (&b, &a)] {
            for finding in findings(&compared(a, b, 10)) {
                let text = &finding.sentence;
                assert!(
                    !text.contains(|c: char| c.is_ascii_digit()),
                    "{rule}: {text}"
                );
                assert!(
                    !finding.advice.contains(|c: char| c.is_ascii_digit()),
                    "{rule}"
                );
                for name in placeholders(&finding) {
                    let evidence = finding.evidence(&name);
                    assert!(evidence.is_some(), "{}: no evidence {name}", finding.rule);
                }
            }
        }
    }
}

/// Every number of a finding is one of the comparison's.
#[test]
fn evidence_is_taken_from_the_comparison() {
    let (_, a, b) = planted().remove(10);
    let comparison = compared(&a, &b, 10);
    let finding = &findings(&comparison)[0];
    let part = create(&comparison).largest_parts()[0];
    let value = |name: &str| finding.evidence(name).and_then(|evidence| evidence.value);
    assert_eq!(value("count_b"), Some(part.figures.b.count_milli as i64));
    assert_eq!(value("time_b"), Some(part.figures.b.path_ns as i64));
    assert_eq!(value("explained"), Some(part.figures.difference.value_ns));
    assert_eq!(finding.evidence("call").unwrap().unit, Unit::Name);
}
