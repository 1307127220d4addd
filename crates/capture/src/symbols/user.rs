//! Functions at user addresses.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use blazesym::Pid;
use blazesym::symbolize::source::{Elf, Process, Source};
use blazesym::symbolize::{Input, Sym, Symbolized, Symbolizer};

use super::go::GoFunctions;
use super::mapped_file::MappedFile;
use super::user_maps::{Mapping, Place, UserMaps, map_file};
use trace::rows::Symbol;

/// The functions at user addresses, given as (process, address); what cannot be named for sure is
/// left out, and has no name where only its file is known. Processes that are alive are asked themselves, of those that are gone `maps` must
/// know.
pub fn user_symbols(addresses: &BTreeSet<(u32, u64)>, maps: &UserMaps) -> Vec<Symbol> {
    let symbolizer = Symbolizer::builder().enable_inlined_fns(false).build();
    let (by_file, by_process, mut symbols) = sort_out(addresses, maps);
    for (file, wanted) in by_file {
        if let Some(file) = maps.file(file) {
            symbols.extend(in_file(&symbolizer, file, &wanted));
        }
    }
    for (tgid, wanted) in by_process {
        if maps.is_alive(tgid) {
            symbols.extend(in_process(&symbolizer, tgid, &wanted));
        }
    }
    symbols
}

/// An address and where it lies in a file.
struct InFile {
    tgid: u32,
    address: u64,
    from_ns: u64,
    offset: u64,
    mapping: Mapping,
}

type ByFile = BTreeMap<usize, Vec<InFile>>;
type ByProcess = BTreeMap<u32, Vec<u64>>;

/// Divides addresses into those that can be looked up in a file, and those that only a live process
/// can tell; of those that lie nowhere any more, says so at once.
fn sort_out(addresses: &BTreeSet<(u32, u64)>, maps: &UserMaps) -> (ByFile, ByProcess, Vec<Symbol>) {
    let mut gone = Vec::new();
    let mut by_file = ByFile::new();
    let mut by_process = ByProcess::new();
    // The idle task, 0, has no user addresses.
    for &(tgid, address) in addresses.iter().filter(|(tgid, _)| *tgid != 0) {
        let places = maps.places_of(tgid, address);
        if places.is_empty() && !maps.is_seen(tgid, address) {
            by_process.entry(tgid).or_default().push(address);
        }
        for (from_ns, place) in places {
            match place {
                Place::File {
                    file,
                    offset,
                    mapping,
                } => by_file.entry(file).or_default().push(InFile {
                    tgid,
                    address,
                    from_ns,
                    offset,
                    mapping,
                }),
                Place::Anonymous => by_process.entry(tgid).or_default().push(address),
                Place::Gone => gone.push(Symbol {
                    tgid,
                    address,
                    name: String::new(),
                    offset: 0,
                    module: String::new(),
                    source: String::new(),
                    from_ns,
                }),
            }
        }
    }
    (by_file, by_process, gone)
}

fn in_file(symbolizer: &Symbolizer, file: &MappedFile, wanted: &[InFile]) -> Vec<Symbol> {
    let Some(path) = find(file, wanted) else {
        return Vec::new();
    };
    let offsets: Vec<u64> = wanted.iter().map(|wanted| wanted.offset).collect();
    let mut elf = Elf::new(&path);
    let mut lookup = |debug_syms| {
        elf.debug_syms = debug_syms;
        symbolizer.symbolize(&Source::Elf(elf.clone()), Input::FileOffset(&offsets))
    };
    let found = with_or_without_debug_information(&mut lookup);
    // Read when the first address has no name, and once.
    let mut go: Option<Option<GoFunctions>> = None;
    let module = file.path.to_string_lossy();
    let named = wanted.iter().enumerate().map(|(at, wanted)| {
        if let Some(found) = found.get(at).and_then(Symbolized::as_sym) {
            return Symbol {
                from_ns: wanted.from_ns,
                ..symbol(wanted.tgid, wanted.address, found, &module)
            };
        }
        let go = go.get_or_insert_with(|| GoFunctions::of(&path));
        let function = go.as_ref().and_then(|go| go.find(wanted.offset));
        let (name, offset) = function.unwrap_or_default();
        Symbol {
            tgid: wanted.tgid,
            address: wanted.address,
            name,
            offset,
            module: module.clone().into_owned(),
            source: String::new(),
            from_ns: wanted.from_ns,
        }
    });
    named.collect()
}

/// Where the file can be opened: at its path, if that leads to it from here, else its copy, else
/// through one of the processes that have it mapped.
fn find(file: &MappedFile, wanted: &[InFile]) -> Option<PathBuf> {
    let mappings: BTreeSet<_> = wanted
        .iter()
        .map(|wanted| (wanted.tgid, wanted.mapping.start, wanted.mapping.end))
        .collect();
    let links = mappings
        .into_iter()
        .map(|(tgid, start, end)| map_file(tgid, start, end));
    let here = Some(file.path.clone()).filter(|path| file.is_at(path));
    here.or_else(|| file.copy_path())
        .or_else(|| links.into_iter().find(|path| file.is_at(path)))
}

fn in_process(symbolizer: &Symbolizer, tgid: u32, addresses: &[u64]) -> Vec<Symbol> {
    let mut process = Process::new(Pid::from(tgid));
    let mut lookup = |debug_syms| {
        process.debug_syms = debug_syms;
        symbolizer.symbolize(&Source::Process(process.clone()), Input::AbsAddr(addresses))
    };
    let found = with_or_without_debug_information(&mut lookup);
    addresses
        .iter()
        .zip(&found)
        .filter_map(|(&address, found)| {
            let found = found.as_sym()?;
            let module = found.module.as_deref().unwrap_or_default();
            Some(symbol(tgid, address, found, &module.to_string_lossy()))
        })
        .collect()
}

/// Debug information that cannot be read must not hide the symbols beside it.
fn with_or_without_debug_information<'a>(
    lookup: &mut dyn FnMut(bool) -> blazesym::Result<Vec<Symbolized<'a>>>,
) -> Vec<Symbolized<'a>> {
    lookup(true).or_else(|_| lookup(false)).unwrap_or_default()
}

fn symbol(tgid: u32, address: u64, found: &Sym<'_>, module: &str) -> Symbol {
    Symbol {
        tgid,
        address,
        name: found.name.to_string(),
        offset: found.offset as u64,
        module: module.to_owned(),
        source: source_of(found).unwrap_or_default(),
        from_ns: 0,
    }
}

/// `file:line` of the address, where the debug information has it.
fn source_of(found: &Sym<'_>) -> Option<String> {
    let code = found.code_info.as_ref()?;
    let path = code.to_path();
    let path = path.display();
    Some(match code.line {
        Some(line) => format!("{path}:{line}"),
        None => path.to_string(),
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use std::process::{Child, Command};

    use super::super::address_space::{MapsLine, parse_maps};
    use super::*;

    /// The mapping of the C library's code in a process; `None` while it has none yet.
    fn libc_of(tgid: u32) -> Option<MapsLine> {
        let maps = std::fs::read_to_string(format!("/proc/{tgid}/maps")).unwrap();
        parse_maps(&maps).into_iter().find(|line| {
            let path = line.path.as_deref().and_then(|path| path.to_str());
            path.is_some_and(|path| path.contains("/libc.so"))
        })
    }

    /// A process that sleeps until it is dropped.
    struct Sleeper(Child);

    impl Drop for Sleeper {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    /// A process that sleeps, and the address of getpid in it.
    fn sleeper() -> (Sleeper, u64) {
        let child = Sleeper(Command::new("sleep").arg("600").spawn().unwrap());
        let there = loop {
            match libc_of(child.0.id()) {
                Some(line) => break line,
                None => std::thread::yield_now(),
            }
        };
        let here = libc_of(std::process::id()).unwrap();
        let getpid = libc::getpid as *const () as u64;
        (child, getpid - here.start + there.start)
    }

    fn names(addresses: &[(u32, u64)], maps: &UserMaps) -> Vec<String> {
        let addresses = addresses.iter().copied().collect();
        let symbols = user_symbols(&addresses, maps);
        symbols.into_iter().map(|symbol| symbol.name).collect()
    }

    #[test]
    fn a_process_that_is_gone_is_named_from_what_was_seen_of_it() {
        let (child, getpid) = sleeper();
        let tgid = child.0.id();
        let mut maps = UserMaps::new();
        maps.observe(tgid, &[getpid, 1]);
        drop(child);
        let symbols = user_symbols(&BTreeSet::from([(tgid, getpid + 2), (tgid, 1)]), &maps);
        assert_eq!(symbols.len(), 1, "{symbols:?}");
        assert!(symbols[0].name.contains("getpid"), "{symbols:?}");
        assert_eq!((symbols[0].tgid, symbols[0].offset), (tgid, 2));
        assert!(symbols[0].module.contains("libc.so"), "{symbols:?}");
        assert_eq!(names(&[(tgid, getpid)], &UserMaps::new()), [""; 0]);
    }

    /// The last byte of the mapping is behind all code.
    #[test]
    fn an_address_without_a_function_has_its_file() {
        let (child, _) = sleeper();
        let tgid = child.0.id();
        let code = libc_of(tgid).unwrap();
        let mut maps = UserMaps::new();
        maps.observe(tgid, &[code.start]);
        drop(child);
        let symbols = user_symbols(&BTreeSet::from([(tgid, code.end - 1)]), &maps);
        assert_eq!(symbols.len(), 1, "{symbols:?}");
        assert_eq!(symbols[0].name, "");
        assert!(symbols[0].module.contains("libc.so"), "{symbols:?}");
    }

    #[test]
    fn a_live_process_is_named_without_having_been_seen() {
        let (child, getpid) = sleeper();
        let found = names(&[(child.0.id(), getpid)], &UserMaps::new());
        assert!(found.len() == 1 && found[0].contains("getpid"), "{found:?}");
    }

    #[test]
    fn debug_information_gives_file_and_line() {
        let here = std::process::id();
        let address = sleeper as *const () as u64;
        let symbols = user_symbols(&BTreeSet::from([(here, address)]), &UserMaps::new());
        assert!(symbols[0].name.contains("sleeper"), "{symbols:?}");
        assert!(symbols[0].source.contains("user.rs:"), "{symbols:?}");
    }

    #[test]
    fn the_idle_task_has_no_user_addresses() {
        let address = libc::getpid as *const () as u64;
        assert_eq!(names(&[(0, address)], &UserMaps::new()), [""; 0]);
    }
}
