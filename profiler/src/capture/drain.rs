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
use std::time::{Duration, Instant};

use aya::maps::{MapData, RingBuf};
use profiler_common::{Header, RecordKind};
use tokio::io::unix::AsyncFd;
use tokio::sync::oneshot;

use super::CaptureError;
use super::map_watch::{MapWatch, Sighting, Sightings};
use super::symbols::UserMaps;
use crate::model::rows::Task;
use crate::model::spill;

/// How often the ring buffer is looked at; the kernel wakes the reader only when it is half full.
const POLL_INTERVAL: Duration = Duration::from_millis(5);
/// What is lost, at most, when ctrprof itself is killed.
const FLUSH_INTERVAL: Duration = Duration::from_millis(100);
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
    maps: MapWatch,
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
        let fail = |source| CaptureError::Write {
            path: spill.clone(),
            source,
        };
        let mut file =
            BufWriter::with_capacity(BUFFER_BYTES, File::create_new(&spill).map_err(fail)?);
        spill::write_tasks(&mut file, tasks).map_err(fail)?;
        let progress = Arc::new(Progress::default());
        let (stop, stopped) = oneshot::channel();
        let (maps, sightings) = MapWatch::start()?;
        let shared = Arc::clone(&progress);
        let thread = thread::Builder::new()
            .name("ctrprof-drain".to_owned())
            .spawn(move || {
                prefer_this_thread();
                tokio::runtime::Builder::new_current_thread()
                    .enable_io()
                    .enable_time()
                    .build()?
                    .block_on(drain(ring, file, &shared, &sightings, stopped))
            })
            .map_err(CaptureError::system("start the drain thread"))?;
        Ok(Self {
            stop,
            thread,
            maps,
            spill,
            progress,
        })
    }

    /// Whether it ended by itself: it could not write.
    pub fn has_failed(&self) -> bool {
        self.thread.is_finished()
    }

    /// Takes what is left in the ring buffer and ends: how many records were received in all, and
    /// what was mapped in sampled processes. The programs must be detached by then.
    pub fn finish(self) -> (Result<u64, CaptureError>, UserMaps) {
        // A drain that has failed no longer listens; its error comes from the join.
        let _ = self.stop.send(());
        let result = self
            .thread
            .join()
            .unwrap_or_else(|_| Err(io::Error::other("the drain thread panicked")));
        let received = self.progress.received.load(Ordering::Relaxed);
        let result = result
            .map(|()| received)
            .map_err(|source| CaptureError::Write {
                path: self.spill,
                source,
            });
        (result, self.maps.finish())
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
    sightings: &Sightings,
    mut stopped: oneshot::Receiver<()>,
) -> io::Result<()> {
    // SAFETY: the ring buffer owns its descriptor and keeps it open for as long as it lives.
    let mut ring = unsafe { AsyncFd::register(ring) }?;
    let mut ticks = tokio::time::interval(POLL_INTERVAL);
    let mut flushed_at = Instant::now();
    loop {
        let is_last = tokio::select! {
            _ = &mut stopped => true,
            _ = ticks.tick() => false,
            ready = ring.readable() => {
                ready?.clear_ready();
                false
            }
        };
        copy_records(ring.get_mut(), &mut spill, progress, sightings)?;
        if is_last {
            return spill.flush();
        }
        if flushed_at.elapsed() >= FLUSH_INTERVAL {
            spill.flush()?;
            flushed_at = Instant::now();
        }
    }
}

/// Copies all that is there.
fn copy_records(
    ring: &mut RingBuf<MapData>,
    spill: &mut impl Write,
    progress: &Progress,
    sightings: &Sightings,
) -> io::Result<()> {
    let (mut received, mut activity) = (0, 0);
    let mut result = Ok(());
    while let Some(record) = ring.next() {
        received += 1;
        match kind_of(&record) {
            Some(RecordKind::Sample) => {
                activity += 1;
                sightings.send(Sighting::of_sample(&record));
            }
            Some(RecordKind::Exec) => sightings.send(Sighting::of_exec(&record)),
            Some(RecordKind::Span | RecordKind::Total) => activity += 1,
            Some(_) | None => {}
        }
        result = spill::write_record(spill, &record);
        if result.is_err() {
            break;
        }
    }
    progress.received.fetch_add(received, Ordering::Relaxed);
    progress.activity.fetch_add(activity, Ordering::Relaxed);
    result
}

fn kind_of(record: &[u8]) -> Option<RecordKind> {
    RecordKind::from_u8(*record.get(std::mem::offset_of!(Header, kind))?)
}
