//! Signals.

use profiler_common::{Disposition, SignalFlags, SignalRecord};

use super::{Decoder, Sink};
use trace::rows::{Fact, Signal};

impl<S: Sink> Decoder<'_, S> {
    pub(super) fn signal(&mut self, signal: &SignalRecord) -> Result<(), S::Error> {
        self.see(&signal.header);
        let disposition = Disposition::from_u32(signal.disposition);
        self.sink.put(Fact::Signal(Signal {
            at_ns: signal.header.at_ns,
            sender_tid: signal.header.tid,
            sender_tgid: signal.sender_tgid,
            target_tid: signal.target_tid,
            target_tgid: signal.target_tgid,
            signal: signal.signal,
            whole_process: signal.whole_process != 0,
            result: signal_result(signal.result).to_owned(),
            disposition: disposition.map_or("unknown", Disposition::name).to_owned(),
            unkillable: signal.flags & SignalFlags::UNKILLABLE != 0,
            blocked: signal.flags & SignalFlags::BLOCKED != 0,
        }))
    }
}

/// The outcome of sending a signal: `TRACE_SIGNAL_*` (include/trace/events/signal.h, v6.18).
fn signal_result(result: u32) -> &'static str {
    match result {
        0 => "delivered",
        1 => "ignored",
        2 => "pending",
        _ => "lost",
    }
}
