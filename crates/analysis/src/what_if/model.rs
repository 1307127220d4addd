//! The graph of a stage, with the classes of its time.

use std::collections::HashMap;

use super::class::{Class, Classes, Function};
use super::graph::{Graph, Stretch};
use crate::attribution::Attribution;
use crate::attribution::critical_path::graph::{RawGraph, RawStretch, build};
use crate::attribution::critical_path::{self, Piece, last_thread};
use crate::attribution::split::split;
use crate::attribution::stage::StageWindow;
use crate::functions::frame::UserFrame;
use crate::functions::sampled::Collector;
use crate::functions::{FEW_SAMPLES, SampledStack, tree};
use crate::timeline::{ProcessId, State};
use trace::phase::Phase;
use trace::role::Role;

/// A stage that can be replayed.
#[derive(Clone, Debug)]
pub struct Model {
    /// Its name.
    pub stage: String,
    /// What its end depended on.
    pub graph: Graph,
    /// The classes of its time.
    pub classes: Vec<Class>,
}

/// The model of a stage; nothing if the thread that its end belongs to is not in the recording.
pub fn model(
    attribution: &Attribution<'_, '_>,
    takes_part: &dyn Fn(ProcessId) -> bool,
    window: &StageWindow,
) -> Option<Model> {
    let thread = last_thread(attribution.timeline(), window)?;
    let bounds_ns = (window.start_ns, window.end_ns);
    let raw = build(attribution, takes_part, thread, bounds_ns);
    let (stretches, classes) = classified(attribution, &raw);
    Some(Model {
        stage: window.stage.name().to_owned(),
        graph: Graph {
            start_ns: window.start_ns,
            end_ns: window.end_ns,
            nodes: raw.nodes,
            stretches,
            end: raw.end,
        },
        classes,
    })
}

fn classified(attribution: &Attribution<'_, '_>, raw: &RawGraph) -> (Vec<Stretch>, Vec<Class>) {
    let mut classes = Classes::new(attribution);
    let mut sampled = Collector::new(attribution);
    let mut stretches = Vec::with_capacity(raw.stretches.len());
    for found in &raw.stretches {
        let mut parts = Vec::new();
        split(attribution, piece_of(found), &mut |piece| {
            let category = critical_path::category(attribution, &piece);
            sampled.add(&piece, &category);
            parts.push((classes.of(&piece, category), piece.end_ns - piece.start_ns));
        });
        stretches.push(Stretch {
            start_ns: found.start_ns,
            end_ns: found.end_ns,
            parts,
            is_timer: found.is_timer,
            is_latency: is_latency(attribution, found),
        });
    }
    let mut classes = classes.all;
    add_functions(&mut classes, &sampled.finish());
    (stretches, classes)
}

fn is_latency(attribution: &Attribution<'_, '_>, found: &RawStretch) -> bool {
    match found.interval.map(|interval| interval.state) {
        Some(State::Runnable(row)) => attribution.timeline().off_cpu(row).is_wait(),
        Some(State::Blocked(_) | State::User | State::Syscall) | None => false,
    }
}

fn piece_of(found: &RawStretch) -> Piece {
    Piece {
        thread: found.thread,
        start_ns: found.start_ns,
        end_ns: found.end_ns,
        state: found.interval.map(|interval| interval.state),
        span: found.interval.and_then(|interval| interval.span),
        heuristic: None,
        share: None,
    }
}

/// Gives the classes of user time the functions of their processes. Few samples are not divided.
fn add_functions(classes: &mut [Class], sampled: &[SampledStack]) {
    let mut groups: HashMap<(Role, &str), Vec<&SampledStack>> = HashMap::new();
    for stack in sampled.iter().filter(|stack| stack.phase == Phase::User) {
        let group = groups.entry((stack.role, &stack.comm)).or_default();
        group.push(stack);
    }
    let functions: HashMap<(Role, &str), Vec<Function>> = groups
        .into_iter()
        .map(|(key, stacks)| (key, functions(&stacks)))
        .collect();
    for class in classes
        .iter_mut()
        .filter(|class| class.phase == Phase::User)
    {
        let found = functions.get(&(class.role, class.process.as_str()));
        class.functions = found.cloned().unwrap_or_default();
    }
}

fn functions(stacks: &[&SampledStack]) -> Vec<Function> {
    let samples: u64 = stacks.iter().map(|stack| stack.samples).sum();
    if samples < FEW_SAMPLES {
        return Vec::new();
    }
    let given: Vec<(&[UserFrame], u64)> = stacks
        .iter()
        .map(|stack| (stack.user.as_slice(), stack.samples))
        .collect();
    let names = tree::names(&given).into_iter().zip(&given);
    names
        .map(|(name, &(_, samples))| Function {
            name: name.whole,
            part: name.part,
            samples,
        })
        .collect()
}
