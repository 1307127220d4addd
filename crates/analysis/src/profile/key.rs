//! Which part of a stage a piece of time belongs to, and what is counted of it.

use super::PartKey;
use crate::attribution::cause::CauseId;
use crate::attribution::critical_path::{self, Piece};
use crate::attribution::file_system::FileSystem;
use crate::attribution::split::Share;
use crate::attribution::{Attribution, Category, Part};
use crate::participant::Participant;
use crate::timeline::ProcessId;
use trace::phase::Phase;
use trace::role::Role;
use trace::rows::Total;

/// Which part, in terms of the recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key<'a> {
    pub(super) role: Role,
    pub(super) category: Category<'a>,
    pub(super) syscall: Option<&'static str>,
    pub(super) cause: Option<CauseId>,
    pub(super) file_system: FileSystem,
}

/// One of those that are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Counted {
    /// A row of `spans`.
    Call(u32),
    /// A row of `off_cpu`.
    Wait(u32),
    /// A process.
    Process(ProcessId),
    /// Short calls that were added up in the kernel: a row of `totals`.
    ShortCalls(u32),
}

impl<'a> Key<'a> {
    /// The part of a piece.
    pub(super) fn of(attribution: &Attribution<'_, 'a>, piece: &Piece) -> Self {
        let timeline = attribution.timeline();
        let process = timeline.thread(piece.thread).process;
        let category = critical_path::category(attribution, piece);
        Self {
            role: attribution.roles().role_at(process, piece.start_ns),
            category,
            // A group's quota holds back a thread in whatever it does.
            syscall: critical_path::call_of(timeline, piece)
                .filter(|_| category.phase != Phase::Throttled),
            cause: attribution.causes().of(attribution, piece),
            file_system: file_system(attribution, piece, &category),
        }
    }

    /// The part of short calls that were added up in the kernel.
    pub(super) fn of_total(part: &Participant<'_, 'a>, total: &Total) -> Self {
        let category = part.attribution.total(total);
        Self {
            role: part
                .attribution
                .roles()
                .role_at(part.thread.process, total.to_ns),
            category,
            syscall: part.attribution.timeline().syscall_name(total.nr),
            cause: None,
            file_system: of_total(total, &category),
        }
    }

    /// The part of time that nothing is known of.
    pub(super) fn unknown() -> Self {
        Self {
            role: Role::Other,
            category: Category::unknown("no critical path"),
            syscall: None,
            cause: None,
            file_system: FileSystem::default(),
        }
    }

    /// Which of those that are counted a piece is of; see [`PartKey::counted`].
    pub(super) fn counted(&self, attribution: &Attribution<'_, 'a>, piece: &Piece) -> Counted {
        let process = attribution.timeline().thread(piece.thread).process;
        if let Some(Share::ShortCalls(row)) = piece.share {
            return Counted::ShortCalls(row);
        }
        let wait = || piece.off_cpu().map(Counted::Wait);
        let found = match (self.category.phase.is_wait(), self.syscall) {
            (true, _) => wait(),
            (false, Some(_)) => piece.span.map(Counted::Call).or_else(wait),
            (false, None) => None,
        };
        found.unwrap_or(Counted::Process(process))
    }

    /// The part by its names.
    pub(super) fn named(&self, attribution: &Attribution<'_, 'a>) -> PartKey {
        let subphase = match self.category.phase {
            // The part is the role.
            Phase::Observer | Phase::User => String::new(),
            Phase::Namespaces
            | Phase::Mounts
            | Phase::Storage
            | Phase::Cgroups
            | Phase::Network
            | Phase::Security
            | Phase::Process
            | Phase::Files
            | Phase::Memory
            | Phase::Sockets
            | Phase::Ipc
            | Phase::Locks
            | Phase::Rcu
            | Phase::Disk
            | Phase::Throttled
            | Phase::Runqueue
            | Phase::Unknown => self.category.part.kind(),
        };
        PartKey {
            role: self.role,
            phase: self.category.phase,
            subphase,
            syscall: self.syscall.map(str::to_owned),
            cause: attribution.causes().text(self.cause).to_owned(),
            file_system: name_of(self.file_system),
        }
    }
}

/// The name of a file system; empty for none.
pub(super) fn name_of(file_system: FileSystem) -> String {
    match file_system.magic() {
        0 => String::new(),
        _ => file_system.to_string(),
    }
}

/// The file system that a piece is about. A wait for a CPU is about none, whatever call it is in.
fn file_system(
    attribution: &Attribution<'_, '_>,
    piece: &Piece,
    category: &Category<'_>,
) -> FileSystem {
    if matches!(category.phase, Phase::Throttled | Phase::Runqueue) {
        return FileSystem::default();
    }
    if let Some(Share::ShortCalls(row)) = piece.share {
        return of_total(
            &attribution.timeline().tables().totals[row as usize],
            category,
        );
    }
    let by_call = || piece.span.map(|row| attribution.file_system(row));
    category
        .part
        .file_system()
        .or_else(by_call)
        .unwrap_or_default()
}

fn of_total(total: &Total, category: &Category<'_>) -> FileSystem {
    match category.part {
        Part::File(..) => category.part.file_system().unwrap_or_default(),
        Part::Named(_) | Part::Namespaces(_) | Part::Number(_) | Part::Behind(..) => {
            FileSystem::from_magic(total.fs_magic)
        }
    }
}
