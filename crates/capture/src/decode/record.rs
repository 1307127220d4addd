//! Bytes of the ring buffer to checked records.

use profiler_common::*;
use zerocopy::FromBytes;

/// The reasons for which bytes are no record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// Shorter than its kind's fixed part, or than that says.
    #[error("a record of {0} bytes is too short for its kind")]
    Short(usize),
    /// A kind that this version does not know.
    #[error("a record of unknown kind {0}")]
    UnknownKind(u8),
}

/// A record with its variable part.
#[derive(Debug)]
pub enum Record<'a> {
    /// A system call, with its three texts.
    Span(SpanRecord, [&'a [u8]; 3]),
    /// Totals of short system calls.
    Total(TotalRecord),
    /// A switch, with the kernel stack of the one that left.
    Switch(SwitchRecord, Frames<'a>),
    /// A wake-up, with the kernel stack of the waker.
    Wake(WakeRecord, Frames<'a>),
    /// A new task.
    Fork(ForkRecord),
    /// A new program, with its path and arguments.
    Exec(ExecRecord, &'a [u8], &'a [u8]),
    /// A task's end.
    Exit(ExitRecord),
    /// A task's new name.
    Rename(RenameRecord),
    /// A process joined.
    Join(JoinRecord),
    /// A mark.
    Mark(MarkRecord),
    /// A wait for a lock, with the stack of who waited.
    Lock(LockRecord, Frames<'a>),
    /// Something about a cgroup, with its path.
    Cgroup(CgroupRecord, &'a [u8]),
    /// A sample, with its kernel and its user stack.
    Sample(SampleRecord, Frames<'a>, Frames<'a>),
    /// A run of a hooked function.
    Function(FunctionRecord),
    /// A task is held back by a CPU quota, with the name of the group.
    Throttle(ThrottleRecord, &'a [u8]),
    /// Page faults of a thread.
    Faults(FaultsRecord),
    /// A memory group at its limit, and its name.
    MemoryLimit(MemoryLimitRecord, &'a [u8]),
    /// A signal.
    Signal(SignalRecord),
    /// A file that a call waited for, with names.
    Descriptor(DescriptorRecord, &'a [u8]),
}

/// Return addresses, innermost first, as bytes of any alignment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Frames<'a>(&'a [u8]);

impl Frames<'_> {
    /// The addresses.
    pub fn addresses(self) -> impl Iterator<Item = u64> {
        self.0
            .chunks_exact(8)
            .filter_map(|chunk| chunk.first_chunk().copied())
            .map(u64::from_ne_bytes)
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0.is_empty()
    }
}

impl<'a> Record<'a> {
    /// Checks and reads one record.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, RecordError> {
        let (header, _) = fixed::<Header>(bytes)?;
        let kind = RecordKind::from_u8(header.kind).ok_or(RecordError::UnknownKind(header.kind))?;
        Ok(match kind {
            RecordKind::Span => {
                let (span, tail) = fixed::<SpanRecord>(bytes)?;
                let (text, tail) = split(tail, span.text_len.into())?;
                let (text2, tail) = split(tail, span.text2_len.into())?;
                let (text3, _) = split(tail, span.text3_len.into())?;
                Self::Span(span, [text, text2, text3])
            }
            RecordKind::Total => Self::Total(fixed(bytes)?.0),
            RecordKind::Switch => {
                let (switch, tail) = fixed::<SwitchRecord>(bytes)?;
                Self::Switch(switch, frames(tail, switch.stack_len.into())?.0)
            }
            RecordKind::Wake => {
                let (wake, tail) = fixed::<WakeRecord>(bytes)?;
                Self::Wake(wake, frames(tail, wake.stack_len.into())?.0)
            }
            RecordKind::Fork => Self::Fork(fixed(bytes)?.0),
            RecordKind::Exec => {
                let (exec, tail) = fixed::<ExecRecord>(bytes)?;
                let (path, tail) = split(tail, exec.path_len.into())?;
                let (argv, _) = split(tail, exec.argv_len.into())?;
                Self::Exec(exec, path, argv)
            }
            RecordKind::Exit => Self::Exit(fixed(bytes)?.0),
            RecordKind::Rename => Self::Rename(fixed(bytes)?.0),
            RecordKind::Join => Self::Join(fixed(bytes)?.0),
            RecordKind::Mark => Self::Mark(fixed(bytes)?.0),
            RecordKind::Lock => {
                let (lock, tail) = fixed::<LockRecord>(bytes)?;
                Self::Lock(lock, frames(tail, lock.stack_len as usize)?.0)
            }
            RecordKind::Cgroup => {
                let (cgroup, tail) = fixed::<CgroupRecord>(bytes)?;
                Self::Cgroup(cgroup, split(tail, cgroup.path_len as usize)?.0)
            }
            RecordKind::Sample => {
                let (sample, tail) = fixed::<SampleRecord>(bytes)?;
                let (kernel, tail) = frames(tail, sample.kernel_len as usize)?;
                let (user, _) = frames(tail, sample.user_len as usize)?;
                Self::Sample(sample, kernel, user)
            }
            RecordKind::Function => Self::Function(fixed(bytes)?.0),
            RecordKind::Throttle => {
                let (throttle, tail) = fixed::<ThrottleRecord>(bytes)?;
                Self::Throttle(throttle, split(tail, throttle.name_len.into())?.0)
            }
            RecordKind::Faults => Self::Faults(fixed(bytes)?.0),
            RecordKind::MemoryLimit => {
                let (limit, tail) = fixed::<MemoryLimitRecord>(bytes)?;
                Self::MemoryLimit(limit, split(tail, limit.name_len.into())?.0)
            }
            RecordKind::Signal => Self::Signal(fixed(bytes)?.0),
            RecordKind::Descriptor => {
                let (descriptor, tail) = fixed::<DescriptorRecord>(bytes)?;
                let len = usize::from(descriptor.names).saturating_mul(NAME_BYTES);
                Self::Descriptor(descriptor, split(tail, len)?.0)
            }
        })
    }
}

fn fixed<T: FromBytes>(bytes: &[u8]) -> Result<(T, &[u8]), RecordError> {
    T::read_from_prefix(bytes).map_err(|_| RecordError::Short(bytes.len()))
}

fn split(bytes: &[u8], len: usize) -> Result<(&[u8], &[u8]), RecordError> {
    bytes
        .split_at_checked(len)
        .ok_or(RecordError::Short(bytes.len()))
}

fn frames(bytes: &[u8], count: usize) -> Result<(Frames<'_>, &[u8]), RecordError> {
    let (frames, rest) = split(bytes, count.saturating_mul(8))?;
    Ok((Frames(frames), rest))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use proptest::prelude::*;
    use zerocopy::IntoBytes;

    use super::*;

    fn header(kind: RecordKind) -> Header {
        Header {
            sequence: 1,
            at_ns: 2,
            tid: 3,
            cpu: 4,
            kind: kind as u8,
            context: 0,
        }
    }

    #[test]
    fn a_wake_up_keeps_its_stack() {
        let wake = WakeRecord {
            header: header(RecordKind::Wake),
            waker_tgid: 5,
            waker_syscall: -1,
            target_tid: 6,
            stack_len: 2,
            first: 0,
        };
        let bytes = [wake.as_bytes(), &7_u64.to_ne_bytes(), &8_u64.to_ne_bytes()].concat();
        match Record::parse(&bytes).unwrap() {
            Record::Wake(read, frames) => {
                assert_eq!(read.target_tid, 6);
                assert_eq!(frames.addresses().collect::<Vec<_>>(), [7, 8]);
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(
            Record::parse(&bytes[..bytes.len() - 1]).err(),
            Some(RecordError::Short(15))
        );
    }

    #[test]
    fn an_unknown_kind_is_refused() {
        let mut bytes = header(RecordKind::Span).as_bytes().to_vec();
        let kind = std::mem::offset_of!(Header, kind);
        bytes[kind] = 200;
        assert_eq!(
            Record::parse(&bytes).err(),
            Some(RecordError::UnknownKind(200))
        );
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400), kind in 0_u8..24) {
            let mut bytes = bytes;
            let position = std::mem::offset_of!(Header, kind);
            if let Some(byte) = bytes.get_mut(position) {
                *byte = kind;
            }
            let _ = Record::parse(&bytes);
        }
    }
}
