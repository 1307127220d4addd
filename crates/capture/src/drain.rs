//! Drains the ring buffer to a spill file.
//!
//! The thread that drains does nothing else: it copies whole records, so that it keeps up with the
//! kernel whatever becomes of them later, and memory stays at one buffer. Kernel programs never
//! wait for it; what does not fit into the ring buffer is lost and counted there.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use aya::maps::{MapData, RingBuf};
use profiler_common::{Header, LOSS_COUNTERS, RecordKind, TotalRecord};
use tokio::io::unix::AsyncFd;
use tokio::sync::oneshot;
use zerocopy::FromBytes;

use super::CaptureError;
use super::alive::AliveThreads;
use super::containers::{Call, Calls, ContainerWatch};
use super::map_watch::{MapWatch, Sighting, Sightings};
use super::older::OlderThreads;
use super::symbols::UserMaps;
use trace::manifest::{KnownContainer, Manifest};
use trace::rows::Task;
use trace::spill;

/// How often the ring buffer is looked at; the kernel wakes the reader only when it is half full.
const POLL_INTERVAL: Duration = Duration::from_millis(5);
/// The most that is lost when ctrprof itself is killed.
const FLUSH_INTERVAL: Duration = Duration::from_millis(100);
const BUFFER_BYTES: usize = 1 << 20;

/// The drain's progress, for others to look at while it runs.
#[derive(Debug, Default)]
pub struct Progress {
    /// Records received that tell of work of tracked tasks, but for that of daemons: of processes
    /// that are older than the recording.
    pub activity: AtomicU64,
    /// Whether all that the command started has ended, and nobody else worked for it.
    pub all_gone: AtomicBool,
    /// When the recording ended, on its clock; 0 while it goes on. What is made later is thrown
    /// away.
    pub ended_ns: AtomicU64,
}

/// Counts of a drain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Records received, by the number of their kind; those of no kind that is known are at 0.
    pub received: [u64; LOSS_COUNTERS],
    /// System calls in the totals among them.
    pub calls_in_totals: u64,
    /// Records that were made before the recording began, or after it ended.
    pub discarded: u64,
}

impl Tally {
    fn count(&mut self, kind: Option<RecordKind>, record: &[u8]) {
        let index = kind.map_or(0, |kind| kind as usize);
        if let Some(count) = self.received.get_mut(index) {
            *count += 1;
        }
        if kind == Some(RecordKind::Total) {
            let calls = TotalRecord::read_from_prefix(record).map_or(0, |(total, _)| total.count);
            self.calls_in_totals += u64::from(calls);
        }
    }
}

/// What a drain leaves.
pub struct Drained {
    /// What it counted.
    pub tally: Tally,
    /// How it ended.
    pub result: Result<(), CaptureError>,
    /// What was mapped in sampled processes.
    pub maps: UserMaps,
    /// Containers as their engines describe them.
    pub containers: Vec<KnownContainer>,
}

/// A running drain.
pub struct Drain {
    stop: oneshot::Sender<()>,
    thread: thread::JoinHandle<(Tally, io::Result<()>)>,
    maps: MapWatch,
    containers: ContainerWatch,
    spill: PathBuf,
    /// Its progress.
    pub progress: Arc<Progress>,
}

impl Drain {
    /// Starts to drain into the file `spill`, which must not exist yet, behind the tasks that are
    /// older than the recording. What was made before the recording is thrown away.
    pub fn start(
        ring: RingBuf<MapData>,
        spill: PathBuf,
        tasks: &[Task],
        manifest: &Manifest,
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
        let (containers, calls) = ContainerWatch::start()?;
        let shared = Arc::clone(&progress);
        let older = OlderThreads::of(tasks);
        let alive = AliveThreads::of(&manifest.root_tgids);
        let started_ns = manifest.started_ns;
        let thread = thread::Builder::new()
            .name("ctrprof-drain".to_owned())
            .spawn(move || {
                prefer_this_thread();
                let mut copier = Copier {
                    spill: file,
                    progress: shared,
                    sightings,
                    calls,
                    older,
                    alive,
                    started_ns,
                    tally: Tally::default(),
                };
                let result = run(ring, &mut copier, stopped);
                (copier.tally, result)
            })
            .map_err(CaptureError::system("start the drain thread"))?;
        Ok(Self {
            stop,
            thread,
            maps,
            containers,
            spill,
            progress,
        })
    }

    /// Whether it ended by itself: it could not write.
    pub fn has_failed(&self) -> bool {
        self.thread.is_finished()
    }

    /// Takes what is left in the ring buffer and ends. The programs must be detached by then.
    pub fn finish(self) -> Drained {
        // A drain that has failed no longer listens; its error comes from the join.
        let _ = self.stop.send(());
        let panicked = || {
            (
                Tally::default(),
                Err(io::Error::other("the drain thread panicked")),
            )
        };
        let (tally, result) = self.thread.join().unwrap_or_else(|_| panicked());
        let result = result.map_err(|source| CaptureError::Write {
            path: self.spill,
            source,
        });
        Drained {
            tally,
            result,
            maps: self.maps.finish(),
            containers: self.containers.finish(),
        }
    }
}

/// Lets the drain run before those whose records it drains. Best effort: needs CAP_SYS_NICE.
fn prefer_this_thread() {
    // SAFETY: sets the nice value of the calling thread (setpriority(2), who = 0); no memory is involved.
    unsafe {
        libc::setpriority(libc::PRIO_PROCESS, 0, -20);
    }
}

fn run(
    ring: RingBuf<MapData>,
    copier: &mut Copier,
    stopped: oneshot::Receiver<()>,
) -> io::Result<()> {
    tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build()?
        .block_on(drain(ring, copier, stopped))
}

async fn drain(
    ring: RingBuf<MapData>,
    copier: &mut Copier,
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
        copier.copy_all(ring.get_mut())?;
        if is_last {
            return copier.spill.flush();
        }
        if flushed_at.elapsed() >= FLUSH_INTERVAL {
            copier.spill.flush()?;
            flushed_at = Instant::now();
        }
    }
}

/// Copies records from the ring buffer to the spill.
struct Copier {
    spill: BufWriter<File>,
    progress: Arc<Progress>,
    sightings: Sightings,
    calls: Calls,
    older: OlderThreads,
    alive: AliveThreads,
    started_ns: u64,
    tally: Tally,
}

impl Copier {
    /// Copies all that is there.
    fn copy_all(&mut self, ring: &mut RingBuf<MapData>) -> io::Result<()> {
        let mut activity = 0;
        let mut result = Ok(());
        while let Some(record) = ring.next() {
            if made_at_ns(&record).is_some_and(|at_ns| !self.is_within(at_ns)) {
                self.tally.discarded += 1;
                continue;
            }
            let kind = kind_of(&record);
            self.tally.count(kind, &record);
            self.older.note(kind, &record);
            self.alive.note(kind, &record);
            activity += u64::from(self.is_activity(kind, &record));
            match kind {
                Some(RecordKind::Sample) => self.sightings.send(Sighting::of_sample(&record)),
                Some(RecordKind::Exec) => {
                    self.sightings.send(Sighting::of_exec(&record));
                    self.calls.send(Call::of_exec(&record));
                }
                Some(_) | None => {}
            }
            result = spill::write_record(&mut self.spill, &record);
            if result.is_err() {
                break;
            }
        }
        self.progress
            .activity
            .fetch_add(activity, Ordering::Relaxed);
        self.progress
            .all_gone
            .store(self.alive.are_gone(), Ordering::Relaxed);
        result
    }

    fn is_within(&self, at_ns: u64) -> bool {
        let ended_ns = self.progress.ended_ns.load(Ordering::Relaxed);
        at_ns >= self.started_ns && (ended_ns == 0 || at_ns <= ended_ns)
    }

    fn is_activity(&self, kind: Option<RecordKind>, record: &[u8]) -> bool {
        matches!(
            kind,
            Some(RecordKind::Sample | RecordKind::Span | RecordKind::Total)
        ) && made_by(record).is_some_and(|tid| !self.older.has(tid))
    }
}

/// The thread that was current when a record was made.
fn made_by(record: &[u8]) -> Option<u32> {
    let at = std::mem::offset_of!(Header, tid);
    let bytes = record.get(at..)?.first_chunk().copied();
    bytes.map(u32::from_ne_bytes)
}

/// When a record was made, in nanoseconds of CLOCK_MONOTONIC.
fn made_at_ns(record: &[u8]) -> Option<u64> {
    let at = std::mem::offset_of!(Header, at_ns);
    record
        .get(at..)?
        .first_chunk()
        .copied()
        .map(u64::from_ne_bytes)
}

fn kind_of(record: &[u8]) -> Option<RecordKind> {
    RecordKind::from_u8(*record.get(std::mem::offset_of!(Header, kind))?)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use zerocopy::IntoBytes;

    use super::*;

    #[test]
    fn calls_in_totals_are_counted() {
        let mut total = TotalRecord::read_from_bytes(&[0; size_of::<TotalRecord>()]).unwrap();
        total.header.at_ns = 77;
        total.header.kind = RecordKind::Total as u8;
        total.count = 5;
        let record = total.as_bytes();
        assert_eq!(made_at_ns(record), Some(77));
        let mut tally = Tally::default();
        tally.count(kind_of(record), record);
        tally.count(kind_of(record), record);
        tally.count(Some(RecordKind::Wake), &[]);
        tally.count(None, &[]);
        assert_eq!(
            (
                tally.received[RecordKind::Total as usize],
                tally.calls_in_totals
            ),
            (2, 10)
        );
        assert_eq!(tally.received.iter().sum::<u64>(), 4);
    }
}
