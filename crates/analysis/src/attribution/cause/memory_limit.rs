//! Memory limits: whose group, and how much; and what pages were read in page faults.

use super::Causes;
use super::quota::owner;
use crate::attribution::Attribution;
use crate::attribution::container::Containers;
use crate::attribution::faults::FaultKind;
use crate::attribution::stack::Cause;
use crate::report::CauseKind;
use crate::timeline::{ProcessId, ThreadId};
use trace::rows::{MemoryLimit, OffCpu};

/// Notes the limit of each process whose page faults take memory back, of each wait for memory, and of
/// each wait in a page fault for the disk.
pub(super) fn note(causes: &mut Causes, attribution: &Attribution<'_, '_>) {
    note_faults(causes, attribution);
    let timeline = attribution.timeline();
    for thread in timeline.thread_ids() {
        for &row in timeline.thread(thread).off_cpu() {
            let off_cpu = timeline.off_cpu(row);
            if let Some(text) = of_wait(attribution, thread, off_cpu) {
                causes.note_wait(row, &text);
            }
        }
    }
}

fn note_faults(causes: &mut Causes, attribution: &Attribution<'_, '_>) {
    let table = &attribution.timeline().tables().memory_limits;
    for (process, rows) in attribution.memory_limits().processes() {
        for &row in rows {
            let limit = &table[row as usize];
            let text = in_fault(attribution.containers(), limit);
            causes.note_kind(&text, CauseKind::MemoryLimit);
            causes.note_reclaim(process, limit.at_ns, &text);
        }
    }
}

fn of_wait(
    attribution: &Attribution<'_, '_>,
    thread: ThreadId,
    off_cpu: &OffCpu,
) -> Option<String> {
    let stack = off_cpu.stack.filter(|_| off_cpu.is_wait())?;
    let meaning = attribution.stacks().meaning(Some(stack))?;
    let timeline = attribution.timeline();
    let limits = attribution.memory_limits();
    let process: ProcessId = timeline.thread(thread).process;
    let containers = attribution.containers();
    match meaning.cause {
        Cause::Reclaim => {
            let limit = limits.at(timeline, process, off_cpu.from_ns)?;
            Some(in_wait(containers, limit))
        }
        Cause::Disk if meaning.in_page_fault => {
            let functions = attribution.stacks().functions(stack);
            let limit = limits.reached_by(timeline, process, off_cpu.from_ns);
            Some(major_fault(FaultKind::of(functions), containers, limit))
        }
        _ => None,
    }
}

/// Of page faults that take memory back.
pub fn in_fault(containers: &Containers, limit: &MemoryLimit) -> String {
    format!(
        "{}: page faults take memory back first",
        text(containers, limit)
    )
}

/// Of waits for memory that is taken back.
pub fn in_wait(containers: &Containers, limit: &MemoryLimit) -> String {
    format!("{}: memory is taken back first", text(containers, limit))
}

/// Of waits in page faults for pages, in a group that has reached its limit or in none.
pub fn major_fault(
    kind: FaultKind,
    containers: &Containers,
    limit: Option<&MemoryLimit>,
) -> String {
    let what = match kind {
        FaultKind::Swap => "major page faults on memory that was swapped out",
        FaultKind::Reclaim | FaultKind::File | FaultKind::CopyOnWrite | FaultKind::Other => {
            "major page faults on a mapped file"
        }
    };
    match limit {
        Some(limit) => format!("{}: {what}", text(containers, limit)),
        None => what.to_owned(),
    }
}

/// `memory limit of the container's group, 8 MiB`.
pub fn text(containers: &Containers, limit: &MemoryLimit) -> String {
    let kind = if limit.is_high {
        "memory.high"
    } else {
        "memory limit"
    };
    let owner = group(containers, limit);
    format!("{kind} of {owner}, {}", size(limit.limit_bytes))
}

/// Whose group it is.
pub fn group(containers: &Containers, limit: &MemoryLimit) -> String {
    owner(containers, &limit.name, limit.levels)
}

/// In the largest unit in which it is a whole number.
fn size(bytes: u64) -> String {
    const UNITS: [(u32, &str); 3] = [(30, "GiB"), (20, "MiB"), (10, "KiB")];
    let unit = UNITS
        .iter()
        .find(|(shift, _)| bytes != 0 && bytes.trailing_zeros() >= *shift);
    match unit {
        Some((shift, name)) => format!("{} {name}", bytes >> shift),
        None => format!("{bytes} bytes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_the_largest_unit_that_divides_them() {
        assert_eq!(size(8 << 20), "8 MiB");
        assert_eq!(size(3 << 30), "3 GiB");
        assert_eq!(size((1 << 20) + 4096), "1028 KiB");
        assert_eq!(size(100), "100 bytes");
    }
}
