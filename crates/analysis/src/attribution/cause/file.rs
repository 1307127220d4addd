//! Calls on the kernel's own files: their cause is what is done to which of them. Other files have
//! names that differ from one configuration to the next, so that recordings could not be compared by
//! them; but where one who manages containers goes through many files of one directory, that is the
//! cause.

use super::Causes;
use crate::attribution::Attribution;
use trace::role::Role;
use trace::syscall::{self, FileWork};

/// Notes them.
pub(super) fn note(causes: &mut Causes, attribution: &Attribution<'_, '_>) {
    let timeline = attribution.timeline();
    let (calls, contexts, roles) = (
        &attribution.calls,
        &attribution.contexts,
        attribution.roles(),
    );
    let files = contexts.files();
    for (row, span) in (0..).zip(&timeline.tables().spans) {
        let Some(id) = files.of_span(row) else {
            continue;
        };
        let Some(verb) = calls.get(span.nr).and_then(|call| verb(call.name)) else {
            continue;
        };
        let pattern = files.pattern(id);
        let manages = || {
            let process = timeline.process_at(span.tgid, span.start_ns);
            process.is_some_and(|id| manages(roles.role_at(id, span.start_ns)))
        };
        if is_kernels(pattern) || (pattern.ends_with("/*") && manages()) {
            causes.note_call(row, &format!("{verb} {pattern}"));
        }
    }
}

fn is_kernels(pattern: &str) -> bool {
    pattern.starts_with("/proc/") || pattern.starts_with("/sys/")
}

fn manages(role: Role) -> bool {
    match role {
        Role::Client | Role::Manager | Role::Shim | Role::Runtime | Role::Helper => true,
        Role::Container | Role::KernelThread | Role::Other => false,
    }
}

fn verb(call: &str) -> Option<&'static str> {
    let verb = match syscall::nature_of(call)?.file_work()? {
        FileWork::Open => "opens",
        FileWork::Read => "reads",
        FileWork::Write => "writes",
        FileWork::Sync => "syncs",
        FileWork::Metadata => "looks at",
        FileWork::Close => "closes",
    };
    Some(verb)
}
