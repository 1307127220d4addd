//! At level `summary` short calls are added up in the kernel, so their time lies in what looks like
//! user time. Of all of a thread's user time in a stage, each kind of short call has the share that
//! its own time on a CPU has; of the part that lies on the critical path it is given the same share.
//! That is an estimate: the totals do not say when in the stage each call was.

use std::collections::HashMap;

use super::PartTimes;
use super::key::Key;
use crate::attribution::Part;
use crate::attribution::file_system::FileSystem;
use crate::participant::Participant;
use crate::timeline::ThreadId;
use trace::rows::Total;

/// User time of a thread in one part, nanoseconds.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct UserTime {
    /// On the critical path.
    pub(super) path_ns: u64,
    /// All of it.
    pub(super) thread_ns: u64,
}

/// Moves the time of a thread's short calls from its user time to where it belongs. What was cut at
/// the stage's edge cannot take more than there is.
pub(super) fn take<'a>(
    part: &Participant<'_, 'a>,
    user: &mut HashMap<(ThreadId, Key<'a>), UserTime>,
    sums: &mut HashMap<Key<'a>, PartTimes>,
) {
    if part.thread.totals().is_empty() {
        return;
    }
    let mut own: Vec<(Key<'a>, UserTime)> = user
        .iter()
        .filter(|((id, _), _)| *id == part.id)
        .map(|((_, key), &time)| (*key, time))
        .collect();
    // A thread can change its role; the order must not depend on that of a hash.
    own.sort_by_key(|(key, _)| key.role);
    let whole = own
        .iter()
        .fold(UserTime::default(), |sum, (_, time)| UserTime {
            path_ns: sum.path_ns + time.path_ns,
            thread_ns: sum.thread_ns + time.thread_ns,
        });
    for total in part.totals() {
        let on_cpu_ns = total.total_ns.saturating_sub(total.off_cpu_ns);
        let path_ns = share(on_cpu_ns, whole);
        let taken = Taken {
            path_ns: take_from(&mut own, path_ns, sums, Side::Path),
            thread_ns: take_from(&mut own, on_cpu_ns, sums, Side::Thread),
        };
        let sum = sums.entry(key_of(part, total)).or_default();
        sum.path_ns += taken.path_ns;
        sum.path_count += share(u64::from(total.count), whole);
        sum.thread_ns += taken.thread_ns;
        sum.thread_count += u64::from(total.count);
    }
}

/// Time that was moved, nanoseconds.
struct Taken {
    path_ns: u64,
    thread_ns: u64,
}

/// Which of the two times.
#[derive(Clone, Copy)]
enum Side {
    Path,
    Thread,
}

/// Takes up to `wanted_ns` from the user time; gives how much that was.
fn take_from<'a>(
    own: &mut [(Key<'a>, UserTime)],
    wanted_ns: u64,
    sums: &mut HashMap<Key<'a>, PartTimes>,
    side: Side,
) -> u64 {
    let mut left_ns = wanted_ns;
    for (key, time) in own {
        let Some(sum) = sums.get_mut(key) else {
            continue;
        };
        let (have, sum_ns) = match side {
            Side::Path => (&mut time.path_ns, &mut sum.path_ns),
            Side::Thread => (&mut time.thread_ns, &mut sum.thread_ns),
        };
        let taken_ns = left_ns.min(*have);
        *have -= taken_ns;
        *sum_ns -= taken_ns;
        left_ns -= taken_ns;
    }
    wanted_ns - left_ns
}

/// `value` times the share of the user time that is on the critical path, rounded to the nearest.
fn share(value: u64, whole: UserTime) -> u64 {
    let whole_ns = u128::from(whole.thread_ns.max(1));
    let shared = (u128::from(value) * u128::from(whole.path_ns) + whole_ns / 2) / whole_ns;
    u64::try_from(shared).unwrap_or(u64::MAX)
}

/// The part of short calls.
fn key_of<'a>(part: &Participant<'_, 'a>, total: &Total) -> Key<'a> {
    let roles = part.attribution.roles();
    let category = part.attribution.total(total);
    let file_system = match category.part {
        Part::File(..) => category.part.file_system().unwrap_or_default(),
        Part::Named(_) | Part::Namespaces(_) | Part::Number(_) => {
            FileSystem::from_magic(total.fs_magic)
        }
    };
    Key {
        role: roles.role_at(part.thread.process, total.to_ns),
        category,
        syscall: part.attribution.timeline().syscall_name(total.nr),
        file_system,
    }
}
