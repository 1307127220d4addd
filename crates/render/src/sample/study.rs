//! A comparison with a study that shows everything there is to show of one.

use setup::bench::BenchMode;
use study::compare_study;
use study::fixture::{Fixture, published};
use study::report::StudyReport;

/// Published: a few creates of hello world, in hundredths of a millisecond.
const CREATES: &[(&str, u64)] = &[
    ("docker,alpine,crun,overlay,0", 8_000),
    ("docker,alpine,runc,overlay,0", 12_000),
    ("docker,centos,crun,overlay,0", 8_100),
    ("docker,alpine,crun,vfs,0", 20_000),
    ("docker,alpine,crun,aufs,0", 7_500),
    ("podman,alpine,crun,overlay,0", 16_000),
    ("podman,alpine,crun,overlay,1", 22_000),
    ("lxd,alpine,lxc,dir,0", 36_000),
];

/// Two benches, one recorded and unfinished; what agrees, what does not, and what cannot be told.
pub(crate) fn study() -> StudyReport {
    let bench = Fixture::new()
        .cell("docker,alpine,crun,overlay,0", 40)
        .cell("docker,alpine,runc,overlay,0", 55)
        .cell("docker,centos,crun,overlay,0", 40)
        .cell("docker,alpine,crun,vfs,0", 30)
        .cell("docker,alpine,youki,overlay,0", 30)
        .cell("podman,alpine,crun,overlay,0", 40)
        .failing("the workload printed nothing")
        .workload("docker,alpine,runc,overlay,0", "script", 3)
        .impossible("docker,alpine,crun,aufs,0", "the kernel has no aufs");
    let mut other = Fixture::new()
        .cell("podman,alpine,crun,overlay,1", 60)
        .not_run("lxd,alpine,lxc,dir,0");
    other.header.mode = BenchMode::Traced;
    other.records.truncate(4);
    other.records[0].warnings = vec!["the memory is not limited as asked for".into()];
    let mut benches = [bench.bench(), other.bench()];
    benches[0].directory = "docker.bench".into();
    benches[1].directory = "rootless.bench".into();
    compare_study(&published(CREATES), &benches)
}
