//! Before which instant another thread mattered than the one that is walked.
//!
//! | what the thread was before | who is walked there |
//! | --- | --- |
//! | not born: clone, fork, vfork | the thread that made it |
//! | known by another number: an exec by a thread that does not lead its process takes the leader's | the life under the old number |
//! | killed by `exit_group`: whichever thread of the process dies last wakes the parent, and that may be one that had nothing to do | the thread that called `exit_group` |

use crate::timeline::{Thread, ThreadId, Timeline};

/// Since when a thread is the one to walk, and which one is before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Origin {
    /// Since when.
    pub(super) at_ns: u64,
    /// Who is walked before; nothing if nobody is known.
    pub(super) before: Option<ThreadId>,
}

/// The origin of a thread that is walked back from `at_ns`.
pub(super) fn of(timeline: &Timeline<'_>, id: ThreadId, at_ns: u64) -> Origin {
    let thread = timeline.thread(id);
    let birth = birth(timeline, thread);
    match group_exit(timeline, id, thread, at_ns) {
        Some(exit) if exit.at_ns > birth.at_ns => exit,
        Some(_) | None => birth,
    }
}

/// The thread that mattered at `cursor_ns` if `thread` is the one that did at `at_ns`, later: that
/// from which a walk back from there would come.
pub(super) fn at(
    timeline: &Timeline<'_>,
    thread: ThreadId,
    mut at_ns: u64,
    cursor_ns: u64,
) -> ThreadId {
    let mut found = thread;
    loop {
        let origin = of(timeline, found, at_ns);
        match origin.before {
            // Only an exit of the process leads to a younger thread, and one once to another.
            Some(before) if origin.at_ns >= cursor_ns => {
                (found, at_ns) = (before, origin.at_ns.min(at_ns));
            }
            Some(_) | None => return found,
        }
    }
}

/// The birth of a thread, or of its number. Only a thread that is older can have been before it,
/// whatever damaged rows say, so that going from one to the other ends.
fn birth(timeline: &Timeline<'_>, thread: &Thread) -> Origin {
    if !thread.born_in_recording {
        return Origin {
            at_ns: 0,
            before: None,
        };
    }
    let before = thread.continues.or(thread.parent);
    Origin {
        at_ns: thread.born_ns,
        before: before.filter(|&before| timeline.thread(before).born_ns < thread.born_ns),
    }
}

/// The call of `exit_group` by another thread that brought this one down by `at_ns`.
fn group_exit(
    timeline: &Timeline<'_>,
    id: ThreadId,
    thread: &Thread,
    at_ns: u64,
) -> Option<Origin> {
    let (caller, called_ns) = timeline.process(thread.process).group_exit?;
    // A caller that is younger than its call is damage, and could lead back to this thread.
    let is_sound = timeline.thread(caller).born_ns < called_ns;
    (caller != id && is_sound && called_ns <= at_ns).then_some(Origin {
        at_ns: called_ns,
        before: Some(caller),
    })
}
