"""Answers the questions of viewers.rs from a Perfetto trace on standard input, which is decoded by Perfetto's own
messages. Prints them as JSON."""

import json
import sys
import zlib
from collections import defaultdict

from google.protobuf.unknown_fields import UnknownFieldSet
from perfetto.protos.perfetto.trace import perfetto_trace_pb2 as perfetto

EVENT = perfetto.TrackEvent
PACKET = perfetto.TracePacket


class Interned:
    """The texts that packets of a sequence refer to by number."""

    def __init__(self):
        self.names = {}
        self.argument_names = {}
        self.values = {}

    def read(self, packet):
        if packet.sequence_flags & PACKET.SEQ_INCREMENTAL_STATE_CLEARED:
            self.__init__()
        data = packet.interned_data
        self.names.update((one.iid, one.name) for one in data.event_names)
        self.argument_names.update((one.iid, one.name) for one in data.debug_annotation_names)
        texts = data.debug_annotation_string_values
        self.values.update((one.iid, one.str.decode()) for one in texts)

    def name(self, event):
        return self.names[event.name_iid] if event.name_iid else event.name

    def arguments(self, event):
        return dict(self.argument(one) for one in event.debug_annotations)

    def argument(self, one):
        name = self.argument_names[one.name_iid] if one.name_iid else one.name
        if one.string_value_iid:
            return name, self.values[one.string_value_iid]
        return name, getattr(one, one.WhichOneof("value"))


class Slices:
    """The slices of all tracks, each as (begin, end, name, arguments), and the instants by name."""

    def __init__(self):
        self.tracks = {}
        self.ended = defaultdict(list)
        self.instants = defaultdict(int)
        self.flows = [set(), set()]
        self.open = defaultdict(list)
        self.used = set()

    def read(self, packet, interned):
        if packet.HasField("track_descriptor"):
            self.tracks[packet.track_descriptor.uuid] = packet.track_descriptor
        if packet.HasField("track_event"):
            self.read_event(packet, packet.track_event, interned)

    def read_event(self, packet, event, interned):
        self.used.add(event.track_uuid)
        self.flows[0].update(event.flow_ids)
        self.flows[1].update(event.terminating_flow_ids)
        if event.type == EVENT.TYPE_SLICE_BEGIN:
            slice = (packet.timestamp, interned.name(event), interned.arguments(event))
            self.open[event.track_uuid].append(slice)
        elif event.type == EVENT.TYPE_SLICE_END:
            begun, name, arguments = self.open[event.track_uuid].pop()
            self.ended[event.track_uuid].append((begun, packet.timestamp, name, arguments))
        elif event.type == EVENT.TYPE_INSTANT:
            self.instants[interned.name(event)] += 1

    def named(self, prefix):
        """The slices of tracks whose names begin so, by the rest of the name."""
        for uuid, track in self.tracks.items():
            if track.name.startswith(prefix):
                yield track.name.removeprefix(prefix), self.ended[uuid]

    def of_threads(self):
        for uuid, track in self.tracks.items():
            if track.HasField("thread"):
                yield from self.ended[uuid]


def check_known(message):
    """Fails if the message, or one within it, has a field that Perfetto does not define."""
    unknown = [field.field_number for field in UnknownFieldSet(message)]
    assert not unknown, f"{message.DESCRIPTOR.full_name} has no field {unknown}"
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        for one in value if field.is_repeated else [value]:
            check_known(one)


def check_switches(trace):
    """Fails if a CPU goes on with another thread than the one that it switched to. 0 is nobody who is known."""
    switches = 0
    on_cpu = {}
    for packet in trace.packet:
        cpu = packet.ftrace_events.cpu
        for event in packet.ftrace_events.event:
            if not event.HasField("sched_switch"):
                continue
            switch = event.sched_switch
            before = on_cpu.get(cpu, switch.prev_pid)
            known = {before, switch.prev_pid} - {0}
            assert len(known) <= 1, f"CPU {cpu} at {event.timestamp}: both {known}"
            on_cpu[cpu] = switch.next_pid
            switches += 1
    assert switches > 0, "no switches"


def decoded(data):
    """The trace, with the packets that are compressed within packets in their place."""
    trace = perfetto.Trace()
    for packet in perfetto.Trace.FromString(data).packet:
        assert packet.HasField("compressed_packets"), "a packet that is not compressed"
        trace.MergeFromString(zlib.decompress(packet.compressed_packets))
    return trace


def main():
    trace = decoded(sys.stdin.buffer.read())
    check_known(trace)
    check_switches(trace)
    interned, slices = Interned(), Slices()
    for packet in trace.packet:
        interned.read(packet)
        slices.read(packet, interned)
    stray = slices.used - slices.tracks.keys()
    assert not stray, f"events of tracks that are none: {stray}"
    still_open = [uuid for uuid, open in slices.open.items() if open]
    assert not still_open, f"slices of {still_open} do not end"
    assert slices.flows[0] == slices.flows[1], "an arrow has one end"
    bounds = {}
    for _, stages in slices.named("run 1: stages"):
        bounds.update((name, [begun, ended]) for begun, ended, name, _ in stages)
    times = {stage: defaultdict(int) for stage in bounds}
    for stage, pieces in slices.named("critical path of "):
        for begun, ended, _, arguments in pieces:
            times[stage][arguments["phase"]] += ended - begun
    calls = {stage: defaultdict(int) for stage in bounds}
    for _, ended, name, arguments in slices.of_threads():
        for stage, (first, last) in bounds.items():
            if "result" in arguments and first < ended <= last:
                calls[stage][name] += 1
    json.dump({"times": times, "calls": calls, "bounds": bounds, "wakes": slices.instants["woken"]}, sys.stdout)


main()
