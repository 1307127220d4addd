//! The work of system calls by what it was on: files by path, and failures by error.

use std::cmp::Reverse;
use std::collections::HashMap;

use crate::attribution::Attribution;
use crate::attribution::cause::failing::errno_of;
use crate::attribution::critical_path::Piece;
use crate::attribution::files::PatternId;
use crate::participant::Participant;
use crate::report::{ErrorRow, FileRow};
use crate::syscall::is_error;
use trace::errno;
use trace::role::Role;
use trace::rows::Span;
use trace::syscall::{self, FileWork, Nature};

/// Rows that a report has of each.
const ROWS: usize = 64;
/// Failures below this number are in the table of system calls alone.
const FEW_ERRORS: u64 = 100;

type FileKey<'a> = (Role, &'a str, PatternId);
type ErrorKey<'a> = (Role, &'a str, u32, u16);

/// Sums by path and by error.
#[derive(Clone, Debug, Default)]
pub struct Work<'a> {
    files: HashMap<FileKey<'a>, FileSum>,
    errors: HashMap<ErrorKey<'a>, ErrorSum>,
}

#[derive(Clone, Copy, Debug, Default)]
struct FileSum {
    opens: u64,
    reads: u64,
    writes: u64,
    others: u64,
    bytes: u64,
    thread_ns: u64,
    critical_path_ns: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct ErrorSum {
    count: u64,
    thread_ns: u64,
    critical_path_ns: u64,
    largest_argument: u64,
}

impl<'a> Work<'a> {
    /// Adds a piece of the critical path.
    pub fn add_piece(&mut self, attribution: &Attribution<'_, 'a>, piece: &Piece) {
        let Some(row) = piece.span else {
            return;
        };
        let timeline = attribution.timeline();
        let span = timeline.span(row);
        let duration_ns = piece.end_ns - piece.start_ns;
        let process = timeline.thread(piece.thread).process;
        let role = attribution.roles().role_at(process, piece.start_ns);
        let comm = attribution.name(piece.thread, piece.start_ns);
        if let Some(pattern) = attribution.files().of_span(row) {
            let file = self.files.entry((role, comm, pattern)).or_default();
            file.critical_path_ns += duration_ns;
        }
        if is_error(span.result) {
            let key = (role, comm, span.nr, errno_of(span.result));
            self.errors.entry(key).or_default().critical_path_ns += duration_ns;
        }
    }

    /// Adds a call that counts in the stage.
    pub fn add_call(&mut self, part: &Participant<'_, 'a>, row: u32) {
        let attribution = part.attribution;
        let span = attribution.timeline().span(row);
        let pattern = attribution.files().of_span(row);
        let fails = is_error(span.result);
        if pattern.is_none() && !fails {
            return;
        }
        let role = attribution
            .roles()
            .role_at(part.thread.process, span.start_ns);
        let comm = attribution.name(part.id, span.start_ns);
        if let Some(pattern) = pattern {
            let name = attribution.timeline().syscall_name(span.nr);
            let file = self.files.entry((role, comm, pattern)).or_default();
            file.add(name.unwrap_or_default(), span);
        }
        if fails {
            let key = (role, comm, span.nr, errno_of(span.result));
            let error = self.errors.entry(key).or_default();
            error.count += 1;
            error.thread_ns += span.duration_ns;
            error.largest_argument = error.largest_argument.max(span.arg0);
        }
    }

    /// The files, those first on which the critical path spends most.
    pub fn file_rows(&self, attribution: &Attribution<'_, '_>) -> Vec<FileRow> {
        let rows = self
            .files
            .iter()
            .map(|(&(role, comm, pattern), sum)| FileRow {
                role,
                comm: comm.to_owned(),
                path: attribution.files().pattern(pattern).to_owned(),
                opens: sum.opens,
                reads: sum.reads,
                writes: sum.writes,
                others: sum.others,
                bytes: sum.bytes,
                thread_ns: sum.thread_ns,
                critical_path_ns: sum.critical_path_ns,
            });
        let mut rows: Vec<FileRow> = rows.collect();
        rows.sort_by(|a, b| {
            let rank = |row: &FileRow| Reverse((row.critical_path_ns, row.thread_ns));
            let name = |row: &FileRow| (row.role, row.comm.clone(), row.path.clone());
            rank(a).cmp(&rank(b)).then_with(|| name(a).cmp(&name(b)))
        });
        rows.truncate(ROWS);
        rows
    }

    /// The failures of which there are many, most first.
    pub fn error_rows(&self, attribution: &Attribution<'_, '_>) -> Vec<ErrorRow> {
        let timeline = attribution.timeline();
        let many = self
            .errors
            .iter()
            .filter(|(_, sum)| sum.count >= FEW_ERRORS);
        let rows = many.map(|(&(role, comm, number, error), sum)| {
            let syscall = timeline.syscall_name(number);
            let syscall = syscall.map_or_else(|| format!("syscall {number}"), str::to_owned);
            let takes_descriptor =
                syscall::class_of(&syscall).has(profiler_common::SyscallClass::FD0);
            ErrorRow {
                role,
                comm: comm.to_owned(),
                syscall,
                error: errno::name(error),
                count: sum.count,
                thread_ns: sum.thread_ns,
                critical_path_ns: sum.critical_path_ns,
                largest_descriptor: takes_descriptor.then_some(sum.largest_argument),
            }
        });
        let mut rows: Vec<ErrorRow> = rows.collect();
        rows.sort_by(|a, b| {
            let name = |row: &ErrorRow| (row.role, row.comm.clone(), row.syscall.clone());
            b.count.cmp(&a.count).then_with(|| name(a).cmp(&name(b)))
        });
        rows.truncate(ROWS);
        rows
    }
}

impl FileSum {
    fn add(&mut self, call: &str, span: &Span) {
        self.thread_ns += span.duration_ns;
        let moved = u64::try_from(span.result).unwrap_or(0);
        match syscall::nature_of(call) {
            Some(Nature::Files(FileWork::Open)) => self.opens += 1,
            Some(Nature::Files(FileWork::Read)) => {
                self.reads += 1;
                self.bytes += if syscall::moves_bytes(call) { moved } else { 0 };
            }
            Some(Nature::Files(FileWork::Write)) => {
                self.writes += 1;
                self.bytes += if syscall::moves_bytes(call) { moved } else { 0 };
            }
            Some(_) | None => self.others += 1,
        }
    }
}
