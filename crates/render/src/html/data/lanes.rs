//! Lanes of threads, with the calls that their pieces lie in.

use analysis::attribution::Attribution;
use analysis::lanes::{LanePiece, lanes};
use analysis::timeline::State;
use serde::Serialize;

use super::{Texts, phase_number, role_number, several};

/// A thread.
#[derive(Serialize)]
pub(super) struct LaneData {
    pub(super) tid: u32,
    pub(super) tgid: u32,
    role: u8,
    process: u32,
    comm: u32,
    /// Beginnings of the pieces.
    start_ns: Vec<u64>,
    duration_ns: Vec<u64>,
    phase: Vec<u8>,
    /// 0 user, 1 system call, 2 runnable, 3 blocked.
    state: Vec<u8>,
    /// Part of the phase.
    part: Vec<u32>,
    /// The system call, with its paths and result; of pieces that were put together, their phases.
    note: Vec<u32>,
}

/// The lanes of a run, and how many threads are left out.
pub(super) fn of_run(
    attribution: &Attribution<'_, '_>,
    (start_ns, end_ns): (u64, u64),
    texts: &mut Texts,
) -> (Vec<LaneData>, u64) {
    let (lanes, left_out) = lanes(attribution, (start_ns, end_ns));
    let lanes = lanes.iter().map(|lane| {
        let mut data = LaneData {
            tid: lane.tid,
            tgid: lane.tgid,
            role: role_number(lane.role),
            process: texts.number(lane.process),
            comm: texts.number(lane.comm),
            start_ns: Vec::new(),
            duration_ns: Vec::new(),
            phase: Vec::new(),
            state: Vec::new(),
            part: Vec::new(),
            note: Vec::new(),
        };
        for piece in &lane.pieces {
            data.start_ns.push(piece.start_ns - start_ns);
            data.duration_ns.push(piece.duration_ns);
            data.phase.push(phase_number(piece.category.phase));
            data.state.push(state_number(piece.state));
            data.part
                .push(texts.number(&piece.category.part.to_string()));
            data.note.push(texts.number(&note(attribution, piece)));
        }
        data
    });
    (lanes.collect(), left_out)
}

const fn state_number(state: State) -> u8 {
    match state {
        State::User => 0,
        State::Syscall => 1,
        State::Runnable(_) => 2,
        State::Blocked(_) => 3,
    }
}

fn note(attribution: &Attribution<'_, '_>, piece: &LanePiece<'_>) -> String {
    if !piece.sums.is_empty() {
        return several(&piece.sums);
    }
    let timeline = attribution.timeline();
    let Some(row) = piece.span else {
        return String::new();
    };
    let span = timeline.span(row);
    let name = timeline.syscall_name(span.nr).unwrap_or("system call");
    let texts = [span.text, span.text2, span.text3];
    let texts = texts.into_iter().flatten();
    let texts = texts.filter_map(|id| timeline.text(id));
    let arguments = texts.collect::<Vec<_>>().join(", ");
    format!("{name}({arguments}) = {}", span.result)
}
