//! Samples in the pieces of a critical path.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::SampledStack;
use crate::attribution::critical_path::{self, Piece};
use crate::attribution::{Attribution, Category, stack};
use crate::timeline::{ProcessId, State, ThreadId};
use trace::phase::Phase;
use trace::role::Role;
use trace::rows::Sample;

/// Collects the samples of pieces that are on a CPU: of user time those taken in user mode, of a
/// call those taken in the kernel.
pub(crate) struct Collector<'c, 'a> {
    attribution: &'c Attribution<'c, 'a>,
    sums: HashMap<Key<'a>, (&'a Sample, u64)>,
}

/// What samples have in common that count as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key<'a> {
    role: Role,
    comm: &'a str,
    phase: Phase,
    syscall: Option<&'static str>,
    stack: Option<u32>,
    process: ProcessId,
    /// Programs that the process had run: an address is another function's in each.
    programs: usize,
}

impl<'c, 'a> Collector<'c, 'a> {
    pub(crate) fn new(attribution: &'c Attribution<'c, 'a>) -> Self {
        Self {
            attribution,
            sums: HashMap::new(),
        }
    }

    /// Adds the samples of a piece.
    pub(crate) fn add(&mut self, piece: &Piece, category: &Category<'a>) {
        // Which instants of user time were a share's is not known, so its samples tell of all of it.
        let (is_user, phase) = match (piece.state, piece.share) {
            (Some(State::User), None) => (true, category.phase),
            (Some(State::User), Some(_)) => (true, Phase::User),
            (Some(State::Syscall), None) => (false, category.phase),
            (Some(State::Syscall), Some(_))
            | (Some(State::Runnable(_) | State::Blocked(_)) | None, _) => return,
        };
        let attribution = self.attribution;
        let process = attribution.timeline().thread(piece.thread).process;
        let samples = attribution.samples();
        for &sample in samples.within(piece.thread, piece.start_ns, piece.end_ns) {
            if is_user != self.is_user(sample) {
                continue;
            }
            let key = Key {
                role: attribution.roles().role_at(process, piece.start_ns),
                comm: attribution.name(piece.thread, piece.start_ns),
                phase,
                syscall: critical_path::call_of(attribution.timeline(), piece)
                    .filter(|_| piece.share.is_none()),
                stack: if is_user {
                    sample.user_stack
                } else {
                    sample.kernel_stack
                },
                process,
                programs: self.programs(piece.thread, sample.at_ns),
            };
            match self.sums.entry(key) {
                Entry::Occupied(mut sum) => sum.get_mut().1 += 1,
                Entry::Vacant(place) => {
                    place.insert((sample, 1));
                }
            }
        }
    }

    /// Whether a sample is of the program's own work: not in a call, nor in what our probes do at
    /// its edges.
    fn is_user(&self, sample: &Sample) -> bool {
        let stacks = self.attribution.stacks();
        let kernel = sample
            .kernel_stack
            .map_or(&[][..], |id| stacks.functions(id));
        sample.syscall < 0 && !kernel.iter().any(|function| stack::is_probe(function))
    }

    fn programs(&self, thread: ThreadId, at_ns: u64) -> usize {
        let timeline = self.attribution.timeline();
        let execs = timeline.process(timeline.thread(thread).process).execs();
        execs.partition_point(|&row| timeline.tables().execs[row as usize].at_ns <= at_ns)
    }

    /// The samples, those with one stack together.
    pub(crate) fn finish(self) -> Vec<SampledStack> {
        let mut sums: BTreeMap<SampledStack, u64> = BTreeMap::new();
        for (key, (sample, samples)) in self.sums {
            *sums
                .entry(self.attribution.sampled(key, sample))
                .or_default() += samples;
        }
        let sums = sums.into_iter();
        sums.map(|(stack, samples)| SampledStack { samples, ..stack })
            .collect()
    }
}

impl<'a> Attribution<'_, 'a> {
    fn sampled(&self, key: Key<'a>, sample: &Sample) -> SampledStack {
        let is_user = key.phase == Phase::User || key.syscall.is_none();
        let kernel = sample.kernel_stack.filter(|_| !is_user);
        let kernel = kernel.map_or(&[][..], |id| self.stacks().functions(id));
        SampledStack {
            role: key.role,
            comm: key.comm.to_owned(),
            phase: key.phase,
            syscall: key.syscall.map(str::to_owned),
            user: if is_user {
                self.user_symbols().frames(sample)
            } else {
                Vec::new()
            },
            kernel: stack::below_call(kernel)
                .map(|&function| function.to_owned())
                .collect(),
            samples: 0,
        }
    }
}
