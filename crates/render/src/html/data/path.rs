//! The critical path of a run: its pieces, the kernel stacks of those that were blocked, and the user stacks of
//! those that were sampled.

use std::collections::HashMap;

use analysis::attribution::Attribution;
use analysis::attribution::stack::below_call;
use analysis::functions::piece;
use analysis::lanes::path_pieces;
use analysis::report::path::{Segment, StagePath};
use analysis::stacks::KernelFunctions;
use serde::Serialize;

use super::lanes::LaneData;
use super::{Texts, phase_number, role_number, several};

/// The pieces of a run's critical paths, stage by stage, earliest first.
#[derive(Default, Serialize)]
pub(super) struct PathData {
    stage: Vec<u32>,
    start_ns: Vec<u64>,
    duration_ns: Vec<u64>,
    tid: Vec<u32>,
    /// The thread's lane; -1 of a thread that has none.
    lane: Vec<i32>,
    role: Vec<u8>,
    process: Vec<u32>,
    phase: Vec<u8>,
    part: Vec<u32>,
    call: Vec<u32>,
    /// Path, file system or lock.
    detail: Vec<u32>,
    cause: Vec<u32>,
    /// Kernel stack; -1 of a piece that has none.
    stack: Vec<i64>,
    /// User stack, by its position among those of all runs; -1 of a piece without samples.
    user: Vec<i64>,
    /// Who ended the wait after which its thread went on.
    woken_by: Vec<u32>,
    /// The rule of thumb that decided it.
    rule: Vec<u32>,
    /// The phases of short pieces that were put together; all else is of the longest of them.
    several: Vec<u32>,
}

/// Kernel stacks that are asked for.
pub(super) struct Kernel<'f> {
    functions: &'f KernelFunctions<'f>,
    asked: Vec<u32>,
}

impl<'f> Kernel<'f> {
    pub(super) fn new(functions: &'f KernelFunctions<'f>) -> Self {
        Self {
            functions,
            asked: Vec::new(),
        }
    }

    /// Their functions, outermost first.
    pub(super) fn finish(mut self, texts: &mut Texts) -> HashMap<u32, Vec<u32>> {
        self.asked.sort_unstable();
        self.asked.dedup();
        let stacks = self.asked.into_iter().map(|stack| {
            let functions = (self.functions)(stack);
            let functions: Vec<&str> = functions.iter().map(String::as_str).collect();
            let mut numbers: Vec<u32> = below_call(&functions)
                .map(|name| texts.number(name))
                .collect();
            numbers.reverse();
            (stack, numbers)
        });
        stacks.collect()
    }
}

/// A user stack: functions, outermost first, how many samples of the piece have it, and how many there are.
#[derive(Clone, PartialEq, Eq, Hash, Serialize)]
pub(super) struct UserStackData(Vec<u32>, usize, usize);

/// User stacks of pieces, each once.
pub(super) struct User<'r> {
    attribution: &'r Attribution<'r, 'r>,
    list: Vec<UserStackData>,
    numbers: HashMap<UserStackData, i64>,
}

impl<'r> User<'r> {
    pub(super) fn new(attribution: &'r Attribution<'r, 'r>) -> Self {
        Self {
            attribution,
            list: Vec::new(),
            numbers: HashMap::new(),
        }
    }

    pub(super) fn finish(self) -> Vec<UserStackData> {
        self.list
    }

    /// The position of a piece's stack; -1 if it has none.
    fn number(&mut self, segment: &Segment, texts: &mut Texts) -> i64 {
        let Some(stack) = piece::of_segment(self.attribution, segment) else {
            return -1;
        };
        let frames = stack.frames.iter().rev();
        let frames = frames.map(|frame| texts.number(&frame.shown())).collect();
        let stack = UserStackData(frames, stack.samples, stack.all);
        *self.numbers.entry(stack).or_insert_with_key(|stack| {
            self.list.push(stack.clone());
            self.list.len() as i64 - 1
        })
    }
}

/// The critical paths of a run that lasts from the first of `bounds_ns` on.
pub(super) fn of_run(
    paths: &[&StagePath],
    bounds_ns: (u64, u64),
    lanes: &[LaneData],
    (texts, kernel, user): (&mut Texts, &mut Kernel<'_>, &mut User<'_>),
) -> PathData {
    let mut by_tid: HashMap<u32, Vec<usize>> = HashMap::new();
    for (index, lane) in lanes.iter().enumerate() {
        by_tid.entry(lane.tid).or_default().push(index);
    }
    let mut data = PathData::default();
    let pieces = path_pieces(paths, bounds_ns.1 - bounds_ns.0);
    for (stage, pieces) in (0_u32..).zip(&pieces) {
        for folded in pieces {
            let piece = folded.segment;
            let of_number = by_tid.get(&piece.tid).map_or(&[][..], Vec::as_slice);
            let mut own = of_number
                .iter()
                .filter(|&&lane| lanes[lane].tgid == piece.tgid);
            let lane = own.next().and_then(|&lane| i32::try_from(lane).ok());
            data.stage.push(stage);
            data.start_ns
                .push(folded.start_ns.saturating_sub(bounds_ns.0));
            data.duration_ns.push(folded.duration_ns);
            data.several.push(texts.number(&several(&folded.sums)));
            data.lane.push(lane.unwrap_or(-1));
            data.user.push(user.number(piece, texts));
            data.add(piece, texts);
            kernel.asked.extend(piece.stack);
        }
    }
    data
}

impl PathData {
    fn add(&mut self, piece: &Segment, texts: &mut Texts) {
        let woken_by = piece.woken_by.as_ref().map(|wake| {
            let call = wake.syscall.as_deref().map(|call| format!(" in {call}"));
            let role = wake.role.name();
            format!(
                "{} {} ({role}){}",
                wake.comm,
                wake.tid,
                call.unwrap_or_default()
            )
        });
        self.tid.push(piece.tid);
        self.role.push(role_number(piece.role));
        self.process.push(texts.number(&piece.comm));
        self.phase.push(phase_number(piece.phase));
        self.part.push(texts.number(&piece.subphase));
        self.call
            .push(texts.number(piece.syscall.as_deref().unwrap_or_default()));
        self.detail.push(texts.number(&piece.detail));
        self.cause.push(texts.number(&piece.cause));
        self.stack.push(piece.stack.map_or(-1, i64::from));
        self.woken_by
            .push(texts.number(&woken_by.unwrap_or_default()));
        let rule = piece.heuristic.map_or("", |rule| rule.name());
        self.rule.push(texts.number(rule));
    }
}
