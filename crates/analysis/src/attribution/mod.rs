//! Who, which stage, which phase: the meaning of a timeline.
//!
//! - [`category`]: a phase and its part, for any interval of any thread.
//! - [`call`], [`request`]: the phase of a system call, from its nature, its arguments, and what
//!   lies behind its descriptor or path ([`context`], [`path`], [`place`], [`file_system`]).
//! - [`blocked`], [`stack`], [`lock`]: what a blocked thread waits for, from its kernel stack.
//! - [`kernel`]: the names of kernel functions and locks by which they tell.
//! - [`critical_path`]: who was waited for at each instant of a stage.
//! - [`role`], [`program`]: what each process is to the container.
//! - [`container`]: the containers, their identities and stages, where no marks tell.
//! - [`stage`]: when each stage of the lifecycle was.
//!
//! Everything is derived when a recording is read; nothing of it is stored.

pub mod blocked;
pub mod call;
pub mod category;
pub mod container;
pub mod context;
pub mod critical_path;
pub mod file_system;
mod folders;
pub mod kernel;
pub mod lock;
pub mod path;
pub mod place;
pub mod program;
pub mod request;
pub mod role;
pub mod stack;
pub mod stage;

use crate::timeline::{Interval, ProcessId, State, ThreadId, Timeline};
use trace::manifest::Manifest;
use trace::phase::Phase;
use trace::rows::Total;

use call::{Arguments, Calls};
pub use category::{Category, Part};
use container::Containers;
use context::Contexts;
use file_system::FileSystem;
use place::Context;
use role::Roles;
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
}

impl<'t, 'a> Attribution<'t, 'a> {
    /// Works out roles, paths behind descriptors, and what each stack means.
    pub fn new(manifest: &Manifest, timeline: &'t Timeline<'a>) -> Self {
        let calls = Calls::new(timeline.machine());
        let roles = Roles::new(manifest, timeline);
        let containers = Containers::new(manifest, timeline, &roles);
        let contexts = Contexts::new(timeline, &calls, &roles);
        let stacks = Stacks::new(timeline.tables());
        Self {
            timeline,
            calls,
            roles,
            containers,
            contexts,
            stacks,
        }
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

    /// The phase of any interval.
    pub fn interval(&self, id: ThreadId, interval: &Interval) -> Category<'a> {
        match interval.state {
            State::User => self.user(id, interval),
            State::Syscall => interval
                .span
                .map_or(Category::unknown(""), |row| self.call(row)),
            State::Runnable(_) => Category {
                phase: Phase::Runqueue,
                part: Part::Named(self.role_name(id, interval.start_ns)),
            },
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
