#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::io::Read;

use analysis::attribution::Attribution;
use analysis::timeline::{Timeline, fixture};
use flate2::read::ZlibDecoder;
use prost::Message;
use trace::rows::Tables;

use super::message::{COUNTER, INSTANT, SLICE_BEGIN, SLICE_END, TracePacket};
use super::write;
use crate::sample;

#[derive(Clone, PartialEq, Message)]
struct Trace {
    #[prost(message, repeated, tag = "1")]
    packet: Vec<TracePacket>,
}

/// Two threads: one waits in a read until the other, within a write, wakes it.
fn tables() -> Tables {
    let mut wait = fixture::off_cpu(7, 2_000, 6_000);
    wait.wake_ns = Some(5_000);
    wait.waker_tid = Some(8);
    wait.state = 1;
    Tables {
        tasks: vec![fixture::task(7, 1, None), fixture::task(8, 1, None)],
        spans: vec![
            fixture::span(7, "read", 1_000, 6_000),
            fixture::span(8, "write", 4_500, 1_000),
        ],
        off_cpu: vec![wait],
        ..Tables::default()
    }
}

fn written() -> Trace {
    let (manifest, tables) = (fixture::manifest(10_000), tables());
    let timeline = Timeline::new(&manifest, &tables);
    let attribution = Attribution::new(&manifest, &timeline);
    let mut out = Vec::new();
    write(&mut out, &manifest, &attribution, &[sample::path()]).unwrap();
    let mut packets = Vec::new();
    for packet in Trace::decode(&out[..]).unwrap().packet {
        let compressed = packet.compressed_packets.unwrap();
        ZlibDecoder::new(&compressed[..])
            .read_to_end(&mut packets)
            .unwrap();
    }
    Trace::decode(&packets[..]).unwrap()
}

fn names(trace: &Trace) -> BTreeMap<u64, String> {
    let interned = trace
        .packet
        .iter()
        .filter_map(|packet| packet.interned.as_ref());
    let names = interned.flat_map(|data| &data.event_names);
    names.map(|name| (name.iid, name.name.clone())).collect()
}

#[test]
fn each_slice_that_begins_ends_and_the_path_adds_up() {
    let trace = written();
    let mut open: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
    let mut path_ns = 0;
    for packet in &trace.packet {
        let Some(event) = &packet.track_event else {
            continue;
        };
        let at_ns = packet.timestamp.unwrap();
        match event.kind {
            SLICE_BEGIN => open.entry(event.track).or_default().push(at_ns),
            SLICE_END => {
                let begun_ns = open.get_mut(&event.track).unwrap().pop().unwrap();
                if event.track == super::tracks::of_path(0) {
                    path_ns += at_ns - begun_ns;
                }
            }
            INSTANT | COUNTER => {}
            other => panic!("{other} is no type of event"),
        }
    }
    assert!(open.values().all(Vec::is_empty), "{open:?}");
    assert_eq!(path_ns, sample::path().wall_ns);
}

#[test]
fn a_wait_lies_in_its_call_and_an_arrow_leads_to_its_end() {
    let trace = written();
    let names = names(&trace);
    let lane = super::tracks::of_thread(7);
    let events = trace.packet.iter().filter_map(|packet| {
        let event = packet.track_event.as_ref()?;
        let name = names.get(&event.name_iid).map_or("", String::as_str);
        (event.track == lane).then_some((packet.timestamp?, event.kind, name))
    });
    let events: Vec<(u64, i32, &str)> = events.collect();
    assert_eq!(
        events[..8],
        [
            (0, SLICE_BEGIN, "user"),
            (1_000, SLICE_END, ""),
            (1_000, SLICE_BEGIN, "read"),
            (2_000, SLICE_BEGIN, "files: read"),
            (5_000, SLICE_END, ""),
            (5_000, SLICE_BEGIN, "runqueue: CPU idle"),
            (6_000, SLICE_END, ""),
            (7_000, SLICE_END, ""),
        ]
    );
    let flows = trace
        .packet
        .iter()
        .filter_map(|packet| packet.track_event.as_ref());
    let (mut begun, mut ended) = (Vec::new(), Vec::new());
    for event in flows {
        begun.extend(event.flow_ids.iter().map(|&id| (id, event.track)));
        ended.extend(event.ending_flow_ids.iter().map(|&id| (id, event.track)));
    }
    assert_eq!(begun, [(1, super::tracks::of_thread(8))]);
    assert_eq!(ended, [(1, lane)]);
}

#[test]
fn the_scheduler_s_events_are_there_by_cpu() {
    let trace = written();
    let bundles = trace
        .packet
        .iter()
        .filter_map(|packet| packet.ftrace_events.as_ref());
    let events: Vec<_> = bundles.flat_map(|bundle| &bundle.events).collect();
    let times: Vec<u64> = events.iter().map(|event| event.timestamp_ns).collect();
    assert_eq!(times, [2_000, 5_000, 6_000]);
    let left = events[0].switch.as_ref().unwrap();
    assert_eq!(
        (left.prev_tid, left.prev_state, left.next_tid),
        (Some(7), Some(1), Some(0))
    );
    assert_eq!(left.next_comm, "swapper/0");
    let waking = events[1].waking.as_ref().unwrap();
    assert_eq!((events[1].tid, waking.tid), (Some(8), Some(7)));
}
