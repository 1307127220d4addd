//! The table of tasks, built from /proc, forks, joins and exits.

use std::collections::{BTreeMap, HashMap};

use profiler_common::{ExitRecord, ForkRecord, JoinReason, JoinRecord};

use trace::rows::Task;

/// `TASK_DEAD` in a switch: the thread's last moment.
pub const TASK_DEAD: u32 = 0x80;

/// Tasks that live, and how their processes came to be tracked.
#[derive(Debug, Default)]
pub struct TaskTable {
    living: BTreeMap<u32, Task>,
    joins: HashMap<u32, Join>,
}

#[derive(Clone, Debug)]
struct Join {
    reason: JoinReason,
    at_ns: u64,
    by: Option<u32>,
}

impl TaskTable {
    /// Starts with the roots, which were tracked from `at_ns` on.
    pub fn new(roots: &[u32], at_ns: u64) -> Self {
        let root = |&tgid: &u32| {
            (
                tgid,
                Join {
                    reason: JoinReason::Root,
                    at_ns,
                    by: None,
                },
            )
        };
        Self {
            living: BTreeMap::new(),
            joins: roots.iter().map(root).collect(),
        }
    }

    /// A task that was there before. What its fork said, if that was seen too, is better.
    pub fn known(&mut self, task: Task) {
        self.living.entry(task.tid).or_insert(task);
    }

    /// A task is made.
    pub fn fork(&mut self, fork: &ForkRecord) {
        let at_ns = fork.header.at_ns;
        let is_process = fork.child_tid == fork.child_tgid;
        if fork.tracked != 0 && is_process {
            let join = Join {
                reason: JoinReason::Child,
                at_ns,
                by: Some(fork.header.tid),
            };
            self.joins.insert(fork.child_tgid, join);
        } else if is_process {
            // The number may have belonged to a tracked process that is gone.
            self.joins.remove(&fork.child_tgid);
        }
        let kernel_thread = self.is_kernel_thread(fork);
        self.living.insert(
            fork.child_tid,
            Task {
                tid: fork.child_tid,
                tgid: fork.child_tgid,
                parent_tid: fork.header.tid,
                born_ns: Some(at_ns),
                exiting_ns: None,
                ended_ns: None,
                exit_code: 0,
                group_dead: false,
                comm: super::text(&fork.comm),
                exe: String::new(),
                kernel_thread,
                clone_flags: fork.clone_flags,
                inner_pid: fork.inner_pid,
                pid_namespace: fork.pid_namespace,
                pid_level: fork.pid_level,
                mount_namespace: fork.mount_namespace,
                join_reason: String::new(),
                joined_ns: None,
                joined_by: None,
            },
        );
    }

    /// kthreadd (2) makes all kernel threads but those that a kernel thread makes itself.
    fn is_kernel_thread(&self, fork: &ForkRecord) -> bool {
        const KTHREADD: u32 = 2;
        let parent = self.living.get(&fork.header.tid);
        fork.header.tid == KTHREADD || parent.is_some_and(|parent| parent.kernel_thread)
    }

    /// A process joins.
    pub fn join(&mut self, join: &JoinRecord) {
        if let Some(reason) = JoinReason::from_u32(join.reason) {
            self.joins.entry(join.tgid).or_insert(Join {
                reason,
                at_ns: join.header.at_ns,
                by: Some(join.header.tid),
            });
        }
    }

    /// A task begins to end.
    pub fn exit(&mut self, exit: &ExitRecord) {
        if let Some(task) = self.living.get_mut(&exit.header.tid) {
            task.exiting_ns = Some(exit.header.at_ns);
            task.ended_ns = Some(exit.header.at_ns);
            task.exit_code = exit.exit_code;
            task.group_dead = exit.group_dead != 0;
        }
    }

    /// A thread that does not lead replaces the program: it takes the leader's number.
    pub fn exec(&mut self, old_tid: u32, tid: u32, at_ns: u64) -> Option<Task> {
        if old_tid == tid {
            return None;
        }
        let mut task = self.living.remove(&old_tid)?;
        let old_leader = self.living.remove(&tid);
        let mut ended = task.clone();
        ended.ended_ns = Some(at_ns);
        task.tid = tid;
        if let Some(leader) = &old_leader {
            task.parent_tid = leader.parent_tid;
            task.born_ns = leader.born_ns;
        }
        self.living.insert(tid, task);
        Some(self.with_join(ended))
    }

    /// A task's last switch: nothing more comes of it.
    pub fn dead(&mut self, tid: u32, at_ns: u64) -> Option<Task> {
        let mut task = self.living.remove(&tid)?;
        task.ended_ns = Some(at_ns);
        Some(self.with_join(task))
    }

    /// Tasks that live at the end.
    pub fn finish(mut self) -> Vec<Task> {
        let living = std::mem::take(&mut self.living);
        living
            .into_values()
            .map(|task| self.with_join(task))
            .collect()
    }

    fn with_join(&self, mut task: Task) -> Task {
        if let Some(join) = self.joins.get(&task.tgid) {
            task.join_reason = join.reason.name().to_owned();
            task.joined_ns = Some(join.at_ns.max(task.born_ns.unwrap_or(0)));
            task.joined_by = join.by;
        }
        task
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use profiler_common::{Context, Header, RecordKind};

    use super::*;

    fn header(kind: RecordKind, tid: u32, at_ns: u64) -> Header {
        Header {
            sequence: 0,
            at_ns,
            tid,
            cpu: 0,
            kind: kind as u8,
            context: Context::Task as u8,
        }
    }

    fn fork(parent: u32, child: u32, child_tgid: u32, tracked: bool) -> ForkRecord {
        ForkRecord {
            header: header(RecordKind::Fork, parent, 10),
            clone_flags: 0,
            parent_tgid: parent,
            child_tid: child,
            child_tgid,
            inner_pid: child,
            pid_namespace: 1,
            pid_level: 0,
            mount_namespace: 1,
            tracked: u32::from(tracked),
            comm: *b"sh\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
        }
    }

    #[test]
    fn threads_of_a_tracked_process_have_its_reason() {
        let mut table = TaskTable::new(&[1], 5);
        table.fork(&fork(1, 20, 20, true));
        table.fork(&fork(20, 21, 20, true));
        let thread = table.dead(21, 30).unwrap();
        assert_eq!(
            (thread.join_reason.as_str(), thread.ended_ns),
            ("child", Some(30))
        );
        assert_eq!(thread.comm, "sh");
    }

    #[test]
    fn a_number_that_is_used_again_is_not_tracked_again() {
        let mut table = TaskTable::new(&[], 0);
        table.fork(&fork(1, 20, 20, true));
        table.dead(20, 30);
        table.fork(&fork(1, 20, 20, false));
        assert_eq!(table.finish()[0].join_reason, "");
    }

    #[test]
    fn an_exec_by_another_thread_takes_the_number_of_the_leader() {
        let mut table = TaskTable::new(&[], 0);
        table.fork(&fork(1, 20, 20, false));
        table.fork(&fork(20, 21, 20, false));
        table.exec(21, 20, 15);
        let tids: Vec<_> = table.finish().iter().map(|task| task.tid).collect();
        assert_eq!(tids, [20]);
    }
}
