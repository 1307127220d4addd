//! The probes, as indexes into the per-CPU counters of how often each one ran.

macro_rules! probes {
    ($($(#[$doc:meta])* $variant:ident = $name:literal),+ $(,)?) => {
        /// A kernel program of ctrprof's.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u32)]
        pub enum Probe { $($(#[$doc])* $variant),+ }

        impl Probe {
            /// All of them, in the order of their indexes.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name of the tracepoint (or event) that it sits on.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }
        }
    };
}

probes! {
    /// Entry of a system call.
    SysEnter = "sys_enter",
    /// Exit of a system call.
    SysExit = "sys_exit",
    /// One thread leaves a CPU, another takes it.
    SchedSwitch = "sched_switch",
    /// A thread is being woken, seen in its waker.
    SchedWaking = "sched_waking",
    /// A thread is woken for the first time.
    SchedWakeupNew = "sched_wakeup_new",
    /// A thread has been woken, seen on the queue that it was put on.
    SchedWakeup = "sched_wakeup",
    /// A task is made.
    ProcessFork = "sched_process_fork",
    /// A task replaces its program.
    ProcessExec = "sched_process_exec",
    /// A task ends.
    ProcessExit = "sched_process_exit",
    /// A task takes another name.
    TaskRename = "task_rename",
    /// A wait for a kernel lock begins.
    ContentionBegin = "contention_begin",
    /// A wait for a kernel lock ends.
    ContentionEnd = "contention_end",
    /// A cgroup is made.
    CgroupMkdir = "cgroup_mkdir",
    /// A cgroup is removed.
    CgroupRmdir = "cgroup_rmdir",
    /// A task is moved into a cgroup.
    CgroupAttach = "cgroup_attach_task",
    /// A cgroup gets its first, or loses its last, task.
    CgroupPopulated = "cgroup_notify_populated",
    /// A signal is sent.
    SignalGenerate = "signal_generate",
    /// The CPU clock's sample.
    Sample = "cpu-clock",
}
