//! Stages, and the critical path of each.

use std::io;

use analysis::report::path::{Segment, StagePath};

use super::Trace;
use super::interned::Argument;
use super::message::TrackDescriptor;
use super::tracks::{begin, end, number, of_path, of_run, texts};
use crate::viewers::title;

/// Writes a track for the stages of each run, and one for the critical path of each stage.
pub(super) fn write(trace: &mut Trace<'_>, paths: &[StagePath]) -> io::Result<()> {
    let mut last_run = None;
    for (index, path) in paths.iter().enumerate() {
        if last_run != Some(path.run) {
            last_run = Some(path.run);
            let name = format!("run {}: stages", path.run + 1);
            trace.track(descriptor(of_run(path.run), name))?;
        }
        let end_ns = path.start_ns + path.wall_ns;
        trace.event(
            path.start_ns,
            &path.stage,
            begin(of_run(path.run), Vec::new()),
        )?;
        trace.event(end_ns, "", end(of_run(path.run)))?;
        let name = format!("critical path of {}", title(path, paths));
        trace.track(descriptor(of_path(index), name))?;
        for piece in path.segments.iter().filter(|piece| piece.duration_ns > 0) {
            let track = of_path(index);
            trace.event(
                piece.start_ns,
                &name_of(piece),
                begin(track, arguments(piece)),
            )?;
            trace.event(piece.end_ns(), "", end(track))?;
        }
    }
    Ok(())
}

fn descriptor(uuid: u64, name: String) -> TrackDescriptor {
    TrackDescriptor {
        uuid,
        name,
        ..TrackDescriptor::default()
    }
}

/// The phase first, so that slices of one phase have one colour as far as their part is the same.
fn name_of(piece: &Segment) -> String {
    match piece.subphase.as_str() {
        "" => piece.phase.name().to_owned(),
        part => format!("{}: {part}", piece.phase.name()),
    }
}

fn arguments(piece: &Segment) -> Vec<Argument> {
    let woken_by = piece.woken_by.as_ref();
    let woken_by = woken_by.map(|wake| format!("{} {}", wake.comm, wake.tid));
    let mut arguments = texts(&[
        ("phase", piece.phase.name()),
        ("process", &piece.comm),
        ("role", piece.role.name()),
        ("call", piece.syscall.as_deref().unwrap_or_default()),
        ("of", &piece.detail),
        ("cause", &piece.cause),
        ("woken by", &woken_by.unwrap_or_default()),
        (
            "rule of thumb",
            piece.heuristic.map_or("", |rule| rule.name()),
        ),
    ]);
    arguments.push(number("thread", piece.tid.into()));
    arguments
}
