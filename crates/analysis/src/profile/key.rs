//! Which part of a stage a piece of time belongs to, and what is counted of it.

use super::PartKey;
use crate::attribution::critical_path::{self, Piece};
use crate::attribution::file_system::FileSystem;
use crate::attribution::{Attribution, Category};
use crate::timeline::ProcessId;
use trace::phase::Phase;
use trace::role::Role;

/// Which part, in terms of the recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key<'a> {
    pub(super) role: Role,
    pub(super) category: Category<'a>,
    pub(super) syscall: Option<&'static str>,
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
            syscall: critical_path::call_of(timeline, piece),
            file_system: file_system(attribution, piece, &category),
        }
    }

    /// The part of time that nothing is known of.
    pub(super) fn unknown() -> Self {
        Self {
            role: Role::Other,
            category: Category::unknown("no critical path"),
            syscall: None,
            file_system: FileSystem::default(),
        }
    }

    /// Which of those that are counted a piece is of; see [`PartKey::counted`].
    pub(super) fn counted(&self, attribution: &Attribution<'_, 'a>, piece: &Piece) -> Counted {
        let process = attribution.timeline().thread(piece.thread).process;
        let wait = || piece.off_cpu().map(Counted::Wait);
        let found = match (self.category.phase.is_wait(), self.syscall) {
            (true, _) => wait(),
            (false, Some(_)) => piece.span.map(Counted::Call).or_else(wait),
            (false, None) => None,
        };
        found.unwrap_or(Counted::Process(process))
    }

    /// The part by its names.
    pub(super) fn named(&self) -> PartKey {
        let subphase = match self.category.phase {
            // The part is the role.
            Phase::Runqueue | Phase::User => String::new(),
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
            | Phase::Unknown => self.category.part.kind(),
        };
        PartKey {
            role: self.role,
            phase: self.category.phase,
            subphase,
            syscall: self.syscall.map(str::to_owned),
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
    if category.phase == Phase::Runqueue {
        return FileSystem::default();
    }
    let by_call = || piece.span.map(|row| attribution.file_system(row));
    category
        .part
        .file_system()
        .or_else(by_call)
        .unwrap_or_default()
}
