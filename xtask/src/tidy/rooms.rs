//! Data flows one way: a room of the library imports only what lies upstream of it.

use super::File;
use super::scan;

/// The rooms, from upstream to downstream.
pub const ROOMS: &[&str] = &[
    "model",
    "capture",
    "decode",
    "recording",
    "timeline",
    "attribution",
    "analysis",
    "compare",
    "explain",
    "render",
];
/// Beside the flow, and imported by the command line alone: the one examines the host, the other
/// starts runs and sets marks.
const BESIDE_THE_FLOW: &[&str] = &["doctor", "harness"];
/// Ties the rooms together, so it may import them all; nothing imports it.
const CLI: &str = "cli";
/// Files of the crate's root belong to the command line.
const ROOT_FILES: &[&str] = &["lib", "main"];

/// The folder of the library's sources.
const SOURCES: &str = "profiler/src/";

/// What in `file` goes against the flow.
pub fn problems(file: &File) -> Vec<String> {
    let Some(module) = module_of(&file.path) else {
        return Vec::new();
    };
    let Some(room) = module.first().filter(|room| !ROOT_FILES.contains(room)) else {
        return Vec::new();
    };
    if !ROOMS.contains(room) && !BESIDE_THE_FLOW.contains(room) && *room != CLI {
        return vec![format!(
            "{}: `{room}` is no room of the house; give it a place in the order of rooms",
            file.path
        )];
    }
    let mut problems = Vec::new();
    for path in scan::paths(&file.text) {
        let target = target_of(&path.segments, module.len());
        if let Some(why) = target.and_then(|target| objection(room, target)) {
            problems.push(format!("{}:{}: {why}", file.path, path.line));
        }
    }
    problems
}

/// Why `room` must not import `target`, if it must not.
fn objection(room: &str, target: &str) -> Option<String> {
    if room == target || room == CLI {
        return None;
    }
    if BESIDE_THE_FLOW.contains(&target) || target == CLI {
        return Some(format!(
            "`{room}` imports `{target}`, which only the command line may"
        ));
    }
    let position = |room: &str| ROOMS.iter().position(|other| *other == room);
    let target_position = position(target)?;
    // Those beside the flow take what they need, but have no place in it.
    let own_position = position(room)?;
    (target_position > own_position)
        .then(|| format!("`{room}` imports `{target}`, which lies downstream of it"))
}

/// The module that a file of the library is, as segments below the crate's root.
pub fn module_of(path: &str) -> Option<Vec<&str>> {
    let module = path.strip_prefix(SOURCES)?.strip_suffix(".rs")?;
    let module = module.strip_suffix("/mod").unwrap_or(module);
    Some(module.split('/').collect())
}

/// The room that a path leads to: through `crate`, or through enough `super`s.
fn target_of(segments: &[String], depth: usize) -> Option<&str> {
    let supers = segments
        .iter()
        .take_while(|segment| *segment == "super")
        .count();
    let at = match segments.first()?.as_str() {
        "crate" => 1,
        "super" if supers >= depth => supers,
        _ => return None,
    };
    segments.get(at).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems_of(path: &str, text: &str) -> Vec<String> {
        problems(&File {
            path: path.to_owned(),
            text: text.to_owned(),
        })
    }

    #[test]
    fn upstream_and_own_room_may_be_imported() {
        let text = "use crate::model::rows::Span;\nuse crate::timeline::index;\nuse super::other;";
        assert_eq!(
            problems_of("profiler/src/timeline/state.rs", text),
            Vec::<String>::new()
        );
    }

    #[test]
    fn downstream_may_not() {
        let text = "use crate::{model::rows, render::text};";
        let expected = [
            "profiler/src/timeline/mod.rs:1: `timeline` imports `render`, which lies downstream of it",
        ];
        assert_eq!(problems_of("profiler/src/timeline/mod.rs", text), expected);
    }

    #[test]
    fn a_way_through_super_is_seen() {
        let expected = [
            "profiler/src/decode/a.rs:1: `decode` imports `analysis`, which lies downstream of it",
        ];
        assert_eq!(
            problems_of("profiler/src/decode/a.rs", "use super::super::analysis::x;"),
            expected
        );
    }

    #[test]
    fn only_the_command_line_imports_what_is_beside_the_flow() {
        for text in ["fn f() { crate::harness::run() }", "use crate::doctor;"] {
            assert_eq!(
                problems_of("profiler/src/cli/run.rs", text),
                Vec::<String>::new()
            );
            assert_eq!(problems_of("profiler/src/render/mod.rs", text).len(), 1);
        }
    }

    #[test]
    fn what_is_beside_the_flow_takes_what_it_needs() {
        for file in ["profiler/src/harness/mod.rs", "profiler/src/doctor/mod.rs"] {
            assert_eq!(
                problems_of(
                    file,
                    "use crate::model::mark::Mark; use crate::capture::host;"
                ),
                Vec::<String>::new()
            );
        }
    }

    #[test]
    fn a_module_without_a_place_is_reported() {
        assert_eq!(problems_of("profiler/src/misc.rs", "").len(), 1);
        assert_eq!(
            problems_of("profiler/src/lib.rs", "pub use crate::render::x;"),
            Vec::<String>::new()
        );
    }

    #[test]
    fn other_crates_have_no_rooms() {
        assert_eq!(
            problems_of("xtask/src/ci.rs", "use crate::render::x;"),
            Vec::<String>::new()
        );
    }
}
