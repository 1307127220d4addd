//! Unmounts that write back a whole file system.
//!
//! The last mount of an overlay takes its superblock down, which first has the file system of its
//! upper layer write back all that is dirty (`ovl_sync_fs`, fs/overlayfs/super.c, v6.18), whoever
//! dirtied it. The kernel does so on its way out of the call (`cleanup_mnt`, fs/namespace.c).

use std::collections::HashMap;

use super::Causes;
use crate::attribution::Attribution;
use crate::attribution::file_system::FileSystem;
use crate::attribution::kernel::{self, unmount};
use crate::report::CauseKind;
use crate::timeline::{ThreadId, Timeline};

/// Notes each wait for such a write-back.
pub(super) fn note(causes: &mut Causes, attribution: &Attribution<'_, '_>) {
    let timeline = attribution.timeline();
    let mut waits: Vec<(ThreadId, u32, u32)> = Vec::new();
    let mut stores: HashMap<(ThreadId, u32), String> = HashMap::new();
    for thread in timeline.thread_ids() {
        for &row in timeline.thread(thread).off_cpu() {
            let off_cpu = timeline.off_cpu(row);
            let Some(stack) = off_cpu.stack.filter(|_| off_cpu.is_wait()) else {
                continue;
            };
            let functions = attribution.stacks().functions(stack);
            let has = |known| functions.iter().any(|name| kernel::has(known, name));
            if !has(unmount::CLEANUP) {
                continue;
            }
            // The unmount is the call that the work was left by.
            let Some(call) = timeline.span_before(thread, off_cpu.from_ns) else {
                continue;
            };
            if has(unmount::OVERLAY_SYNC) {
                waits.push((thread, call, row));
            }
            if let Some(name) = unmount::file_system(functions) {
                stores.insert((thread, call), name.to_owned());
            }
        }
    }
    for (thread, call, row) in waits {
        let store = stores
            .entry((thread, call))
            .or_insert_with(|| store_by_path(timeline, call).unwrap_or_default());
        let text = text(store);
        causes.note_kind(&text, CauseKind::UnmountSync);
        causes.note_wait(row, &text);
    }
}

/// The file system on which the folders of a mount lie: that of a file beside its mount point.
fn store_by_path(timeline: &Timeline<'_>, call: u32) -> Option<String> {
    let target = timeline.text(timeline.span(call).text?)?;
    let (folder, _) = target.rsplit_once('/')?;
    let folder = format!("{folder}/");
    timeline.tables().spans.iter().find_map(|span| {
        let found = FileSystem::from_magic(span.fs_magic);
        let path = timeline.text(span.text?)?;
        let is_beside = path.starts_with(&folder) && !path.starts_with(target);
        (is_beside && found.magic() != 0 && found != FileSystem::OVERLAY).then(|| found.to_string())
    })
}

fn text(store: &str) -> String {
    const WAIT: &str = "unmount of an overlay waits for sync_filesystem of the store's file system";
    match store {
        "" => WAIT.to_owned(),
        name => format!("{WAIT} ({name})"),
    }
}
