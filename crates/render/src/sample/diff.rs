//! A comparison: of two recordings of which one knows what every run does.

use analysis::profile::{RecordingProfile, profile};
use compare::fixture::{Doing, recording};
use compare::report::claim::{Bounds, Claim, ClaimTest};
use compare::report::measure::{Amount, Measure, PartFilter, Per};
use compare::{Compared, SideProfile, compare};
use setup::pattern::Patterns;
use trace::manifest::Host;

const OVERLAY: u32 = 0x794c_7630;
const EXT4: u32 = 0xef53;

const GRACE_PERIOD: &str = "__schedule schedule schedule_timeout __wait_for_common __wait_rcu_gp \
                            synchronize_rcu rcu_sync_enter percpu_down_write \
                            cgroup_procs_write_start __cgroup1_procs_write vfs_write ksys_write";
const COPY_UP: &str = "memcpy_orig ovl_copy_up_file ovl_copy_up_one ovl_copy_up_flags ovl_open \
                       do_dentry_open vfs_open do_sys_openat2 do_syscall_64";

/// Side B starts another program, reads more, opens at a higher price, waits for a grace period, and
/// copies a file up.
pub(crate) fn diff() -> Compared {
    let a = [
        Doing::User(2_400_000),
        Doing::calls("openat", 60, 3_100, EXT4),
        Doing::calls("read", 80, 1_900, EXT4),
        Doing::calls("close", 60, 400, EXT4),
        Doing::calls("umount2", 2, 31_000, 0),
        Doing::User(300_000),
    ];
    let b = [
        Doing::User(2_700_000),
        Doing::Program(1_900_000),
        Doing::calls("openat", 60, 5_800, OVERLAY),
        Doing::calls("read", 240, 2_300, OVERLAY),
        Doing::calls("close", 60, 500, OVERLAY),
        Doing::calls("futex", 180, 1_200, 0),
        Doing::wait("write", 4_850_000, GRACE_PERIOD),
        Doing::Sampled {
            call: "openat",
            duration_ns: 3_000_000,
            fs_magic: OVERLAY,
            stack: COPY_UP,
        },
    ];
    compare(
        &side("runs/bind", &a, 12, "bind"),
        &side("runs/overlay", &b, 10, "overlay"),
        &measures(),
    )
}

/// The same with what makes figures less than whole.
pub(crate) fn doubtful_diff() -> Compared {
    let doings = [Doing::User(900_000), Doing::calls("read", 20, 2_000, EXT4)];
    let a = side("a", &doings, 3, "bind");
    let mut b = side("b", &doings, 1, "bind");
    let recording = &mut b.recordings[0];
    recording.facts.records.lost = 15_211;
    recording.facts.records.sent = 1_204_113;
    recording.facts.interrupted = Some("stopped by SIGINT".into());
    recording.facts.host.kernel = "4.15.0".into();
    recording.facts.host.load_milli = 3_420;
    recording.facts.level = "summary".into();
    recording
        .configuration
        .insert("runtime".into(), "runc".into());
    recording.stages[0].name = "start".into();
    compare(&a, &b, &[])
}

/// Measures of both sides.
fn measures() -> Vec<Measure> {
    let measure = |name: &str, call: &str, per: Per| Measure {
        name: name.into(),
        stage: Some("create".into()),
        of: PartFilter {
            call: Patterns(vec![call.into()]),
            ..PartFilter::default()
        },
        what: Amount::Time,
        per,
    };
    vec![
        measure("an open", "openat", Per::Each),
        measure("waits in writes", "write", Per::Stage),
    ]
}

/// Claims about [`diff`]; the others do not have its stage on both sides.
pub(crate) fn claims() -> Vec<Claim> {
    let wall_ratio = |says: &str, at_least| Claim {
        says: says.into(),
        source: "a study of 2020".into(),
        stage: Some("create".into()),
        test: ClaimTest::WallRatio(Bounds {
            at_least: Some(at_least),
            at_most: None,
        }),
    };
    vec![
        wall_ratio("a union file system takes at least twice as long", 2.0),
        wall_ratio("a union file system takes at least ten times as long", 10.0),
    ]
}

/// Two sides that nothing was recorded of.
pub(crate) fn empty_diff() -> Compared {
    let side = SideProfile {
        name: "nothing".into(),
        recordings: vec![RecordingProfile::default()],
    };
    compare(&side, &side, &[])
}

fn side(name: &str, doings: &[Doing], runs: u64, storage: &str) -> SideProfile {
    let (mut manifest, tables) = recording(doings, runs);
    manifest.host = Host {
        kernel: "6.18.5".into(),
        machine: "x86_64".into(),
        cpus: 2,
        cgroup: "v2".into(),
        load_milli: 420,
    };
    for (axis, value) in [
        ("image", "host-gnu"),
        ("manager", "embedded"),
        ("runtime", "crun"),
        ("storage", storage),
        ("workload", "hello-world"),
    ] {
        manifest.configuration.insert(axis.into(), value.into());
    }
    SideProfile {
        name: name.into(),
        recordings: vec![profile(name, &manifest, &tables)],
    }
}
