//! Who, which stage, which phase: the meaning of a timeline.
//!
//! - [`category`]: a phase and its part, for any interval of any thread.
//! - [`call`], [`request`]: the phase of a system call, from its nature, its arguments, and what
//!   lies behind its descriptor or path ([`context`], [`path`], [`place`], [`file_system`]); [`files`]: which
//!   path it is, as a [`pattern`].
//! - [`blocked`], [`stack`], [`lock`]: what a blocked thread waits for, from its kernel stack.
//! - [`cpu_wait`]: why a thread that could run does not.
//! - [`cause`]: in words, what a wait was for or what a call worked on.
//! - [`kernel`]: the names of kernel functions and locks by which they tell.
//! - [`split`]: what of a stretch on a CPU is the probes' ([`observer`]), or short calls'
//!   (`short_calls`), or page faults' ([`faults`]).
//! - [`critical_path`]: who was waited for at each instant of a stage.
//! - [`role`], [`program`]: what each process is to the container.
//! - [`command`]: what a command line of an engine or runtime asks for.
//! - [`container`]: the containers, their identities and stages, where no marks tell.
//! - [`stage`]: when each stage of the lifecycle was.
//!
//! Everything is derived when a recording is read; nothing of it is stored.

mod bare_runtime;
pub mod blocked;
pub mod call;
pub mod category;
pub mod cause;
pub mod command;
pub mod container;
pub mod context;
pub mod cpu_wait;
pub mod critical_path;
pub mod fault_counts;
pub mod faults;
pub mod file_system;
pub mod files;
mod folders;
pub mod kernel;
pub mod lock;
pub mod memory_limit;
pub mod observer;
pub mod path;
pub mod pattern;
pub mod place;
pub mod program;
pub mod request;
pub mod role;
mod short_calls;
pub mod split;
pub mod stack;
pub mod stage;

use crate::functions::samples::{Samples, UserSymbols};
use crate::timeline::{Interval, ProcessId, State, ThreadId, Timeline};
use trace::manifest::Manifest;
use trace::phase::Phase;
use trace::rows::Total;

use call::{Arguments, Calls};
pub use category::{Category, Part};
use cause::Causes;
use container::Containers;
use context::Contexts;
use cpu_wait::CpuWaits;
use fault_counts::FaultCounts;
use faults::Faults;
use file_system::FileSystem;
use files::Files;
use memory_limit::MemoryLimits;
use observer::Observer;
use place::Context;
use role::Roles;
use short_calls::ShortCalls;
use stack::Stacks;

/// A recording with its roles, containers and kinds of work, beyond its timeline.
#[derive(Debug)]
pub struct Attribution<'t, 'a> {
    timeline: &'t Timeline<'a>,
    calls: Calls,
    roles: Roles,
    containers: Containers,
    contexts: Contexts,
    stacks: Stacks<'a>,
    cpu_waits: CpuWaits,
    causes: Causes,
    observer: Observer,
    short_calls: ShortCalls,
    faults: Faults,
    fault_counts: FaultCounts,
    memory_limits: MemoryLimits,
    samples: Samples<'a>,
    user_symbols: UserSymbols<'a>,
}

impl<'t, 'a> Attribution<'t, 'a> {
    /// Works out roles, paths behind descriptors, and what each stack means.
    pub fn new(manifest: &Manifest, timeline: &'t Timeline<'a>) -> Self {
        let calls = Calls::new(timeline.machine());
        let roles = Roles::new(manifest, timeline);
        let containers = Containers::new(manifest, timeline, &roles);
        let contexts = Contexts::new(timeline, &calls, &roles);
        let stacks = Stacks::new(timeline.tables());
        let cpu_waits = CpuWaits::new(manifest, timeline);
        let observer = Observer::new(manifest, timeline, &calls, &stacks);
        let short_calls = ShortCalls::new(timeline);
        let faults = Faults::new(timeline, &stacks);
        let mut attribution = Self {
            timeline,
            calls,
            roles,
            containers,
            contexts,
            stacks,
            cpu_waits,
            observer,
            short_calls,
            faults,
            fault_counts: FaultCounts::new(timeline),
            memory_limits: MemoryLimits::new(timeline),
            causes: Causes::default(),
            samples: Samples::new(timeline),
            user_symbols: UserSymbols::new(timeline.tables()),
        };
        attribution.causes = cause::found(&attribution);
        attribution
    }

    /// The timeline that it explains.
    pub fn timeline(&self) -> &'t Timeline<'a> {
        self.timeline
    }

    /// The roles of all processes.
    pub fn roles(&self) -> &Roles {
        &self.roles
    }

    /// The containers, and who worked for which.
    pub fn containers(&self) -> &Containers {
        &self.containers
    }

    /// The meanings of all stacks.
    pub fn stacks(&self) -> &Stacks<'a> {
        &self.stacks
    }

    /// The reasons of waits for a CPU.
    pub fn cpu_waits(&self) -> &CpuWaits {
        &self.cpu_waits
    }

    /// The paths that calls work on.
    pub fn files(&self) -> &Files {
        self.contexts.files()
    }

    /// The samples of each thread.
    pub fn samples(&self) -> &Samples<'a> {
        &self.samples
    }

    /// The functions at user addresses.
    pub fn user_symbols(&self) -> &UserSymbols<'a> {
        &self.user_symbols
    }

    /// The causes of waits and calls.
    pub fn causes(&self) -> &Causes {
        &self.causes
    }

    /// What ctrprof's own probes took.
    pub fn observer(&self) -> &Observer {
        &self.observer
    }

    /// Page faults by number.
    pub fn fault_counts(&self) -> &FaultCounts {
        &self.fault_counts
    }

    /// The memory limits that were reached.
    pub fn memory_limits(&self) -> &MemoryLimits {
        &self.memory_limits
    }

    /// Page faults in user mode.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// The name of a thread at `at_ns`, as people know it.
    pub fn name(&self, id: ThreadId, at_ns: u64) -> &'a str {
        let process = self.timeline.thread(id).process;
        let program = self.timeline.program(process, at_ns);
        program::shown_name(self.timeline.comm(id, at_ns), &program)
    }

    /// The name of a process at `at_ns`, as people know it.
    pub fn process_name(&self, id: ProcessId, at_ns: u64) -> &'a str {
        let program = self.timeline.program(id, at_ns);
        program::shown_name(self.timeline.process_comm(id, at_ns), &program)
    }

    /// The phase of a system call: a row of `spans`.
    pub fn call(&self, row: u32) -> Category<'a> {
        let span = self.timeline.span(row);
        self.calls
            .category(span.nr, &Arguments::of(span), self.contexts.of_span(row))
    }

    /// The file system that a system call works on, as far as its descriptor or path tells; none if
    /// they do not.
    pub fn file_system(&self, row: u32) -> FileSystem {
        let context = self.contexts.of_span(row);
        let magic = self.timeline.span(row).fs_magic;
        if magic == 0 || context.descriptor_is_elsewhere {
            context.place.file_system()
        } else {
            FileSystem::from_magic(magic)
        }
    }

    /// The phase of a system call of which only the number is known.
    pub fn call_by_number(&self, number: u32) -> Category<'a> {
        self.calls
            .category(number, &Arguments::default(), Context::default())
    }

    /// The phase of short calls that were added up in the kernel.
    pub fn total(&self, total: &Total) -> Category<'a> {
        let arguments = Arguments {
            fs_magic: total.fs_magic,
            socket_family: total.socket_family,
            ..Arguments::default()
        };
        let thread = self.timeline.thread_at(total.tid, total.to_ns);
        let trade = thread.map(|id| {
            let process = self.timeline.thread(id).process;
            self.roles.part_at(process, total.to_ns).trade
        });
        let context = Context::of_trade(trade.unwrap_or_default());
        self.calls.category(total.nr, &arguments, context)
    }

    /// The phase of any interval; of a wait for a CPU, when it begins ([`CpuWaits::cut`]).
    pub fn interval(&self, id: ThreadId, interval: &Interval) -> Category<'a> {
        match interval.state {
            State::User => self.user(id, interval),
            State::Syscall => interval
                .span
                .map_or(Category::unknown(""), |row| self.call(row)),
            State::Runnable(row) => cpu_wait::category(self, interval, row),
            State::Blocked(row) => blocked::category(self, id, interval, row),
        }
    }

    /// Whether a thread is one of the kernel's own.
    fn is_kernel_thread(&self, id: ThreadId) -> bool {
        let task = self.timeline.task(id);
        task.is_some_and(|task| task.kernel_thread)
    }

    fn user(&self, id: ThreadId, interval: &Interval) -> Category<'a> {
        let exiting_from_ns = self.timeline.thread(id).exiting_from_ns;
        if exiting_from_ns.is_some_and(|from_ns| interval.start_ns >= from_ns) {
            // It was killed, and is being taken down outside any call.
            return Category::named(Phase::Process, "exit");
        }
        if self.is_kernel_thread(id) {
            // The only work for which one is followed (`critical_path::ending`).
            return Category::named(Phase::Namespaces, "deletion");
        }
        Category {
            phase: Phase::User,
            part: Part::Named(self.role_name(id, interval.start_ns)),
        }
    }

    fn role_name(&self, id: ThreadId, at_ns: u64) -> &'static str {
        let process = self.timeline.thread(id).process;
        self.roles.role_at(process, at_ns).name()
    }
}

#[cfg(test)]
mod tests;
