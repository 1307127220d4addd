//! Page faults, and memory groups at their limit.

use profiler_common::{FaultsRecord, MemoryLimitRecord};

use super::{Decoder, Sink, text};
use trace::rows::{Fact, Faults, MemoryLimit};

impl<S: Sink> Decoder<'_, S> {
    pub(super) fn faults(&mut self, faults: &FaultsRecord) -> Result<(), S::Error> {
        self.see(&faults.header);
        self.sink.put(Fact::Faults(Faults {
            at_ns: faults.header.at_ns,
            tid: faults.header.tid,
            tgid: faults.tgid,
            minor: faults.minor,
            major: faults.major,
        }))
    }

    pub(super) fn memory_limit(
        &mut self,
        limit: &MemoryLimitRecord,
        name: &[u8],
    ) -> Result<(), S::Error> {
        self.see(&limit.header);
        self.sink.put(Fact::MemoryLimit(MemoryLimit {
            at_ns: limit.header.at_ns,
            tid: limit.header.tid,
            tgid: limit.tgid,
            group: limit.group,
            name: text(name),
            levels: limit.levels,
            limit_bytes: limit.limit_bytes,
            is_high: limit.is_high != 0,
            reached: limit.reached,
        }))
    }
}
