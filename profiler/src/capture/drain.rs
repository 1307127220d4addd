//! Drains the ring buffer to a spill file.
//!
//! The thread that drains does nothing else: it copies whole records, so that it keeps up with the
//! kernel whatever becomes of them later, and memory stays at one buffer. Kernel programs never
//! wait for it; what does not fit into the ring buffer is lost and counted there.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use aya::maps::{MapData, RingBuf};
use profiler_common::RecordKind;
use tokio::io::unix::AsyncFd;
use tokio::sync::oneshot;

use super::CaptureError;
use crate::model::rows::Task;
use crate::model::spill;

/// How often the ring buffer is looked at; the kernel wakes the reader only when it is half full.
const POLL_INTERVAL: Duration = Duration::from_millis(5);
const BUFFER_BYTES: usize = 1 << 20;

/// What the drain has seen, for others to look at while it runs.
#[derive(Debug, Default)]
pub struct Progress {
    /// Records received.
    pub received: AtomicU64,
    /// Of them, those that tell of work of tracked tasks.
    pub activity: AtomicU64,
}

/// A running drain.
pub struct Drain {
    stop: oneshot::Sender<()>,
    thread: thread::JoinHandle<io::Result<()>>,
    spill: PathBuf,
    /// What it has seen.
    pub progress: Arc<Progress>,
}

impl Drain {
    /// Starts to drain into the file `spill`, which must not exist yet, behind the tasks that are
    /// older than the recording.
    pub fn start(
        ring: RingBuf<MapData>,
        spill: PathBuf,
        tasks: &[Task],
    ) -> Result<Self, CaptureError> {
        let fail = |source| CaptureError::Write { path: spill.clone(), source };
        let mut file = BufWriter::with_capacity(BUFFER_BYTES, File::create_new(&spill).map_err(fail)?);
        spill::write_tasks(&mut file, tasks).map_err(fail)?;
        let progress = Arc::new(Progress::default());
        let (stop, stopped) = oneshot::channel();
        let shared = Arc::clone(&progress);
        let thread = thread::Builder::new()
            .name("ctrprof-drain".to_owned())
            .spawn(move || {
                prefer_this_thread();
                tokio::runtime::Builder::new_current_thread()
                    .enable_io()
                    .enable_time()
                    .build()?
                    .block_on(drain(ring, file, &shared, stopped))
            })
            .map_err(CaptureError::system("start the drain thread"))?;
        Ok(Self { stop, thread, spill, progress })
    }

    /// Whether it ended by itself: it could not write.
    pub fn has_failed(&self) -> bool {
        self.thread.is_finished()
    }

    /// Takes what is left in the ring buffer and ends. The programs must be detached by then.
    pub fn finish(self) -> Result<u64, CaptureError> {
        // A drain that has failed no longer listens; its error comes from the join.
        let _ = self.stop.send(());
        let result = self
            .thread
            .join()
            .unwrap_or_else(|_| Err(io::Error::other("the drain thread panicked")));
        result.map_err(|source| CaptureError::Write { path: self.spill, source })?;
        Ok(self.progress.received.load(Ordering::Relaxed))
    }
}

/// Lets the drain run before those whose records it drains. Best effort: needs CAP_SYS_NICE.
fn prefer_this_thread() {
    // SAFETY: sets the nice value of the calling thread (setpriority(2), who = 0); no memory is involved.
    unsafe {
        libc::setpriority(libc::PRIO_PROCESS, 0, -20);
    }
}

async fn drain(
    ring: RingBuf<MapData>,
    mut spill: BufWriter<File>,
    progress: &Progress,
    mut stopped: oneshot::Receiver<()>,
) -> io::Result<()> {
    let mut ring = AsyncFd::new(ring)?;
    let mut ticks = tokio::time::interval(POLL_INTERVAL);
    loop {
        let is_last = tokio::select! {
            _ = &mut stopped => true,
            _ = ticks.tick() => false,
            ready = ring.readable() => {
                ready?.clear_ready();
                false
            }
        };
        copy_records(ring.get_mut(), &mut spill, progress)?;
        if is_last {
            return spill.flush();
        }
    }
}

/// Copies all that is there.
fn copy_records(
    ring: &mut RingBuf<MapData>,
    spill: &mut impl Write,
    progress: &Progress,
) -> io::Result<()> {
    let (mut received, mut activity) = (0, 0);
    let mut result = Ok(());
    while let Some(record) = ring.next() {
        received += 1;
        activity += u64::from(is_activity(&record));
        result = spill::write_record(spill, &record);
        if result.is_err() {
            break;
        }
    }
    progress.received.fetch_add(received, Ordering::Relaxed);
    progress.activity.fetch_add(activity, Ordering::Relaxed);
    result
}

/// Whether a record tells of work of a tracked task.
fn is_activity(record: &[u8]) -> bool {
    let kind = record.get(std::mem::offset_of!(profiler_common::Header, kind)).copied();
    matches!(
        kind.and_then(RecordKind::from_u8),
        Some(RecordKind::Span | RecordKind::Total | RecordKind::Sample)
    )
}
