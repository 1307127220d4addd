//! Maps of processes, remembered from when they were alive.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::address_space::{MapsLine, parse_maps};
use super::mapped_file::{Identity, MappedFile, identity_of};

/// Times that the mappings of one process are read, at most: code that is generated as it runs
/// would else have them read at every sample.
const MOST_SNAPSHOTS: u32 = 64;
/// Bytes of all files together that are copied, at most.
const MOST_COPIED_BYTES: u64 = 256 << 20;

/// One executable mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mapping {
    /// Address of its first byte.
    pub(super) start: u64,
    /// Address behind its last byte.
    pub(super) end: u64,
    /// Where in the file it begins, in bytes.
    file_offset: u64,
    /// Index of its file, if it has one.
    file: Option<usize>,
}

impl Mapping {
    fn contains(&self, address: u64) -> bool {
        (self.start..self.end).contains(&address)
    }
}

/// The mappings of one program that a process ran.
#[derive(Clone, Debug)]
struct AddressSpace {
    /// When the process began, in clock ticks since boot: tells it from a later one of its number.
    started_ticks: u64,
    /// From when on it ran this program, nanoseconds; 0 for the first.
    from_ns: u64,
    mappings: Vec<Mapping>,
}

#[derive(Clone, Debug, Default)]
struct Observed {
    /// One for each program that it ran, oldest first.
    spaces: Vec<AddressSpace>,
    /// When it replaced its program, if it has since the last one.
    replaced_ns: Option<u64>,
    snapshots: u32,
}

impl Observed {
    fn is_known(&self, address: u64) -> bool {
        self.replaced_ns.is_none()
            && self
                .spaces
                .last()
                .is_some_and(|space| space.mappings.iter().any(|m| m.contains(address)))
    }
}

/// Where an address lies, as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// In memory without a file.
    Anonymous,
    /// At `offset` bytes of the file with this index, through this mapping.
    File {
        file: usize,
        offset: u64,
        mapping: Mapping,
    },
    /// Nowhere any more: the process has replaced the program that had it.
    Gone,
}

impl Place {
    /// Whether it has the same name as `other`.
    fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (
                Self::File { file, offset, .. },
                Self::File {
                    file: other_file,
                    offset: other_offset,
                    ..
                },
            ) => (file, offset) == (other_file, other_offset),
            _ => self == other,
        }
    }
}

/// The mappings of processes. Memory: some hundred bytes for each process, files are shared.
#[derive(Clone, Debug, Default)]
pub struct UserMaps {
    files: Vec<MappedFile>,
    file_indices: HashMap<(PathBuf, Identity), usize>,
    /// One file for each build id: its copies have the same names.
    by_build_id: HashMap<Vec<u8>, usize>,
    copied_bytes: u64,
    processes: HashMap<u32, Observed>,
}

impl UserMaps {
    /// Knows of no process.
    pub fn new() -> Self {
        Self::default()
    }

    /// To be called with the user stack (innermost frame first) of every sample, as early as
    /// possible: reads the mappings of the process if the innermost address is not in one that is
    /// known. Cheap otherwise. A process that is gone is passed over.
    pub fn observe(&mut self, tgid: u32, frames: &[u64]) {
        let Some(&address) = frames.first() else {
            return;
        };
        let observed = self.processes.entry(tgid).or_default();
        if observed.is_known(address) || observed.snapshots >= MOST_SNAPSHOTS {
            return;
        }
        observed.snapshots += 1;
        // A process that is gone, or has lost its memory already, leaves its addresses without names.
        let _ = self.snapshot(tgid);
    }

    /// To be called when a process replaces its program: the next sample is from other mappings.
    pub fn replaced(&mut self, tgid: u32, at_ns: u64) {
        if let Some(observed) = self.processes.get_mut(&tgid) {
            observed.replaced_ns = Some(at_ns);
        }
    }

    /// Reads the mappings of a live process.
    ///
    /// # Errors
    /// It is gone, or may not be looked at.
    pub fn snapshot(&mut self, tgid: u32) -> io::Result<()> {
        let started_ticks = started_ticks(tgid)?;
        let maps = fs::read(format!("/proc/{tgid}/maps"))?;
        let lines = parse_maps(&String::from_utf8_lossy(&maps));
        if lines.is_empty() {
            return Err(io::ErrorKind::NotFound.into());
        }
        let mappings = lines
            .into_iter()
            .map(|line| self.mapping_of(tgid, line))
            .collect();
        self.remember(
            tgid,
            AddressSpace {
                started_ticks,
                from_ns: 0,
                mappings,
            },
        );
        Ok(())
    }

    fn mapping_of(&mut self, tgid: u32, line: MapsLine) -> Mapping {
        let (start, end, file_offset) = (line.start, line.end, line.file_offset);
        let file = line.path.map(|path| {
            // The identity from stat(2) can differ from that in the maps (btrfs, overlayfs).
            let identity = identity_of(&map_file(tgid, start, end)).unwrap_or_else(|| {
                (
                    nix::sys::stat::makedev(line.device.0.into(), line.device.1.into()),
                    line.inode,
                )
            });
            self.file_index(path, identity, &map_file(tgid, start, end))
        });
        Mapping {
            start,
            end,
            file_offset,
            file,
        }
    }

    /// The index of a file; `link` leads to it while the process lives.
    fn file_index(&mut self, path: PathBuf, identity: Identity, link: &Path) -> usize {
        let key = (path, identity);
        if let Some(&index) = self.file_indices.get(&key) {
            return index;
        }
        let mut file = MappedFile::new(key.0.clone(), identity, link);
        let same = file
            .build_id
            .as_ref()
            .and_then(|id| self.by_build_id.get(id));
        let index = match same.copied() {
            Some(index) => {
                self.files[index].learn_of(file);
                index
            }
            None => {
                self.copied_bytes += file.keep(link, MOST_COPIED_BYTES - self.copied_bytes);
                let index = self.files.len();
                if let Some(id) = &file.build_id {
                    self.by_build_id.insert(id.clone(), index);
                }
                self.files.push(file);
                index
            }
        };
        self.file_indices.insert(key, index);
        index
    }

    fn remember(&mut self, tgid: u32, mut space: AddressSpace) {
        let observed = self.processes.entry(tgid).or_default();
        let replaced_ns = observed.replaced_ns.take();
        // Both were read after the process had replaced its program: where code lies is random.
        let is_late = |last: &AddressSpace| last.mappings == space.mappings;
        if replaced_ns.is_some() && observed.spaces.last().is_some_and(is_late) {
            observed.spaces.pop();
        }
        match observed.spaces.last_mut() {
            Some(last) if replaced_ns.is_none() && last.started_ticks == space.started_ticks => {
                space.from_ns = last.from_ns;
                *last = space;
            }
            Some(_) | None => {
                space.from_ns = replaced_ns.unwrap_or(0);
                observed.spaces.push(space);
            }
        }
    }

    /// Where `address` of the process lies, and from when on: one place for each program of it that
    /// has the address in another file, oldest first. None, if of two programs it cannot be told
    /// when each was.
    pub(super) fn places_of(&self, tgid: u32, address: u64) -> Vec<(u64, Place)> {
        let mut found: Vec<(u64, Place)> = Vec::new();
        let spaces = self.processes.get(&tgid).map(|observed| &observed.spaces);
        for space in spaces.into_iter().flatten() {
            let mapping = space.mappings.iter().find(|m| m.contains(address));
            let place = mapping.map_or(Place::Gone, |mapping| place_in(mapping, address));
            match found.last() {
                None if place == Place::Gone => {}
                Some((_, last)) if last.is_same(&place) => {}
                Some((from_ns, _)) if *from_ns >= space.from_ns => return Vec::new(),
                Some(_) | None => found.push((space.from_ns, place)),
            }
        }
        found
    }

    /// Whether any program of the process has something at `address`.
    pub(super) fn is_seen(&self, tgid: u32, address: u64) -> bool {
        let observed = self.processes.get(&tgid);
        let mut spaces = observed.into_iter().flat_map(|observed| &observed.spaces);
        spaces.any(|space| space.mappings.iter().any(|m| m.contains(address)))
    }

    /// The file with this index.
    pub(super) fn file(&self, index: usize) -> Option<&MappedFile> {
        self.files.get(index)
    }

    /// Whether the process is alive, and still the one that was seen last under its number.
    pub(super) fn is_alive(&self, tgid: u32) -> bool {
        let Ok(now) = started_ticks(tgid) else {
            return false;
        };
        match self.processes.get(&tgid) {
            Some(observed) => {
                let last = observed.spaces.last();
                observed.replaced_ns.is_none()
                    && last.is_none_or(|space| space.started_ticks == now)
            }
            None => true,
        }
    }
}

fn place_in(mapping: &Mapping, address: u64) -> Place {
    match mapping.file {
        Some(file) => Place::File {
            file,
            offset: address - mapping.start + mapping.file_offset,
            mapping: *mapping,
        },
        None => Place::Anonymous,
    }
}

/// The link to what a process has mapped from `start` to `end`: proc_pid_map_files(5).
pub(super) fn map_file(tgid: u32, start: u64, end: u64) -> PathBuf {
    PathBuf::from(format!("/proc/{tgid}/map_files/{start:x}-{end:x}"))
}

/// When the process began, in clock ticks since boot: field 22 of proc_pid_stat(5).
fn started_ticks(tgid: u32) -> io::Result<u64> {
    let stat = fs::read_to_string(format!("/proc/{tgid}/stat"))?;
    // The name, in parentheses, may hold anything. Behind it comes the third field.
    stat.rsplit_once(')')
        .and_then(|(_, fields)| fields.split_ascii_whitespace().nth(22 - 3))
        .and_then(|field| field.parse().ok())
        .ok_or_else(|| io::ErrorKind::InvalidData.into())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use super::*;

    /// A program with one mapping, from 0x1000 to 0x2000, of the file with this index.
    fn program(started_ticks: u64, file: Option<usize>) -> AddressSpace {
        AddressSpace {
            started_ticks,
            from_ns: 0,
            mappings: vec![Mapping {
                start: 0x1000,
                end: 0x2000,
                file_offset: 0x40,
                file,
            }],
        }
    }

    /// From when on, in which file and where an address of process 7 lies.
    fn placed(maps: &UserMaps, address: u64) -> Vec<(u64, Option<usize>, u64)> {
        let places = maps.places_of(7, address).into_iter();
        let told = places.map(|(from_ns, place)| match place {
            Place::File { file, offset, .. } => (from_ns, Some(file), offset),
            Place::Anonymous => (from_ns, None, 0),
            Place::Gone => (from_ns, None, 1),
        });
        told.collect()
    }

    #[test]
    fn an_address_is_an_offset_in_a_file() {
        let mut maps = UserMaps::new();
        maps.remember(7, program(1, Some(3)));
        assert_eq!(placed(&maps, 0x1010), [(0, Some(3), 0x50)]);
        assert_eq!(placed(&maps, 0x2000), []);
        assert_eq!(maps.places_of(8, 0x1010), []);
        maps.remember(7, program(1, None));
        assert_eq!(placed(&maps, 0x1010), [(0, None, 0)]);
    }

    #[test]
    fn an_address_in_two_programs_of_one_process_is_told_apart_by_time() {
        let mut maps = UserMaps::new();
        maps.remember(7, program(1, Some(3)));
        maps.replaced(7, 500);
        maps.remember(7, program(1, Some(4)));
        assert_eq!(
            placed(&maps, 0x1010),
            [(0, Some(3), 0x50), (500, Some(4), 0x50)]
        );
    }

    #[test]
    fn an_address_goes_with_its_program() {
        let mut maps = UserMaps::new();
        maps.remember(7, program(1, Some(3)));
        maps.replaced(7, 500);
        let elsewhere = AddressSpace {
            mappings: Vec::new(),
            ..program(1, None)
        };
        maps.remember(7, elsewhere);
        assert_eq!(placed(&maps, 0x1010), [(0, Some(3), 0x50), (500, None, 1)]);
    }

    #[test]
    fn mappings_that_were_read_too_late_are_those_of_the_next_program() {
        let mut maps = UserMaps::new();
        maps.remember(7, program(1, Some(3)));
        maps.replaced(7, 500);
        maps.remember(7, program(1, Some(3)));
        assert_eq!(placed(&maps, 0x1010), [(500, Some(3), 0x50)]);
    }

    #[test]
    fn a_later_look_at_the_same_program_replaces_the_earlier() {
        let mut maps = UserMaps::new();
        maps.remember(7, program(1, Some(3)));
        maps.remember(7, program(1, Some(4)));
        assert_eq!(placed(&maps, 0x1010), [(0, Some(4), 0x50)]);
        // Another process under the same number, of which it is not known from when on.
        maps.remember(7, program(2, Some(5)));
        assert_eq!(placed(&maps, 0x1010), []);
    }

    #[test]
    fn a_known_address_does_not_read_the_mappings_again() {
        let here = std::process::id();
        let address = identity_of as *const () as u64;
        let mut maps = UserMaps::new();
        maps.observe(here, &[address]);
        maps.observe(here, &[address + 1]);
        assert_eq!(maps.processes[&here].snapshots, 1);
        maps.replaced(here, 1);
        maps.observe(here, &[address]);
        assert_eq!(maps.processes[&here].snapshots, 2);
    }

    #[test]
    fn code_in_no_mapping_does_not_have_them_read_for_ever() {
        let here = std::process::id();
        let mut maps = UserMaps::new();
        for _ in 0..200 {
            maps.observe(here, &[1]);
        }
        assert_eq!(maps.processes[&here].snapshots, MOST_SNAPSHOTS);
    }

    #[test]
    fn a_process_that_is_gone_is_passed_over() {
        let mut child = std::process::Command::new("true").spawn().unwrap();
        child.wait().unwrap();
        let mut maps = UserMaps::new();
        maps.observe(child.id(), &[0x1000]);
        assert!(maps.snapshot(child.id()).is_err());
        assert!(!maps.is_alive(child.id()));
        assert!(maps.is_alive(std::process::id()));
    }
}
