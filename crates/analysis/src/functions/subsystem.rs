//! The subsystem that a user stack is in.
//!
//! # Rule
//!
//! A leaf says little: `memmove` may be a garbage collection, a regular expression, or the linker. So
//! a stack goes by its *outermost* frame that names a subsystem:
//!
//! 1. Any frame in the dynamic linker makes it `dynamic linking`: what it calls and what called it
//!    is there for that.
//! 2. Below Go's `runtime.doInit` it is the initialiser of a package: that of the innermost such
//!    frame, since each package's imports are initialised first (Go 1.19 to 1.25, src/runtime/proc.go,
//!    `doInit`, `doInit1`).
//! 3. Else the outermost frame that is in the table (`known`), allocators aside.
//! 4. Else the outermost frame in a shared library that is not the language's own: that library.
//! 5. Else the allocator, if the stack is in it: everybody's, so that it tells least.
//!
//! What none of these names has no subsystem; [`super::tree`] names it by function.

use super::frame::UserFrame;
use super::known::{
    ENTRIES, ENTRY_PREFIXES, KNOWN, Known, LANGUAGE_LIBRARIES, LANGUAGE_PREFIXES, LINKING,
    NOT_LINKING, Pattern,
};

/// The functions of Go's runtime that run the initialisers of packages.
const GO_INITIALISERS: &[&str] = &["runtime.doInit", "runtime.doInit1"];

/// The initialisers of Go's packages.
const INITIALISERS: &str = "package initialisers";

/// What a stack goes by.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name {
    /// The subsystem, else a function.
    pub whole: String,
    /// Within it: of initialisers the package, else the innermost function.
    pub part: String,
}

/// The subsystem of a stack, innermost frame first.
pub fn of(frames: &[UserFrame]) -> Option<Name> {
    if let Some(package) = initialised_package(frames).filter(|_| !frames.iter().any(is_linker)) {
        return Some(Name {
            whole: INITIALISERS.to_owned(),
            part: package,
        });
    }
    let whole = if frames.iter().any(is_linker) {
        LINKING.to_owned()
    } else {
        in_table(frames, |known| !known.is_allocator())
            .or_else(|| in_library(frames))
            .or_else(|| in_table(frames, Known::is_allocator))?
    };
    Some(Name {
        whole,
        part: innermost(frames),
    })
}

/// The name of the innermost frame.
pub(super) fn innermost(frames: &[UserFrame]) -> String {
    frames.first().map(UserFrame::shown).unwrap_or_default()
}

fn is_linker(frame: &UserFrame) -> bool {
    !NOT_LINKING.contains(&frame.function.as_str())
        && known(frame).is_some_and(|known| known.subsystem == LINKING)
}

fn in_table(frames: &[UserFrame], is_wanted: impl Fn(&Known) -> bool) -> Option<String> {
    let mut outermost_first = frames.iter().rev().filter_map(known);
    outermost_first
        .find(|known| is_wanted(known))
        .map(|known| known.subsystem.to_owned())
}

fn known(frame: &UserFrame) -> Option<&'static Known> {
    let function = without_vendor(&frame.function);
    let mut table = KNOWN.iter();
    table.find(|known| match known.pattern {
        Pattern::Function(name) => function == name,
        Pattern::Prefix(name) => function.starts_with(name),
        Pattern::Library(name) => frame.library() == Some(name),
    })
}

/// A name of Go without the folder that packages of others were copied to.
fn without_vendor(function: &str) -> &str {
    match function.find("/vendor/") {
        Some(at) => &function[at + "/vendor/".len()..],
        None => function,
    }
}

fn in_library(frames: &[UserFrame]) -> Option<String> {
    let mut outermost_first = frames.iter().rev();
    outermost_first.find_map(|frame| {
        let library = frame.library()?;
        let is_own = LANGUAGE_LIBRARIES
            .iter()
            .all(|&language| library != language && !library.starts_with(&format!("{language}-")));
        is_own.then(|| library.to_owned())
    })
}

/// Whether a frame is of the language or its library, which every program calls.
pub(super) fn is_language(frame: &UserFrame) -> bool {
    let of_library = frame
        .library()
        .is_some_and(|library| LANGUAGE_LIBRARIES.contains(&library));
    of_library
        || LANGUAGE_PREFIXES
            .iter()
            .any(|prefix| frame.function.starts_with(prefix))
}

/// The package of Go whose initialiser a stack is in; empty if it is in none yet.
fn initialised_package(frames: &[UserFrame]) -> Option<String> {
    let runner = frames
        .iter()
        .position(|frame| GO_INITIALISERS.contains(&frame.function.as_str()))
        // The compiler may put it into its caller.
        .or_else(|| {
            let main = frames.iter().position(|frame| frame.function == "runtime.main")?;
            let inner = frames[..main].last()?;
            is_initialiser(&inner.function).then_some(main)
        })?;
    let inner = frames[..runner].last().map(|frame| frame.function.as_str());
    Some(inner.and_then(package).unwrap_or_default().to_owned())
}

/// Whether a function of Go initialises its package: `PACKAGE.init`, `PACKAGE.init.0`,
/// `PACKAGE.map.init.0`.
fn is_initialiser(function: &str) -> bool {
    let name = function.rsplit_once('/').map_or(function, |(_, name)| name);
    let mut words = name.split('.').skip(1);
    words.next().is_some_and(|word| word == "init")
}

/// The package of a function of Go: up to the first point behind the last slash that is not in the
/// type arguments.
fn package(function: &str) -> Option<&str> {
    let plain = function.split('[').next().unwrap_or(function);
    let name_at = plain.rfind('/').map_or(0, |at| at + 1);
    let point = plain[name_at..].find('.')?;
    let package = without_vendor(&plain[..name_at + point]);
    (!package.is_empty() && package != "runtime").then_some(package)
}

/// Whether a frame lies between the start of a process or thread and what it is there for.
pub(super) fn is_entry(frame: &UserFrame) -> bool {
    let function = frame.function.as_str();
    function.is_empty()
        || ENTRIES.contains(&function)
        || ENTRY_PREFIXES
            .iter()
            .any(|prefix| function.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stack, innermost frame first: `function@module`.
    fn stack(text: &str) -> Vec<UserFrame> {
        let frames = text.split(" < ").map(|frame| {
            let (function, module) = frame.rsplit_once('@').unwrap_or((frame, "dockerd"));
            UserFrame::new(function, module)
        });
        frames.collect()
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let name = of(&stack(text)).unwrap_or_default();
        assert_eq!(name.whole, expected, "{text}");
    }

    #[track_caller]
    fn check_package(text: &str, expected: &str) {
        let name = of(&stack(text)).unwrap_or_default();
        assert_eq!(
            (&*name.whole, &*name.part),
            (INITIALISERS, expected),
            "{text}"
        );
    }

    #[test]
    fn initialisers_of_go_go_by_their_package() {
        check_package(
            "regexp/syntax.(*compiler).compile < regexp.compile < regexp.MustCompile < \
             github.com/docker/distribution/reference.init < runtime.doInit < runtime.doInit < \
             runtime.doInit < runtime.main < runtime.goexit",
            "github.com/docker/distribution/reference",
        );
        check_package(
            "runtime.mallocgc < runtime.newobject < \
             github.com/docker/libnetwork/ipamutils.splitNetwork < \
             github.com/docker/libnetwork/ipamutils.init.0 < runtime.doInit < runtime.main",
            "github.com/docker/libnetwork/ipamutils",
        );
        check_package(
            "github.com/docker/cli/vendor/go.etcd.io/etcd/raft/v3/raftpb.init.0 < runtime.doInit1 < \
             runtime.main < runtime.goexit",
            "go.etcd.io/etcd/raft/v3/raftpb",
        );
        check_package("main.init < runtime.main < runtime.goexit", "main");
        check_package("runtime.doInit < runtime.main", "");
    }

    #[test]
    fn the_outermost_subsystem_of_the_table_counts() {
        check(
            "runtime.memmove < runtime.mallocgc < encoding/json.(*decodeState).object < \
             encoding/json.Unmarshal < main.load < main.main < runtime.main",
            "JSON",
        );
        check(
            "runtime.findObject < runtime.scanobject < runtime.gcDrain < \
             runtime.gcBgMarkWorker.func2 < runtime.systemstack < runtime.goexit",
            "Go garbage collector",
        );
        check(
            "runtime.epollwait < runtime.findRunnable < runtime.schedule < runtime.park_m < \
             runtime.mcall",
            "Go scheduler",
        );
        check(
            "serde_json::de::Deserializer<R>::parse_value@tool < tool::main@tool",
            "JSON",
        );
        check(
            "std::__detail::_Executor<char>::_M_dfs@tool < main@tool",
            "regular expressions",
        );
    }

    #[test]
    fn what_the_linker_calls_is_linking() {
        check(
            "__GI_mprotect@ld-linux-x86-64.so.2 < dl_main@ld-linux-x86-64.so.2 < \
             _dl_sysdep_start@ld-linux-x86-64.so.2 < _dl_start_user@ld-linux-x86-64.so.2",
            "dynamic linking",
        );
        check("do_lookup_x@ld-linux-x86-64.so.2", "dynamic linking");
        check(
            "__tls_get_addr@ld-linux-x86-64.so.2 < f@tool",
            "dynamic linking",
        );
    }

    #[test]
    fn libraries_are_known_without_symbols() {
        check("@libseccomp.so.2.5.4", "libseccomp");
        check("@libyajl.so.2 < @crun", "JSON");
        check(
            "_int_malloc@libc.so.6 < seccomp_rule_add@libseccomp.so.2.5.4 < main@crun",
            "libseccomp",
        );
        check("_int_malloc@libc.so.6 < f@tool < main@tool", "allocator");
        check("runtime.mallocgc < main.f < main.main", "Go allocator");
        check("memcpy@libc.so.6 < @libfoo-2.so < main@tool", "libfoo-2");
    }

    #[test]
    fn what_nothing_names_has_no_subsystem() {
        for text in [
            "compute@tool < main@tool",
            "@tool",
            "memcpy@libc.so.6",
            "memcpy@libc-2.31.so",
        ] {
            assert_eq!(of(&stack(text)), None, "{text}");
        }
    }
}
