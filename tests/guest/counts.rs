//! Counts of system calls, compared with strace's.

use std::process::Command;

use anyhow::{Context, Result};
use ctrprof_tests::ctrprof::{self, Level};
use ctrprof_tests::scratch::{Scratch, alone};
use ctrprof_tests::{report, strace};

/// Namespaces, mounts, a control group, a pipe and many small files.
const WORK: &[&str] = &[
    "bash",
    "-c",
    "unshare -n true; unshare -m mount -t tmpfs x /mnt; cat /etc/passwd | cat > /dev/null; \
     mkdir files; for i in 1 2 3 4 5 6 7 8; do echo $i > files/$i; done; \
     tar -cf files.tar files; rm -r files files.tar",
];

#[test]
fn counts_of_every_system_call_equal_those_of_strace() -> Result<()> {
    let _alone = alone();
    let scratch = Scratch::new()?;
    let recording = scratch.path().join("recording");
    // The first mount makes /run/mount.
    ctrprof::succeeded(&Command::new(WORK[0]).args(&WORK[1..]).output()?)?;
    let report = ctrprof::traced_report(Level::Full, &recording, WORK)?;
    let expected = strace::counts(WORK)?;
    for name in [
        "unshare",
        "mount",
        "openat",
        "read",
        "write",
        "execve",
        "clone",
        "mkdir",
        "unlink",
        "rmdir",
        "newfstatat",
        "close",
    ] {
        let expected = expected
            .get(name)
            .with_context(|| format!("strace saw no {name}"))?;
        assert_eq!(report::calls(&report, name), *expected, "{name}");
        println!("{name}: {expected:?}");
    }
    let (sent, received, lost) = report::records(&report)?;
    assert_eq!((sent, lost), (received, 0));
    Ok(())
}
