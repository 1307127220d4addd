//! Maps of processes, remembered from when they were alive.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::address_space::{MapsLine, parse_maps};

/// Times that the mappings of one process are read, at most: code that is generated as it runs
/// would else have them read at every sample.
const MOST_SNAPSHOTS: u32 = 64;

/// A file that code was mapped from. The path alone is not enough: a container's `/bin/sh` is not
/// the host's.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct MappedFile {
    /// Path, as the process saw it.
    pub(super) path: PathBuf,
    /// Device and inode number, as stat(2) gives them.
    pub(super) identity: (u64, u64),
}

impl MappedFile {
    /// Whether this very file is at `path`.
    pub(super) fn is_at(&self, path: &Path) -> bool {
        identity_of(path).is_some_and(|identity| identity == self.identity)
    }
}

fn identity_of(path: &Path) -> Option<(u64, u64)> {
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.dev(), metadata.ino()))
}

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
    mappings: Vec<Mapping>,
}

#[derive(Clone, Debug, Default)]
struct Observed {
    /// One for each program that it ran, oldest first.
    spaces: Vec<AddressSpace>,
    /// Whether it has replaced its program since the last one.
    replaced: bool,
    snapshots: u32,
}

impl Observed {
    fn is_known(&self, address: u64) -> bool {
        !self.replaced
            && self
                .spaces
                .last()
                .is_some_and(|space| space.mappings.iter().any(|m| m.contains(address)))
    }
}

/// Where an address lies, as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// In no mapping that was seen.
    Unknown,
    /// In memory without a file.
    Anonymous,
    /// At `offset` bytes of the file with this index, through this mapping.
    File {
        file: usize,
        offset: u64,
        mapping: Mapping,
    },
    /// In different files, for the process replaced its program.
    Ambiguous,
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
    file_indices: HashMap<MappedFile, usize>,
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
    pub fn replaced(&mut self, tgid: u32) {
        if let Some(observed) = self.processes.get_mut(&tgid) {
            observed.replaced = true;
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
            self.file_index(MappedFile { path, identity })
        });
        Mapping {
            start,
            end,
            file_offset,
            file,
        }
    }

    fn file_index(&mut self, file: MappedFile) -> usize {
        if let Some(&index) = self.file_indices.get(&file) {
            return index;
        }
        let index = self.files.len();
        self.files.push(file.clone());
        self.file_indices.insert(file, index);
        index
    }

    fn remember(&mut self, tgid: u32, space: AddressSpace) {
        let observed = self.processes.entry(tgid).or_default();
        match observed.spaces.last_mut() {
            Some(last) if !observed.replaced && last.started_ticks == space.started_ticks => {
                *last = space;
            }
            Some(_) | None => observed.spaces.push(space),
        }
        observed.replaced = false;
    }

    /// Where `address` of the process lies.
    pub(super) fn place_of(&self, tgid: u32, address: u64) -> Place {
        let mut found = Place::Unknown;
        let spaces = self.processes.get(&tgid).map(|observed| &observed.spaces);
        for space in spaces.into_iter().flatten() {
            let Some(mapping) = space.mappings.iter().find(|m| m.contains(address)) else {
                continue;
            };
            let place = place_in(mapping, address);
            if found != Place::Unknown && !found.is_same(&place) {
                return Place::Ambiguous;
            }
            found = place;
        }
        found
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
                !observed.replaced && last.is_none_or(|space| space.started_ticks == now)
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
            mappings: vec![Mapping {
                start: 0x1000,
                end: 0x2000,
                file_offset: 0x40,
                file,
            }],
        }
    }

    fn offset_in(place: Place) -> Option<(usize, u64)> {
        match place {
            Place::File { file, offset, .. } => Some((file, offset)),
            Place::Unknown | Place::Anonymous | Place::Ambiguous => None,
        }
    }

    #[test]
    fn an_address_is_an_offset_in_a_file() {
        let mut maps = UserMaps::new();
        maps.remember(7, program(1, Some(3)));
        assert_eq!(offset_in(maps.place_of(7, 0x1010)), Some((3, 0x50)));
        assert_eq!(maps.place_of(7, 0x2000), Place::Unknown);
        assert_eq!(maps.place_of(8, 0x1010), Place::Unknown);
        maps.remember(9, program(1, None));
        assert_eq!(maps.place_of(9, 0x1010), Place::Anonymous);
    }

    #[test]
    fn an_address_in_two_programs_of_one_process_is_ambiguous() {
        let mut maps = UserMaps::new();
        maps.remember(7, program(1, Some(3)));
        maps.replaced(7);
        maps.remember(7, program(1, Some(4)));
        assert_eq!(maps.place_of(7, 0x1010), Place::Ambiguous);
    }

    #[test]
    fn the_same_program_twice_is_not_ambiguous() {
        let mut maps = UserMaps::new();
        maps.remember(7, program(1, Some(3)));
        maps.replaced(7);
        maps.remember(7, program(1, Some(3)));
        assert_eq!(offset_in(maps.place_of(7, 0x1010)), Some((3, 0x50)));
    }

    #[test]
    fn a_later_look_at_the_same_program_replaces_the_earlier() {
        let mut maps = UserMaps::new();
        maps.remember(7, program(1, Some(3)));
        maps.remember(7, program(1, Some(4)));
        assert_eq!(offset_in(maps.place_of(7, 0x1010)), Some((4, 0x50)));
        // Another process under the same number.
        maps.remember(7, program(2, Some(5)));
        assert_eq!(maps.place_of(7, 0x1010), Place::Ambiguous);
    }

    #[test]
    fn a_known_address_does_not_read_the_mappings_again() {
        let here = std::process::id();
        let address = identity_of as *const () as u64;
        let mut maps = UserMaps::new();
        maps.observe(here, &[address]);
        maps.observe(here, &[address + 1]);
        assert_eq!(maps.processes[&here].snapshots, 1);
        maps.replaced(here);
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
