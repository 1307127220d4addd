//! The numbers of tracks, and events on them.

use super::Event;
use super::interned::{Argument, Value};
use super::message::{INSTANT, SLICE_BEGIN, SLICE_END};

/// Kinds of tracks: the upper half of a track's number.
const PROCESS: u64 = 1;
const THREAD: u64 = 2;
const STAGE: u64 = 3;
const RUN: u64 = 4;
const COUNTER: u64 = 5;

const fn numbered(kind: u64, number: u64) -> u64 {
    (kind << 32) | number
}

/// The track of a process. Where its number recurs, both are on one track.
pub(super) const fn of_process(tgid: u32) -> u64 {
    numbered(PROCESS, tgid as u64)
}

/// The track of a thread. Where its number recurs, both are on one track.
pub(super) const fn of_thread(tid: u32) -> u64 {
    numbered(THREAD, tid as u64)
}

/// The track of a critical path, by its position.
pub(super) const fn of_path(index: usize) -> u64 {
    numbered(STAGE, index as u64)
}

/// The track of the stages of a run.
pub(super) const fn of_run(run: usize) -> u64 {
    numbered(RUN, run as u64)
}

/// The track of a counter, by its position.
pub(super) const fn of_counter(index: usize) -> u64 {
    numbered(COUNTER, index as u64)
}

/// The beginning of a slice.
pub(super) fn begin(track: u64, arguments: Vec<Argument>) -> Event {
    Event {
        kind: SLICE_BEGIN,
        track,
        arguments,
        ..Event::default()
    }
}

/// The end of the innermost slice.
pub(super) fn end(track: u64) -> Event {
    Event {
        kind: SLICE_END,
        track,
        ..Event::default()
    }
}

/// Something that takes no time.
pub(super) fn instant(track: u64, arguments: Vec<Argument>) -> Event {
    Event {
        kind: INSTANT,
        track,
        arguments,
        ..Event::default()
    }
}

/// An argument that is a text.
pub(super) fn text(name: &'static str, text: &str) -> Argument {
    Argument {
        name,
        value: Value::Text(text.to_owned()),
    }
}

/// An argument that is a number.
pub(super) fn number(name: &'static str, number: i64) -> Argument {
    Argument {
        name,
        value: Value::Number(number),
    }
}

/// Arguments that are texts, those that are empty left out.
pub(super) fn texts(pairs: &[(&'static str, &str)]) -> Vec<Argument> {
    let given = pairs.iter().filter(|(_, value)| !value.is_empty());
    given.map(|(name, value)| text(name, value)).collect()
}
