//! Traces for Perfetto: a lane for each tracked thread with its system calls and states, arrows for
//! wake-ups, the critical path of each stage, counters, and the scheduler's events of all CPUs, on which
//! Perfetto's own critical path works.

mod counters;
mod lanes;
mod message;
mod paths;
mod scheduler;
mod tracks;

use std::collections::HashMap;
use std::io::{self, Write};

use analysis::attribution::Attribution;
use analysis::report::path::StagePath;
use analysis::threads;
use message::{
    BOOTTIME, CLEARS_NAMES, Clock, ClockSnapshot, EventName, InternedData, MONOTONIC, NEEDS_NAMES,
    REALTIME, TracePacket, TrackDescriptor, TrackEvent,
};
use prost::Message;
use trace::manifest::Manifest;

use self::counters::Counters;

/// All packets are of one sequence, which has one table of names.
const SEQUENCE: u32 = 1;

/// Writes a recording. All times are those of the recording's clock, CLOCK_MONOTONIC.
///
/// # Errors
/// Those of `out`.
pub fn write(
    out: &mut dyn Write,
    manifest: &Manifest,
    attribution: &Attribution<'_, '_>,
    paths: &[StagePath],
) -> io::Result<()> {
    let mut trace = Trace::new(out);
    trace.clocks(manifest)?;
    paths::write(&mut trace, paths)?;
    let mut counters = Counters::default();
    let mut failure = Ok(());
    let mut lanes = lanes::Lanes::default();
    threads::each(attribution, &mut |life| {
        counters.add(&life);
        if failure.is_ok() {
            failure = lanes.write(&mut trace, &life);
        }
    });
    failure?;
    lanes::write_events(&mut trace, attribution.timeline())?;
    counters.write(&mut trace, manifest)?;
    scheduler::write(&mut trace, attribution.timeline())
}

/// A trace that is being written.
struct Trace<'o> {
    out: &'o mut dyn Write,
    names: HashMap<String, u64>,
    buffer: Vec<u8>,
}

impl<'o> Trace<'o> {
    fn new(out: &'o mut dyn Write) -> Self {
        Self {
            out,
            names: HashMap::new(),
            buffer: Vec::new(),
        }
    }

    /// Writes a packet as the field `packet` of the message `Trace`.
    fn packet(&mut self, packet: &TracePacket) -> io::Result<()> {
        /// Field 1 with a length: what each packet begins with.
        const PACKET: u8 = 0x0a;
        self.buffer.clear();
        self.buffer.push(PACKET);
        let encoded = packet.encode_length_delimited(&mut self.buffer);
        encoded.map_err(io::Error::other)?;
        self.out.write_all(&self.buffer)
    }

    /// Says that the trace's clock and the recording's are one, and what time it was.
    fn clocks(&mut self, manifest: &Manifest) -> io::Result<()> {
        let clock = |id, timestamp_ns| Clock { id, timestamp_ns };
        let started_ns = manifest.started_ns;
        self.packet(&TracePacket {
            sequence: SEQUENCE,
            sequence_flags: CLEARS_NAMES,
            clock_snapshot: Some(ClockSnapshot {
                clocks: vec![
                    clock(MONOTONIC, started_ns),
                    clock(BOOTTIME, started_ns),
                    clock(REALTIME, manifest.started_unix_ns),
                ],
            }),
            ..TracePacket::default()
        })
    }

    fn track(&mut self, descriptor: TrackDescriptor) -> io::Result<()> {
        self.packet(&TracePacket {
            sequence: SEQUENCE,
            track_descriptor: Some(descriptor),
            ..TracePacket::default()
        })
    }

    /// Writes an event of a track. Its name is written once for all events that have it.
    fn event(&mut self, at_ns: u64, name: &str, mut event: TrackEvent) -> io::Result<()> {
        let mut interned = None;
        if !name.is_empty() {
            let next = self.names.len() as u64 + 1;
            event.name_iid = match self.names.get(name) {
                Some(&iid) => iid,
                None => {
                    self.names.insert(name.to_owned(), next);
                    let event_names = vec![EventName {
                        iid: next,
                        name: name.to_owned(),
                    }];
                    interned = Some(InternedData { event_names });
                    next
                }
            };
        }
        self.packet(&TracePacket {
            timestamp: Some(at_ns),
            sequence: SEQUENCE,
            sequence_flags: NEEDS_NAMES,
            track_event: Some(event),
            interned,
            ..TracePacket::default()
        })
    }
}

#[cfg(test)]
mod tests;
