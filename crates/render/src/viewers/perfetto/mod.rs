//! Traces for Perfetto: a lane for each tracked thread with its system calls and states, arrows for
//! wake-ups, the critical path of each stage, counters, and the scheduler's events of all CPUs, on which
//! Perfetto's own critical path works.

mod counters;
mod interned;
mod lanes;
mod message;
mod paths;
mod scheduler;
mod tracks;

use std::io::{self, Write};

use analysis::attribution::Attribution;
use analysis::report::path::StagePath;
use analysis::threads;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use message::{
    BOOTTIME, CLEARS_TEXTS, Clock, ClockSnapshot, MONOTONIC, NEEDS_TEXTS, REALTIME, TracePacket,
    TrackDescriptor, TrackEvent,
};
use prost::Message;
use trace::manifest::Manifest;

use self::counters::Counters;
use self::interned::{Argument, Interned};

/// All packets are of one sequence, which has one table of texts.
const SEQUENCE: u32 = 1;

/// Bytes of packets that are compressed together.
const TOGETHER: usize = 1 << 19;

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
    lanes.write_events(&mut trace, attribution.timeline())?;
    counters.write(&mut trace, manifest)?;
    scheduler::write(&mut trace, attribution.timeline())?;
    trace.flush()
}

/// A trace that is being written.
struct Trace<'o> {
    out: &'o mut dyn Write,
    texts: Interned,
    /// Packets that are not written yet.
    pending: Vec<u8>,
}

impl<'o> Trace<'o> {
    fn new(out: &'o mut dyn Write) -> Self {
        Self {
            out,
            texts: Interned::default(),
            pending: Vec::new(),
        }
    }

    /// Writes a packet, compressed together with others.
    fn packet(&mut self, packet: &TracePacket) -> io::Result<()> {
        append(&mut self.pending, packet)?;
        if self.pending.len() >= TOGETHER {
            self.flush()?;
        }
        Ok(())
    }

    /// Writes the packets that are not written yet.
    fn flush(&mut self) -> io::Result<()> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::default());
        zlib.write_all(&self.pending)?;
        self.pending.clear();
        let mut written = Vec::new();
        append(
            &mut written,
            &TracePacket {
                compressed_packets: Some(zlib.finish()?),
                ..TracePacket::default()
            },
        )?;
        self.out.write_all(&written)
    }

    /// Says that the trace's clock and the recording's are one, and what time it was.
    fn clocks(&mut self, manifest: &Manifest) -> io::Result<()> {
        let clock = |id, timestamp_ns| Clock { id, timestamp_ns };
        let started_ns = manifest.started_ns;
        self.packet(&TracePacket {
            sequence: SEQUENCE,
            sequence_flags: CLEARS_TEXTS,
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

    /// Writes an event of a track. Texts are written once for all events that have them.
    fn event(&mut self, at_ns: u64, name: &str, event: Event) -> io::Result<()> {
        let name_iid = self.texts.name(name);
        let arguments = event.arguments.iter();
        let arguments: Vec<_> = arguments.map(|one| self.texts.argument(one)).collect();
        let has_texts = name_iid != 0 || !arguments.is_empty();
        let interned = self.texts.take_new();
        self.packet(&TracePacket {
            timestamp: Some(at_ns),
            sequence: SEQUENCE,
            sequence_flags: if has_texts { NEEDS_TEXTS } else { 0 },
            interned,
            track_event: Some(TrackEvent {
                arguments,
                kind: event.kind,
                name_iid,
                track: event.track,
                counter_value: event.counter_value,
                flow_ids: event.flow_ids,
                ending_flow_ids: event.ending_flow_ids,
            }),
            ..TracePacket::default()
        })
    }
}

/// Appends a packet as the field `packet` of the message `Trace`.
fn append(buffer: &mut Vec<u8>, packet: &TracePacket) -> io::Result<()> {
    /// Field 1 with a length: what each packet begins with.
    const PACKET: u8 = 0x0a;
    buffer.push(PACKET);
    let encoded = packet.encode_length_delimited(buffer);
    encoded.map_err(io::Error::other)
}

/// An event of a track, but for its time and name.
#[derive(Default)]
struct Event {
    kind: i32,
    track: u64,
    arguments: Vec<Argument>,
    counter_value: Option<i64>,
    flow_ids: Vec<u64>,
    ending_flow_ids: Vec<u64>,
}

#[cfg(test)]
mod tests;
