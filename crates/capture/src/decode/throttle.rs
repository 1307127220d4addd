//! Threads that a CPU quota holds back.

use profiler_common::ThrottleRecord;

use super::{Decoder, Sink, text};
use trace::rows::{Fact, Throttle};

impl<S: Sink> Decoder<'_, S> {
    pub(super) fn throttle(
        &mut self,
        throttle: &ThrottleRecord,
        name: &[u8],
    ) -> Result<(), S::Error> {
        self.see(&throttle.header);
        self.sink.put(Fact::Throttle(Throttle {
            at_ns: throttle.header.at_ns,
            tid: throttle.tid,
            tgid: throttle.tgid,
            cpu: throttle.cpu,
            group: throttle.group,
            name: text(name),
            levels: throttle.levels,
            whole_queue: throttle.whole_queue != 0,
            quota_ns: throttle.quota_ns,
            period_ns: throttle.period_ns,
            replenished_ns: throttle.replenished_ns,
            periods: throttle.periods,
            throttled_periods: throttle.throttled_periods,
            throttled_ns: throttle.throttled_ns,
        }))
    }
}
