use super::{SampledStack, UserFrame, groups};
use crate::report::path::{Segment, SegmentState, StagePath};
use trace::phase::Phase;
use trace::role::Role;

fn segment(phase: Phase, duration_ns: u64) -> Segment {
    Segment {
        start_ns: 0,
        duration_ns,
        tid: 1,
        tgid: 1,
        comm: "crun".to_owned(),
        role: Role::Runtime,
        state: SegmentState::User,
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

fn sampled(function: &str, module: &str, samples: u64) -> SampledStack {
    SampledStack {
        role: Role::Runtime,
        comm: "crun".to_owned(),
        phase: Phase::User,
        syscall: None,
        user: vec![UserFrame::new(function, module)],
        kernel: Vec::new(),
        samples,
    }
}

fn path(samples: Vec<SampledStack>) -> StagePath {
    StagePath {
        segments: vec![
            segment(Phase::User, 600),
            segment(Phase::Files, 50),
            segment(Phase::User, 400),
        ],
        samples,
        ..StagePath::default()
    }
}

#[test]
fn estimates_add_up_to_the_exact_user_time() {
    let found = groups(&path(vec![
        sampled("", "/usr/lib/libseccomp.so.2.5.4", 4),
        sampled("_int_malloc", "/usr/lib/libc.so.6", 2),
        sampled("seccomp_rule_add", "/usr/lib/libseccomp.so.2.5.4", 1),
    ]));
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].critical_path_ns, found[0].samples), (1_000, 7));
    let rows: Vec<_> = found[0]
        .functions
        .iter()
        .map(|row| (row.name.as_str(), row.samples, row.estimated_ns))
        .collect();
    assert_eq!(rows, [("libseccomp", 5, 714), ("allocator", 2, 286)]);
    let parts: Vec<_> = found[0].functions[0]
        .parts
        .iter()
        .map(|part| (part.name.as_str(), part.samples, part.estimated_ns))
        .collect();
    assert_eq!(
        parts,
        [
            ("[libseccomp.so.2.5.4]", 4, 571),
            ("seccomp_rule_add", 1, 143)
        ]
    );
}

#[test]
fn a_group_of_few_samples_is_not_divided() {
    let found = groups(&path(vec![sampled("f", "crun", 4)]));
    assert_eq!((found[0].samples, found[0].critical_path_ns), (4, 1_000));
    assert!(found[0].functions.is_empty());
}
