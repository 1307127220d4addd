//! The tasks that are older than the recording, from /proc (proc(5)).

use std::fs;
use std::path::Path;

use profiler_common::PF_KTHREAD;

use trace::rows::Task;

/// Every thread on the machine. Those that end meanwhile are left out.
pub fn tasks() -> Vec<Task> {
    numbers_in(Path::new("/proc"))
        .flat_map(threads_of)
        .collect()
}

/// Process numbers of a process and all its ancestors.
pub fn with_ancestors(pid: u32) -> Vec<u32> {
    let mut chain = vec![pid];
    while let Some(parent) = chain
        .last()
        .and_then(|&pid| stat_of(pid, pid))
        .map(|stat| stat.parent)
        && parent != 0
    {
        chain.push(parent);
    }
    chain
}

/// The given processes and all that descend from them.
pub fn with_descendants(roots: &[u32]) -> Vec<u32> {
    let mut family = roots.to_vec();
    let parents: Vec<(u32, u32)> = numbers_in(Path::new("/proc"))
        .filter_map(|pid| Some((pid, stat_of(pid, pid)?.parent)))
        .collect();
    let mut next = 0;
    while let Some(&parent) = family.get(next) {
        let children = parents
            .iter()
            .filter(|(_, of)| *of == parent)
            .map(|(pid, _)| *pid);
        let new: Vec<u32> = children.filter(|pid| !family.contains(pid)).collect();
        family.extend(new);
        next += 1;
    }
    family
}

fn threads_of(pid: u32) -> Vec<Task> {
    let exe = fs::read_link(format!("/proc/{pid}/exe"))
        .map(|path| path.to_string_lossy().into_owned())
        .unwrap_or_default();
    let inner = InnerPid::of(pid);
    numbers_in(Path::new(&format!("/proc/{pid}/task")))
        .filter_map(|tid| {
            let stat = stat_of(pid, tid)?;
            Some(Task {
                tid,
                tgid: pid,
                parent_tid: stat.parent,
                born_ns: None,
                exiting_ns: None,
                ended_ns: None,
                exit_code: 0,
                group_dead: false,
                comm: stat.comm,
                exe: exe.clone(),
                kernel_thread: stat.flags & PF_KTHREAD != 0,
                clone_flags: 0,
                inner_pid: inner.number,
                pid_namespace: inner.namespace,
                pid_level: inner.level,
                mount_namespace: namespace_of(pid, "mnt"),
                join_reason: String::new(),
                joined_ns: None,
                joined_by: None,
            })
        })
        .collect()
}

fn numbers_in(directory: &Path) -> impl Iterator<Item = u32> + use<> {
    fs::read_dir(directory)
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
}

#[derive(Debug, PartialEq, Eq)]
struct Stat {
    comm: String,
    parent: u32,
    flags: u32,
}

fn stat_of(pid: u32, tid: u32) -> Option<Stat> {
    parse_stat(&fs::read_to_string(format!("/proc/{pid}/task/{tid}/stat")).ok()?)
}

/// Name, parent and flags of `/proc/PID/stat`. The name may hold spaces and parentheses, so it ends
/// at the last parenthesis.
fn parse_stat(stat: &str) -> Option<Stat> {
    let (open, close) = (stat.find('(')?, stat.rfind(')')?);
    let mut fields = stat.get(close + 2..)?.split(' ');
    Some(Stat {
        comm: stat.get(open + 1..close)?.to_owned(),
        // state, ppid, pgrp, session, tty_nr, tpgid, flags
        parent: fields.nth(1)?.parse().ok()?,
        flags: fields.nth(4)?.parse().ok()?,
    })
}

struct InnerPid {
    number: u32,
    namespace: u32,
    level: u32,
}

impl InnerPid {
    /// From `NSpid` of `/proc/PID/status`: the numbers in all nested namespaces, innermost last.
    fn of(pid: u32) -> Self {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let numbers: Vec<u32> = status
            .lines()
            .find_map(|line| line.strip_prefix("NSpid:"))
            .map(|rest| {
                rest.split_whitespace()
                    .filter_map(|text| text.parse().ok())
                    .collect()
            })
            .unwrap_or_default();
        Self {
            number: numbers.last().copied().unwrap_or(pid),
            namespace: namespace_of(pid, "pid"),
            level: numbers.len().saturating_sub(1) as u32,
        }
    }
}

/// Inode number of a namespace of a process: `pid:[4026531836]`; 0 if it cannot be read.
fn namespace_of(pid: u32, kind: &str) -> u32 {
    let link = fs::read_link(format!("/proc/{pid}/ns/{kind}")).unwrap_or_default();
    let text = link.to_string_lossy();
    text.split_once('[')
        .and_then(|(_, rest)| rest.strip_suffix(']')?.parse().ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_spaces_and_parentheses_is_kept_whole() {
        let stat = "17 (a) b (c)) S 3 17 17 0 -1 69238880 0 0 0 0 0 0 0 0 20 0 1 0";
        let expected = Stat {
            comm: "a) b (c)".to_owned(),
            parent: 3,
            flags: 69_238_880,
        };
        assert_eq!(parse_stat(stat), Some(expected));
    }

    #[test]
    fn a_cut_line_is_refused() {
        assert_eq!(parse_stat("17 (a"), None);
        assert_eq!(parse_stat("17 (a) S 3"), None);
    }

    #[test]
    fn this_process_is_its_own_descendant_and_ancestor() {
        let pid = std::process::id();
        assert!(with_ancestors(pid).contains(&pid));
        assert!(with_descendants(&[pid]).contains(&pid));
        assert!(tasks().iter().any(|task| task.tgid == pid));
    }
}
