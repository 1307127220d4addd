//! Containers as their engines describe them on disk, read while they are there.
//!
//! A runtime is called with the folder of its bundle, a shim with that or the container's name; some of those
//! files are gone when the container is. So a thread beside the drain reads them when the call is
//! seen; what it cannot keep up with is passed over, and costs names only. [`existing`] looks for
//! containers that were there before the recording, [`arguments`] reads calls, [`bundle`] files.

mod arguments;
mod bundle;
mod existing;

use std::fs;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use profiler_common::ExecRecord;
use trace::manifest::KnownContainer;
use zerocopy::FromBytes;

use super::CaptureError;
use arguments::{Served, is_of_interest};

/// Calls that may wait.
const QUEUE: usize = 1024;

/// A runtime or a shim was called.
#[derive(Debug, PartialEq, Eq)]
pub struct Call {
    tgid: u32,
    /// The arguments joined by NUL, as far as they were recorded.
    argv: Vec<u8>,
}

impl Call {
    /// The call that an exec record tells of, if it is one of interest.
    pub fn of_exec(record: &[u8]) -> Option<Self> {
        let (exec, tail) = ExecRecord::read_from_prefix(record).ok()?;
        let (path, tail) = tail.split_at_checked(exec.path_len.into())?;
        let argv = tail.get(..exec.argv_len.into())?;
        is_of_interest(path).then(|| Self {
            tgid: exec.tgid,
            argv: argv.to_vec(),
        })
    }
}

/// Where the drain reports calls.
pub struct Calls(SyncSender<Call>);

impl Calls {
    /// Never waits.
    pub fn send(&self, call: Option<Call>) {
        if let Some(call) = call {
            // A full queue costs names, not records.
            let _ = self.0.try_send(call);
        }
    }
}

/// The thread that reads what engines keep.
pub struct ContainerWatch(thread::JoinHandle<Vec<KnownContainer>>);

impl ContainerWatch {
    /// Starts it; it ends when the `Calls` are dropped.
    pub fn start() -> Result<(Self, Calls), CaptureError> {
        let (sender, receiver) = sync_channel(QUEUE);
        let thread = thread::Builder::new()
            .name("ctrprof-names".to_owned())
            .spawn(move || watch(&receiver))
            .map_err(CaptureError::system(
                "start the thread that reads names of containers",
            ))?;
        Ok((Self(thread), Calls(sender)))
    }

    /// The containers that were found.
    pub fn finish(self) -> Vec<KnownContainer> {
        self.0.join().unwrap_or_default()
    }
}

fn watch(calls: &Receiver<Call>) -> Vec<KnownContainer> {
    let mut known = existing::containers();
    while let Ok(call) = calls.recv() {
        let whole = fs::read(format!("/proc/{}/cmdline", call.tgid)).unwrap_or_default();
        // The record's were cut, /proc's may be those of the next program.
        let argv = if whole.starts_with(&call.argv) {
            &whole
        } else {
            &call.argv
        };
        if let Some(served) = Served::of(&String::from_utf8_lossy(argv)) {
            merge(&mut known, describe(call.tgid, &served));
        }
    }
    known
}

/// What a call and the files that it points to say.
fn describe(tgid: u32, served: &Served<'_>) -> KnownContainer {
    let mut container = served
        .bundle
        .map(|bundle| bundle::read(tgid, bundle, served.id))
        .unwrap_or_default();
    container.id = served.id.to_owned();
    if let Some(name) = served.name {
        container.name = name.to_owned();
    }
    container
}

/// Adds what is known of a container to what was known.
fn merge(all: &mut Vec<KnownContainer>, new: KnownContainer) {
    match all.iter_mut().find(|known| known.id == new.id) {
        Some(known) => {
            fill(&mut known.name, new.name);
            fill(&mut known.image, new.image);
            if known.program.is_empty() {
                known.program = new.program;
            }
            known.first_process = known.first_process.or(new.first_process);
        }
        None => all.push(new),
    }
}

fn fill(known: &mut String, new: String) {
    if known.is_empty() {
        *known = new;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_several_calls_say_of_a_container_is_added_up() {
        let named = |name: &str, image: &str| KnownContainer {
            id: "a".to_owned(),
            name: name.to_owned(),
            image: image.to_owned(),
            ..KnownContainer::default()
        };
        let mut all = Vec::new();
        merge(&mut all, named("", "bb"));
        merge(&mut all, named("one", ""));
        merge(&mut all, named("two", "cc"));
        assert_eq!(all, [named("one", "bb")]);
    }
}
