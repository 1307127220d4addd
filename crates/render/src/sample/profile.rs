//! Several sides beside each other: invented, each of known calls.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use analysis::profile::profile as profile_of;
use compare::SideProfile;
use compare::fixture::{Doing, recording};
use compare::profile::report::{CountCell, ErrorRow, ProfileReport, RepeatedRow};
use compare::profile::{Selection, profile};

const OVERLAY: u32 = 0x794c_7630;

/// Three images that extract 200 files.
pub(crate) fn images() -> ProfileReport {
    let gnu = [
        Doing::User(1_000_000),
        Doing::calls("openat", 200, 35_100, OVERLAY),
        Doing::calls("write", 270, 8_200, OVERLAY),
        Doing::calls("close", 200, 1_100, OVERLAY),
        Doing::calls("utimensat", 200, 3_300, OVERLAY),
        Doing::calls("mmap", 6, 4_000, OVERLAY),
    ];
    let busybox = [
        Doing::calls("openat", 600, 21_000, OVERLAY),
        Doing::calls("sendfile", 200, 12_000, OVERLAY),
        Doing::calls("close", 600, 1_000, OVERLAY),
        Doing::calls("utimensat", 200, 3_400, OVERLAY),
    ];
    let mut musl = busybox.to_vec();
    musl.push(Doing::calls("fcntl", 800, 250, OVERLAY));
    let sides = [
        side("runs/gnu", &gnu, "host-gnu", "200"),
        side("runs/busybox", &busybox, "host-busybox", "200"),
        side("runs/musl", &musl, "musl-busybox", "200"),
    ];
    let mut report = put_beside(&sides);
    report.repeated = vec![RepeatedRow {
        syscall: "openat".into(),
        text: "/etc/passwd".into(),
        difference_milli: 1_000,
        sides: cells([0, 1_000, 1_000]),
    }];
    report.errors = vec![ErrorRow {
        syscall: "connect".into(),
        error: "ENOENT".into(),
        difference_milli: 2_000,
        rare: false,
        sides: cells([0, 0, 2_000]),
    }];
    report
}

/// The same, as many sides as do not fit beside each other, with what makes figures less than whole.
pub(crate) fn doubtful() -> ProfileReport {
    let calls = |count: u64| [Doing::calls("read", count, 2_000, OVERLAY)];
    let mut sides: Vec<SideProfile> = (1..=6)
        .map(|number| {
            let image = format!("archive:/images/of/some/length/{number}.tar");
            side("runs", &calls(number), &image, "10")
        })
        .collect();
    let facts = &mut sides[1].recordings[0].facts;
    (facts.records.lost, facts.records.sent) = (15_211, 1_204_113);
    facts.interrupted = Some("stopped by SIGINT".into());
    facts.level = "summary".into();
    facts.host.kernel = "4.15.0".into();
    sides[3].recordings[0]
        .configuration
        .remove("workload_units");
    for run in &mut sides[2].recordings[0].stages[0].runs {
        run.made.clear();
    }
    put_beside(&sides)
}

fn put_beside(sides: &[SideProfile]) -> ProfileReport {
    profile(sides, &Selection::default()).unwrap()
}

fn cells(milli: [u64; 3]) -> Vec<CountCell> {
    let cell = |per_unit_milli| CountCell {
        count: per_unit_milli * 200 / 1_000,
        per_unit_milli,
    };
    milli.map(cell).into()
}

fn side(name: &str, doings: &[Doing], image: &str, units: &str) -> SideProfile {
    let (mut manifest, tables) = recording(doings, 1);
    for (axis, value) in [
        ("image", image),
        ("manager", "embedded"),
        ("runtime", "crun"),
        ("storage", "overlay"),
        ("workload", "io-write"),
        ("workload_unit", "file"),
        ("workload_units", units),
    ] {
        manifest.configuration.insert(axis.into(), value.into());
    }
    SideProfile {
        name: name.into(),
        recordings: vec![profile_of(name, &manifest, &tables)],
    }
}
