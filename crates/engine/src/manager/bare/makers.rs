//! Threads that stand ready to make a network namespace each.

use std::fs::File;
use std::io::{self, PipeReader, PipeWriter};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::{self, JoinHandle, Thread};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sched::{CloneFlags, setns, unshare};

use crate::network::namespace;

/// A new network namespace; this thread stays where it is.
///
/// # Errors
/// When the kernel refuses.
pub fn fresh() -> io::Result<File> {
    namespace::and_back(|| {
        unshare(CloneFlags::CLONE_NEWNET)?;
        namespace::current()
    })
}

/// As many threads as namespaces are to be made at once.
pub struct Makers {
    threads: Vec<JoinHandle<io::Result<File>>>,
    /// Closing it lets all threads go at once: poll(2) takes no lock of the pipe that they would then
    /// wait for one after the other.
    go: Option<PipeWriter>,
    /// Closing it has them hand over what they made.
    hand_over: Option<PipeWriter>,
    unfinished: Arc<AtomicU32>,
}

impl Makers {
    /// Starts the threads.
    ///
    /// # Errors
    /// When there can be no more threads or descriptors.
    pub fn new(count: u32) -> io::Result<Self> {
        let (wait_to_go, go) = io::pipe()?;
        let (wait_to_hand_over, hand_over) = io::pipe()?;
        let unfinished = Arc::new(AtomicU32::new(count));
        let maker = Arc::new(Maker {
            home: namespace::current()?,
            wait_to_go,
            wait_to_hand_over,
            unfinished: Arc::clone(&unfinished),
            engine: thread::current(),
        });
        let mut makers = Self {
            threads: Vec::new(),
            go: Some(go),
            hand_over: Some(hand_over),
            unfinished,
        };
        for _ in 0..count {
            let maker = Arc::clone(&maker);
            let thread = thread::Builder::new().spawn(move || maker.make())?;
            makers.threads.push(thread);
        }
        Ok(makers)
    }

    /// Lets them go, and returns when each has made its namespace or failed.
    pub fn make(&mut self) {
        self.go = None;
        while self.unfinished.load(Ordering::Acquire) > 0 {
            thread::park();
        }
    }

    /// The namespaces that they made, which nothing but the files keeps from now on.
    ///
    /// # Errors
    /// When one of them failed.
    pub fn collect(mut self) -> io::Result<Vec<File>> {
        self.end()
    }

    fn end(&mut self) -> io::Result<Vec<File>> {
        self.go = None;
        self.hand_over = None;
        let panicked = |_| Err(io::Error::other("a thread panicked"));
        let ended: Vec<io::Result<File>> = self
            .threads
            .drain(..)
            .map(|thread| thread.join().unwrap_or_else(panicked))
            .collect();
        ended.into_iter().collect()
    }
}

impl Drop for Makers {
    fn drop(&mut self) {
        // Without a thread of this run the next one begins.
        let _ = self.end();
    }
}

/// The state of each thread.
struct Maker {
    home: File,
    wait_to_go: PipeReader,
    wait_to_hand_over: PipeReader,
    unfinished: Arc<AtomicU32>,
    engine: Thread,
}

impl Maker {
    fn make(&self) -> io::Result<File> {
        let told = await_hang_up(&self.wait_to_go);
        let made = told.and_then(|()| Ok(unshare(CloneFlags::CLONE_NEWNET)?));
        // The last one wakes the engine.
        if self.unfinished.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.engine.unpark();
        }
        made?;
        await_hang_up(&self.wait_to_hand_over)?;
        // The thread leaves it: from then on only the file keeps it.
        let made = namespace::current();
        setns(&self.home, CloneFlags::CLONE_NEWNET)?;
        made
    }
}

/// Waits until the other end of a pipe is closed.
fn await_hang_up(pipe: &PipeReader) -> io::Result<()> {
    loop {
        let mut polled = [PollFd::new(pipe.as_fd(), PollFlags::POLLIN)];
        match poll(&mut polled, PollTimeout::NONE) {
            Ok(_) => return Ok(()),
            Err(Errno::EINTR) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
}
