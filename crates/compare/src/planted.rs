//! Pairs with a planted cause: the part with the largest difference names it.

use super::fixture::{Doing, recording};
use super::{Compared, SideProfile, compare};
use crate::report::{PartDifference, StageDifference, Verdict};
use analysis::profile::profile;
use trace::phase::Phase;

const OVERLAY: u32 = 0x794c_7630;
const EXT4: u32 = 0xef53;
const RUNS: u64 = 10;

/// The steps of each run, besides what is planted: it computes, opens, reads and writes.
fn ordinary() -> Vec<Doing> {
    vec![
        Doing::User(400_000),
        Doing::calls("openat", 20, 3_000, OVERLAY),
        Doing::calls("read", 80, 2_000, OVERLAY),
        Doing::User(200_000),
        Doing::calls("write", 10, 5_000, EXT4),
        Doing::calls("close", 20, 500, OVERLAY),
    ]
}

fn with(planted: Doing) -> Vec<Doing> {
    let mut doings = ordinary();
    doings.push(planted);
    doings
}

fn side(doings: &[Doing]) -> SideProfile {
    let (manifest, tables) = recording(doings, RUNS);
    SideProfile {
        name: "side".to_owned(),
        recordings: vec![profile("side", &manifest, &tables)],
    }
}

fn compared(a: &[Doing], b: &[Doing]) -> Compared {
    compare(&side(a), &side(b), &[])
}

fn create(compared: &Compared) -> &StageDifference {
    let mut stages = compared.comparison.stages.iter();
    let found = stages.find(|stage| stage.name == "create");
    found.unwrap_or_else(|| panic!("no stage"))
}

/// The part with the largest difference, which must be nearly all of the gap.
fn largest(stage: &StageDifference) -> &PartDifference {
    assert_eq!(stage.wall.verdict, Verdict::Slower);
    let part = stage.largest_parts()[0];
    let (part_ns, gap_ns) = (
        part.figures.difference.value_ns,
        stage.wall.difference.value_ns,
    );
    assert!(part_ns * 10 >= gap_ns * 8, "{part_ns} of {gap_ns}");
    assert!(part.figures.difference.is_significant());
    part
}

#[test]
fn three_times_as_many_calls() {
    let more = with(Doing::calls("read", 160, 2_000, OVERLAY));
    let found = compared(&ordinary(), &more);
    let part = largest(create(&found));
    assert_eq!(part.syscall.as_deref(), Some("read"));
    assert_eq!(part.file_systems[0].file_system, "overlay");
    assert_eq!(
        (part.figures.a.count_milli, part.figures.b.count_milli),
        (80_000, 240_000)
    );
    let effects = part.figures.effects;
    assert_eq!(
        (effects.count_ns, effects.cost_ns, effects.interaction_ns),
        (320_000, 0, 0)
    );
    let reads = create(&found)
        .calls
        .iter()
        .find(|row| row.syscall == "read");
    let per_open = reads.map(|row| (row.a.per_open_milli, row.b.per_open_milli));
    assert_eq!(per_open, Some((Some(4_000), Some(12_000))));
}

#[test]
fn calls_that_are_four_times_as_dear() {
    let mut slower = ordinary();
    slower[2] = Doing::calls("read", 80, 8_000, OVERLAY);
    let found = compared(&ordinary(), &slower);
    let part = largest(create(&found));
    assert_eq!(part.syscall.as_deref(), Some("read"));
    let effects = part.figures.effects;
    assert_eq!(
        (effects.count_ns, effects.cost_ns, effects.interaction_ns),
        (0, 480_000, 0)
    );
    assert_eq!(
        (part.figures.a.cost_ns, part.figures.b.cost_ns),
        (Some(2_000), Some(8_000))
    );
}

#[test]
fn a_lock() {
    let locked = with(Doing::wait(
        "unshare",
        900_000,
        "__schedule schedule rwsem_down_read_slowpath down_read_killable copy_net_ns \
         create_new_namespaces unshare_nsproxy_namespaces",
    ));
    let found = compared(&ordinary(), &locked);
    let part = largest(create(&found));
    assert_eq!(part.phase, Phase::Locks);
    assert_eq!(part.subphase, "pernet_ops_rwsem");
    assert_eq!(part.syscall.as_deref(), Some("unshare"));
    let functions = &create(&found).functions;
    assert!(functions[0].b.blocked_ns == 900_000 && functions[0].a.blocked_ns == 0);
    assert_eq!(functions[0].function, "rwsem_down_read_slowpath");
    assert!(
        functions[0]
            .callers
            .iter()
            .any(|name| name == "copy_net_ns")
    );
}

#[test]
fn a_copy_up() {
    let copied = with(Doing::Sampled {
        call: "openat",
        duration_ns: 4_000_000,
        fs_magic: OVERLAY,
        stack: "memcpy_orig ovl_copy_up_file ovl_copy_up_one ovl_copy_up_flags ovl_open \
                do_dentry_open vfs_open do_sys_openat2 do_syscall_64",
    });
    let found = compared(&ordinary(), &copied);
    let part = largest(create(&found));
    assert_eq!(part.syscall.as_deref(), Some("openat"));
    assert_eq!(
        (part.phase, part.file_systems[0].file_system.as_str()),
        (Phase::Files, "overlay")
    );
    // One slow call among fast ones: slower, not more.
    assert!(part.figures.effects.cost_ns > part.figures.effects.count_ns * 10);
    let row = &create(&found).functions[0];
    assert_eq!(
        (row.syscall.as_str(), row.function.as_str()),
        ("openat", "memcpy_orig")
    );
    assert!(row.is_significant);
    assert!(row.callers.iter().any(|name| name == "ovl_copy_up_one"));
    assert!(row.callers.iter().all(|name| name != "do_syscall_64"));
}

#[test]
fn a_slower_disk() {
    const STACK: &str = "__schedule schedule io_schedule folio_wait_bit_common \
                         folio_wait_writeback __filemap_fdatawait_range file_write_and_wait_range \
                         ext4_sync_file vfs_fsync_range";
    let disk = |duration_ns| with(Doing::wait("fsync", duration_ns, STACK));
    let found = compared(&disk(300_000), &disk(1_500_000));
    let part = largest(create(&found));
    assert_eq!(part.phase, Phase::Disk);
    assert_eq!(part.syscall.as_deref(), Some("fsync"));
    let effects = part.figures.effects;
    assert_eq!(
        (effects.count_ns, effects.cost_ns, effects.interaction_ns),
        (0, 1_200_000, 0)
    );
}

#[test]
fn another_program_is_more_and_not_slower() {
    let more = with(Doing::Program(700_000));
    let found = compared(&ordinary(), &more);
    let part = largest(create(&found));
    assert_eq!((part.phase, part.syscall.as_deref()), (Phase::User, None));
    assert_eq!(
        (part.figures.a.count_milli, part.figures.b.count_milli),
        (1_000, 2_000)
    );
}

#[test]
fn what_is_the_same_is_noise() {
    let found = compared(&ordinary(), &ordinary());
    assert_eq!(create(&found).wall.verdict, Verdict::Noise);
}

#[test]
fn the_same_call_on_another_file_system_is_slower_and_not_more() {
    let reads = |each_ns, fs_magic| with(Doing::calls("pread64", 100, each_ns, fs_magic));
    let found = compared(&reads(2_000, EXT4), &reads(9_000, OVERLAY));
    let part = largest(create(&found));
    assert_eq!(part.syscall.as_deref(), Some("pread64"));
    let effects = part.figures.effects;
    assert_eq!(
        (effects.count_ns, effects.cost_ns, effects.interaction_ns),
        (0, 700_000, 0)
    );
    let names: Vec<&str> = part
        .file_systems
        .iter()
        .map(|one| one.file_system.as_str())
        .collect();
    assert_eq!(names, ["overlay", "ext4"]);
    assert_eq!(part.file_systems[1].figures.effects.count_ns, -200_000);
}
