//! One stage: its phases, its processes, its system calls, its waits for kernel locks and for CPU
//! quota, its page faults and memory limits.

use std::io;

use super::commands;
use super::functions;
use super::ink::Ink;
use super::line::{Line, Page};
use super::memory;
use super::phases;
use super::quantity::{count, duration, grouped};
use super::waterfall;
use super::work;
use analysis::report::path::StagePath;
use analysis::report::{LockRow, ProcessGroup, QuotaRow, StageReport, SyscallRow};
use trace::role::Role;

/// Rows drawn of each table.
const PROCESSES: usize = 8;
const SYSCALLS: usize = 8;
const LOCKS: usize = 5;
const QUOTAS: usize = 5;

/// Columns of the name of a role, of a time and of a count, gaps included.
const ROLE: usize = 15;
const TIME: usize = 10;
const COUNT: usize = 11;

/// Writes a stage.
pub(super) fn write(
    page: &mut Page<'_>,
    stage: &StageReport,
    path: Option<&StagePath>,
) -> io::Result<()> {
    page.rule(&stage.name, &duration(stage.wall_ns))?;
    commands::write(page, stage)?;
    if stage.phases.is_empty() {
        page.write(
            Line::new()
                .gap(2)
                .text(Ink::Dim, "nothing was recorded in this stage"),
        )?;
    } else {
        phases::write(page, stage)?;
        functions::write(page, stage)?;
    }
    if let Some(path) = path.filter(|path| !path.segments.is_empty()) {
        page.blank()?;
        waterfall::write(page, path)?;
    }
    write_processes(page, &stage.process_groups())?;
    write_syscalls(page, &stage.syscalls)?;
    work::write_errors(page, &stage.errors)?;
    work::write_files(page, &stage.files)?;
    write_locks(page, &stage.locks)?;
    write_quotas(page, &stage.quotas)?;
    memory::write_faults(page, &stage.process_groups())?;
    memory::write_limits(page, &stage.memory_limits)
}

/// Processes, those of a role together, roles in the order of their longest process.
fn write_processes(page: &mut Page<'_>, groups: &[ProcessGroup]) -> io::Result<()> {
    if groups.is_empty() {
        return Ok(());
    }
    page.blank()?;
    let is_roomy = page.is_roomy();
    let name = page.columns() - 2 - ROLE - TIME - page.if_roomy(TIME + COUNT);
    page.write(
        Line::new()
            .gap(2)
            .left(Ink::Dim, "role", ROLE)
            .left(Ink::Dim, "process", name)
            .right_if(is_roomy, Ink::Dim, "on CPU", TIME)
            .right(Ink::Dim, "busy", TIME)
            .right_if(is_roomy, Ink::Dim, "syscalls", COUNT),
    )?;
    let mut role = None;
    for group in by_role(groups, page.rows(PROCESSES)) {
        let label = if role == Some(group.role) {
            ""
        } else {
            group.role.name()
        };
        role = Some(group.role);
        page.write(process_line(group, label, name, is_roomy))?;
    }
    write_more(page, groups.len(), PROCESSES, "processes")
}

/// The longest groups, sorted by role without changing the order otherwise.
fn by_role(groups: &[ProcessGroup], most: usize) -> Vec<&ProcessGroup> {
    let longest: Vec<&ProcessGroup> = groups.iter().take(most).collect();
    let mut roles: Vec<Role> = Vec::new();
    for group in &longest {
        if !roles.contains(&group.role) {
            roles.push(group.role);
        }
    }
    roles
        .into_iter()
        .flat_map(|role| {
            longest
                .iter()
                .copied()
                .filter(move |group| group.role == role)
        })
        .collect()
}

fn process_line(group: &ProcessGroup, label: &str, name: usize, is_roomy: bool) -> Line {
    let number = match group.pids.as_slice() {
        [pid] => format!(" {pid}"),
        pids => format!(" ×{}", pids.len()),
    };
    let process = Line::new()
        .text(
            Ink::Plain,
            &super::fit::elide_middle(
                &super::fit::clean(&group.comm),
                name.saturating_sub(number.len() + 1)
                    .min(if is_roomy { name - 12 } else { name }),
            ),
        )
        .text(Ink::Dim, &number);
    let padding = name.saturating_sub(process.width());
    Line::new()
        .gap(2)
        .left(Ink::Role(group.role), label, ROLE)
        .line(process)
        .gap(padding)
        .right_if(is_roomy, Ink::Plain, &duration(group.cpu_ns), TIME)
        .right(Ink::Strong, &duration(group.thread_ns), TIME)
        .right_if(is_roomy, Ink::Plain, &count(group.syscalls), COUNT)
}

fn write_syscalls(page: &mut Page<'_>, rows: &[SyscallRow]) -> io::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    page.blank()?;
    let is_roomy = page.is_roomy();
    let name = page.columns() - 2 - COUNT - TIME - page.if_roomy(8 + 3 * TIME);
    let heading = Line::new()
        .gap(2)
        .left(Ink::Dim, "system call", name)
        .right(Ink::Dim, "count", COUNT)
        .right_if(is_roomy, Ink::Dim, "errors", 8)
        .right(Ink::Dim, "total", TIME);
    let heading = ["p50", "p99", "max"]
        .into_iter()
        .fold(heading, |line, title| {
            line.right_if(is_roomy, Ink::Dim, title, TIME)
        });
    page.write(heading)?;
    for row in rows.iter().take(page.rows(SYSCALLS)) {
        page.write(syscall_line(row, name, is_roomy))?;
    }
    write_more(page, rows.len(), SYSCALLS, "system calls")
}

fn syscall_line(row: &SyscallRow, name: usize, is_roomy: bool) -> Line {
    let errors = if row.errors == 0 {
        String::new()
    } else {
        count(row.errors)
    };
    Line::new()
        .gap(2)
        .left(Ink::Plain, &row.name, name)
        .right(Ink::Plain, &count(row.count), COUNT)
        .right_if(is_roomy, Ink::Warning, &errors, 8)
        .right(Ink::Strong, &duration(row.total_ns), TIME)
        .right_if(is_roomy, Ink::Plain, &duration(row.p50_ns), TIME)
        .right_if(is_roomy, Ink::Plain, &duration(row.p99_ns), TIME)
        .right_if(is_roomy, Ink::Plain, &duration(row.max_ns), TIME)
}

fn write_locks(page: &mut Page<'_>, rows: &[LockRow]) -> io::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    page.blank()?;
    let name = page.columns() - 2 - TIME - COUNT;
    page.write(
        Line::new()
            .gap(2)
            .left(Ink::Dim, "kernel lock", name)
            .right(Ink::Dim, "waits", COUNT)
            .right(Ink::Dim, "waited", TIME),
    )?;
    for row in rows.iter().take(page.rows(LOCKS)) {
        page.write(
            Line::new()
                .gap(2)
                .left(Ink::Plain, &row.name, name)
                .right(Ink::Plain, &count(row.count), COUNT)
                .right(Ink::Strong, &duration(row.wait_ns), TIME),
        )?;
    }
    write_more(page, rows.len(), LOCKS, "locks")
}

fn write_quotas(page: &mut Page<'_>, rows: &[QuotaRow]) -> io::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    page.blank()?;
    let is_roomy = page.is_roomy();
    let name = page.columns() - 2 - TIME - page.if_roomy(TIME + COUNT);
    page.write(
        Line::new()
            .gap(2)
            .left(Ink::Dim, "CPU quota of", name)
            .right(Ink::Dim, "on path", TIME)
            .right_if(is_roomy, Ink::Dim, "all", TIME)
            .right_if(is_roomy, Ink::Dim, "periods", COUNT),
    )?;
    for row in rows.iter().take(page.rows(QUOTAS)) {
        let (quota, period) = (duration(row.quota_ns), duration(row.period_ns));
        let limit = format!(
            "{}: {quota} of each {period}",
            super::fit::clean(&row.group)
        );
        let on_path = row.critical_path_ns.map(duration).unwrap_or_default();
        page.write(
            Line::new()
                .gap(2)
                .left(Ink::Plain, &limit, name)
                .right(Ink::Strong, &on_path, TIME)
                .right_if(is_roomy, Ink::Plain, &duration(row.thread_ns), TIME)
                .right_if(is_roomy, Ink::Plain, &count(row.periods), COUNT),
        )?;
    }
    write_more(page, rows.len(), QUOTAS, "quotas")
}

/// Says how many rows were not drawn, of a table that has `usual` by itself.
pub(super) fn write_more(
    page: &mut Page<'_>,
    rows: usize,
    usual: usize,
    what: &str,
) -> io::Result<()> {
    match rows.checked_sub(page.rows(usual)) {
        None | Some(0) => Ok(()),
        Some(more) => {
            let text = format!("and {} more {what}", grouped(more as u64));
            page.write(Line::new().gap(2).text(Ink::Dim, &text))
        }
    }
}
