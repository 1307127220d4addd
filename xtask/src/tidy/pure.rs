//! Rooms without a clock, a file system or an environment: they can be tested on literals alone.

use super::File;
use super::rooms;
use super::scan;

const PURE_ROOMS: &[&str] = &[
    "timeline",
    "attribution",
    "analysis",
    "compare",
    "explain",
    "render",
];

/// What reaches out of the program, as the beginning of a path.
const IMPURE: &[&str] = &[
    "aya",
    "libc",
    "nix",
    "std::env",
    "std::fs",
    "std::io::stderr",
    "std::io::stdin",
    "std::io::stdout",
    "std::net",
    "std::os",
    "std::process",
    "std::thread",
    "std::time::Instant",
    "std::time::SystemTime",
    "tokio",
];

/// What in `file` is impure though its room is not.
pub fn problems(file: &File) -> Vec<String> {
    let room = rooms::module_of(&file.path).and_then(|module| module.first().copied());
    let Some(room) = room.filter(|room| PURE_ROOMS.contains(room)) else {
        return Vec::new();
    };
    let impure = scan::paths(&file.text).into_iter().filter_map(|path| {
        let name = path.segments.join("::");
        let hit = IMPURE.iter().find(|impure| leads_into(&name, impure))?;
        Some(format!(
            "{}:{}: `{room}` is pure and uses `{hit}`",
            file.path, path.line
        ))
    });
    impure.collect()
}

fn leads_into(path: &str, module: &str) -> bool {
    path.strip_prefix(module)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
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
    fn a_clock_is_found_in_a_list() {
        let expected =
            ["profiler/src/analysis/mod.rs:1: `analysis` is pure and uses `std::time::Instant`"];
        assert_eq!(
            problems_of(
                "profiler/src/analysis/mod.rs",
                "use std::time::{Duration, Instant};"
            ),
            expected
        );
    }

    #[test]
    fn calls_are_found_without_an_import() {
        assert_eq!(
            problems_of(
                "profiler/src/render/text.rs",
                "fn f() { std::env::var(\"NO_COLOR\"); }"
            )
            .len(),
            1
        );
    }

    #[test]
    fn names_that_only_begin_alike_are_not_meant() {
        assert_eq!(
            problems_of(
                "profiler/src/render/text.rs",
                "use std::fmt; use libc_names::x;"
            ),
            Vec::<String>::new()
        );
    }

    #[test]
    fn tests_and_other_rooms_may() {
        let tests = "#[cfg(test)] mod tests { use std::fs; use std::env::var; }";
        assert_eq!(
            problems_of("profiler/src/render/mod.rs", tests),
            Vec::<String>::new()
        );
        assert_eq!(
            problems_of("profiler/src/capture/mod.rs", "use std::fs::read;"),
            Vec::<String>::new()
        );
    }
}
