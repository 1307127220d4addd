//! The end of what a life had: its control groups and its mounts.

use super::Edge;
use super::life::Life;
use crate::attribution::role::Roles;
use crate::timeline::Timeline;
use trace::role::Role;
use trace::rows::{CgroupEvent, Span};

/// When the last of a life's groups and mounts was gone, if any went within the recording.
pub(super) fn removed(timeline: &Timeline<'_>, roles: &Roles, life: &Life) -> Option<Edge> {
    let remains = Remains {
        timeline,
        roles,
        life,
    };
    let groups = remains.last_group();
    let mounts = remains.last_unmount();
    groups
        .into_iter()
        .chain(mounts)
        .max_by_key(|edge| edge.at_ns)
}

struct Remains<'l, 'a> {
    timeline: &'l Timeline<'a>,
    roles: &'l Roles,
    life: &'l Life,
}

impl<'a> Remains<'_, 'a> {
    /// The time between init's end and the next life.
    fn is_after(&self, at_ns: u64) -> bool {
        (self.life.ended_ns()..self.life.next_ns).contains(&at_ns)
    }

    /// The removal of the last group that init was in, or that is named after the container.
    fn last_group(&self) -> Option<Edge> {
        let events = &self.timeline.tables().cgroups;
        let removals = events
            .iter()
            .filter(|event| event.operation == "rmdir" && self.is_after(event.at_ns))
            .filter(|event| self.names(&event.path) || self.is_inits(event));
        let last = removals.max_by_key(|event| event.at_ns)?;
        Some(Edge {
            at_ns: last.at_ns,
            tid: last.tid,
        })
    }

    fn is_inits(&self, removal: &CgroupEvent) -> bool {
        let tgid = self.timeline.process(self.life.init).tgid;
        let mut events = self.timeline.tables().cgroups.iter();
        events.any(|attach| {
            attach.operation == "attach"
                && attach.target_tid == tgid
                && (self.life.begun_ns..=self.life.ended_ns()).contains(&attach.at_ns)
                && (attach.hierarchy, attach.id) == (removal.hierarchy, removal.id)
        })
    }

    /// The end of the last unmount, by a manager or shim, of what is named after the container.
    fn last_unmount(&self) -> Option<Edge> {
        let spans = self.timeline.tables().spans.iter();
        let unmounts = spans.filter(|span| {
            let path = span.text.and_then(|text| self.timeline.text(text));
            span.result == 0
                && self.is_after(span.start_ns)
                && self.timeline.syscall_name(span.nr) == Some("umount2")
                && self.is_outside(span)
                // Last, since it goes through all calls.
                && path.is_some_and(|path| self.names(path) || self.is_of_life(path))
        });
        let end_ns = |span: &Span| span.start_ns + span.duration_ns;
        let last = unmounts.max_by_key(|span| end_ns(span))?;
        Some(Edge {
            at_ns: end_ns(last),
            tid: last.tid,
        })
    }

    /// Whether a folder was mounted on for this life alone: from when its runtime or shim was
    /// called to its program, and at no other time. An engine mounts its own folders in every
    /// process.
    fn is_of_life(&self, path: &str) -> bool {
        let program_ns = self.life.program.map_or(u64::MAX, |program| program.at_ns);
        let spans = self.timeline.tables().spans.iter();
        let mounts = spans.filter(|span| {
            span.result == 0
                && span.text2.and_then(|text| self.timeline.text(text)) == Some(path)
                && self.timeline.syscall_name(span.nr) == Some("mount")
        });
        let mut times = mounts.map(|span| span.start_ns).peekable();
        times.peek().is_some()
            && times.all(|at_ns| (self.life.begun_ns..program_ns).contains(&at_ns))
    }

    fn is_outside(&self, span: &Span) -> bool {
        let process = self.timeline.process_at(span.tgid, span.start_ns);
        process.is_some_and(|process| {
            matches!(
                self.roles.role_at(process, span.start_ns),
                Role::Manager | Role::Shim
            )
        })
    }

    fn names(&self, path: &str) -> bool {
        !self.life.id.is_empty() && path.contains(&self.life.id)
    }
}
