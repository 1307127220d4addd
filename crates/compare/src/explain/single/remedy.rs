//! The table of remedies by cause, and the selectors of the time that each takes away.

use analysis::attribution::kernel;
use analysis::attribution::kernel::grace_period::{CGROUP_MOVES, UNMOUNTS};
use analysis::report::{CauseKind, CauseRow, Run};
use analysis::what_if::selector::{Key, Selector};
use trace::phase::Phase;
use trace::role::Role;

/// A remedy for rows of a critical path that are alike.
struct Known {
    /// In words, for a reader who has the finding before it.
    text: &'static str,
    /// Whether it is one for a row.
    is_for: fn(&CauseRow) -> bool,
    /// The values of a row by which its time is selected.
    keys: &'static [Key],
}

/// Those that are known; the first that is one for a row counts.
const KNOWN: &[Known] = &[
    Known {
        text: "a first process that heeds its stop signal (--init)",
        is_for: |row| row.cause_kind == Some(CauseKind::IgnoredSignal),
        keys: &[Key::Cause],
    },
    Known {
        text: "no sync at unmount (overlay option volatile)",
        is_for: |row| row.cause_kind == Some(CauseKind::UnmountSync),
        keys: &[Key::Cause],
    },
    Known {
        text: "no CPU quota, or a larger one",
        is_for: |row| row.phase == Phase::Throttled,
        keys: &[Key::Phase],
    },
    Known {
        text: "a higher memory limit",
        is_for: |row| row.cause_kind == Some(CauseKind::MemoryLimit),
        keys: &[Key::Cause],
    },
    Known {
        text: "a file lock that nobody else holds",
        is_for: |row| row.cause_kind == Some(CauseKind::FileLock),
        keys: &[Key::Cause],
    },
    Known {
        text: "an answer before the time limit",
        is_for: |row| row.cause_kind == Some(CauseKind::TimeLimit),
        keys: &[Key::Cause],
    },
    Known {
        text: "to be told, instead of looking again and again",
        is_for: |row| row.cause_kind == Some(CauseKind::Polling),
        keys: &[Key::Cause],
    },
    Known {
        text: "no sleep",
        is_for: |row| row.cause_kind == Some(CauseKind::Sleep) && is_of_engine(row),
        keys: &[Key::Cause],
    },
    Known {
        text: "storage that shares files instead of copying them",
        is_for: |row| row.cause_kind == Some(CauseKind::Copy) && is_of_engine(row),
        keys: &[Key::Cause],
    },
    Known {
        text: "no fsync, or a file system in memory",
        is_for: |row| row.phase == Phase::Disk && is_sync(row),
        keys: &[Key::Phase, Key::Call],
    },
    Known {
        text: "a page cache that has what is read",
        is_for: |row| row.phase == Phase::Disk,
        keys: &[Key::Phase, Key::Call],
    },
    Known {
        text: "a start in the control group (clone3), favordynmods",
        is_for: |row| row.phase == Phase::Rcu && kernel::has(CGROUP_MOVES, &row.part),
        keys: &[Key::Phase, Key::Part],
    },
    Known {
        text: "mounts left to the end of their mount namespace",
        is_for: |row| row.phase == Phase::Rcu && kernel::has(UNMOUNTS, &row.part),
        keys: &[Key::Phase, Key::Part],
    },
    Known {
        text: "the host's network, or one that was made beforehand",
        is_for: |row| is_network_setup(row) && is_of_engine(row),
        keys: &[Key::Phase, Key::Part, Key::Role],
    },
    Known {
        text: "fewer starts at a time: kernel locks are free",
        is_for: |row| row.phase == Phase::Locks,
        keys: &[Key::Phase],
    },
    Known {
        text: "a free CPU for each thread that is ready to run",
        is_for: |row| row.phase == Phase::Runqueue,
        keys: &[Key::Phase],
    },
];

/// A remedy for user time in a part of programs.
struct OfFunction {
    /// The part, as reports name it.
    function: &'static str,
    text: &'static str,
    /// A call that comes with it.
    call: Option<&'static str>,
}

const OF_FUNCTIONS: &[OfFunction] = &[
    OfFunction {
        function: "libseccomp",
        text: "no seccomp profile, or one with fewer rules",
        call: Some("seccomp"),
    },
    OfFunction {
        function: "package initialisers",
        text: "fewer package initialisers or executions of them",
        call: None,
    },
    OfFunction {
        function: "dynamic linking",
        text: "static programs, or fewer executions of dynamic ones",
        call: None,
    },
];

fn is_of_engine(row: &CauseRow) -> bool {
    match row.role {
        Role::Client | Role::Manager | Role::Shim | Role::Runtime | Role::Helper => true,
        Role::Container | Role::KernelThread | Role::Other => false,
    }
}

fn is_sync(row: &CauseRow) -> bool {
    let calls = [
        "fsync",
        "fdatasync",
        "msync",
        "sync_file_range",
        "syncfs",
        "sync",
    ];
    row.syscall
        .as_deref()
        .is_some_and(|call| calls.contains(&call))
}

fn is_network_setup(row: &CauseRow) -> bool {
    row.phase == Phase::Network || row.phase == Phase::Namespaces && row.part == "net"
}

/// The remedies for what a run's time goes to, each once, with all that it would save.
pub(super) fn remedies_of(run: &Run) -> Vec<(&'static str, Vec<Selector>)> {
    let mut found: Vec<(&'static str, Vec<Selector>)> = Vec::new();
    let rows = run.stages.iter().flat_map(|stage| &stage.causes);
    for row in rows {
        if let Some(known) = KNOWN.iter().find(|known| (known.is_for)(row)) {
            add(&mut found, known.text, selector(row, known.keys));
        }
    }
    let known = OF_FUNCTIONS.iter();
    for known in known.filter(|known| has_function(run, known.function)) {
        let call = known.call.map(|call| (Key::Call, call));
        for (key, value) in std::iter::once((Key::Function, known.function)).chain(call) {
            let parts = vec![(key, value.to_owned())];
            add(&mut found, known.text, Selector { parts });
        }
    }
    found
}

fn add(found: &mut Vec<(&'static str, Vec<Selector>)>, text: &'static str, selector: Selector) {
    match found.iter_mut().find(|(known, _)| *known == text) {
        Some((_, selectors)) if selectors.contains(&selector) => {}
        Some((_, selectors)) => selectors.push(selector),
        None => found.push((text, vec![selector])),
    }
}

fn selector(row: &CauseRow, keys: &[Key]) -> Selector {
    let value = |key: Key| match key {
        Key::Phase => row.phase.name().to_owned(),
        Key::Part => row.part.clone(),
        Key::Role => row.role.name().to_owned(),
        Key::Call => row.syscall.clone().unwrap_or_default(),
        Key::Cause => row.cause.clone(),
        Key::Process | Key::Path | Key::Lock | Key::Function | Key::Stage => String::new(),
    };
    let parts = keys.iter().map(|&key| (key, value(key)));
    Selector {
        parts: parts.collect(),
    }
}

fn has_function(run: &Run, name: &str) -> bool {
    let groups = run.stages.iter().flat_map(|stage| &stage.functions);
    let mut functions = groups.flat_map(|group| &group.functions);
    functions.any(|function| function.name == name)
}
