//! Stacks of time, for the icicle.

use std::collections::HashMap;

use analysis::report::path::StagePath;
use analysis::stacks::{self, Frame, FrameKind, KernelFunctions};
use serde::Serialize;

use super::Texts;

/// A frame: its name, its kind (the position in the order of [`FrameKind`]) and its program or library.
#[derive(Serialize)]
pub(super) struct FrameData(u32, u8, u32);

/// The frames of a stack, outermost first, its time, whether the time was divided by samples, and the number of
/// its pieces.
#[derive(Serialize)]
pub(super) struct StackData(Vec<u32>, u64, u8, u64);

/// The frames of all stacks, each once.
#[derive(Default)]
pub(super) struct Frames {
    list: Vec<FrameData>,
    numbers: HashMap<Frame, u32>,
}

impl Frames {
    /// The stacks of some stages.
    pub(super) fn stacks(
        &mut self,
        paths: &[&StagePath],
        kernel: &KernelFunctions<'_>,
        texts: &mut Texts,
    ) -> Vec<StackData> {
        let stacks = paths.iter().flat_map(|path| stacks::of_stage(path, kernel));
        stacks
            .map(|stack| {
                let frames = stack.frames.iter();
                let frames = frames.map(|frame| self.number(frame, texts)).collect();
                StackData(
                    frames,
                    stack.total_ns,
                    stack.is_estimate.into(),
                    stack.pieces,
                )
            })
            .collect()
    }

    pub(super) fn finish(self) -> Vec<FrameData> {
        self.list
    }

    fn number(&mut self, frame: &Frame, texts: &mut Texts) -> u32 {
        if let Some(&number) = self.numbers.get(frame) {
            return number;
        }
        let number = self.list.len() as u32;
        let (name, module) = (texts.number(&frame.name), texts.number(&frame.module));
        self.list
            .push(FrameData(name, kind_number(frame.kind), module));
        self.numbers.insert(frame.clone(), number);
        number
    }
}

const fn kind_number(kind: FrameKind) -> u8 {
    match kind {
        FrameKind::Stage => 0,
        FrameKind::Role => 1,
        FrameKind::Process => 2,
        FrameKind::Phase => 3,
        FrameKind::Subphase => 4,
        FrameKind::Call => 5,
        FrameKind::Kernel => 6,
        FrameKind::User => 7,
    }
}
