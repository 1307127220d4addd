//! Functions of Go programs that have no symbol table.
//!
//! Go's runtime keeps a table of all functions for its own tracebacks, which strip(1) leaves alone:
//! `.gopclntab`. Its layout is that of src/runtime/symtab.go (`pcHeader`) and
//! src/debug/gosym/pclntab.go of Go 1.16 to 1.25; that of older versions is not read.

use std::fs::File;
use std::path::Path;

use object::read::ReadCache;
use object::{Object, ObjectSection, ObjectSegment};

/// Sections that the table is in: of ordinary programs, of position-independent ones, and of those
/// that a C linker merged it into another of.
const SECTIONS: &[&str] = &[".gopclntab", ".data.rel.ro.gopclntab"];
const MERGED_SECTIONS: &[&str] = &[".data.rel.ro", ".rodata"];

/// How the table refers to code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layout {
    /// By addresses of eight bytes (Go 1.16 and 1.17).
    Addresses,
    /// By offsets of four bytes from the start of Go's text (from Go 1.18 on).
    Offsets,
}

impl Layout {
    /// By the number at the table's start: `go116PCLnTabMagic`, `go118PCLnTabMagic`,
    /// `go120PCLnTabMagic`.
    fn of(magic: u32) -> Option<Self> {
        match magic {
            0xffff_fffa => Some(Self::Addresses),
            0xffff_fff0 | 0xffff_fff1 => Some(Self::Offsets),
            _ => None,
        }
    }

    /// Bytes of an entry of the list of functions.
    const fn entry_bytes(self) -> usize {
        match self {
            Self::Addresses => 16,
            Self::Offsets => 8,
        }
    }
}

/// A part of a program as it is loaded.
#[derive(Clone, Copy, Debug)]
struct Segment {
    file_offset: u64,
    bytes: u64,
    address: u64,
}

/// The functions of a Go program.
#[derive(Debug)]
pub(super) struct GoFunctions {
    segments: Vec<Segment>,
    table: Table,
}

impl GoFunctions {
    /// Those of the program at `path`; `None` if it is not a Go program, or of another version.
    pub(super) fn of(path: &Path) -> Option<Self> {
        let file = File::open(path).ok()?;
        let cache = ReadCache::new(file);
        let elf = object::File::parse(&cache).ok()?;
        let (bytes, address) = table_of(&elf)?;
        let mut table = Table::new(bytes)?;
        if table.layout == Layout::Offsets && table.text_start == 0 {
            table.text_start = text_start(&elf, address)?;
        }
        let segments = elf.segments().map(|segment| {
            let (file_offset, bytes) = segment.file_range();
            Segment {
                file_offset,
                bytes,
                address: segment.address(),
            }
        });
        Some(Self {
            segments: segments.collect(),
            table,
        })
    }

    /// Name of the function at an offset in the file, and how far it is from the function's start.
    pub(super) fn find(&self, file_offset: u64) -> Option<(String, u64)> {
        let segment = self.segments.iter().find(|segment| {
            let end = segment.file_offset.saturating_add(segment.bytes);
            (segment.file_offset..end).contains(&file_offset)
        })?;
        self.table
            .find(file_offset - segment.file_offset + segment.address)
    }
}

/// The table of a program, and the address that it is loaded at.
fn table_of<'d, R: object::ReadRef<'d>>(elf: &object::File<'d, R>) -> Option<(Vec<u8>, u64)> {
    let own = SECTIONS
        .iter()
        .find_map(|name| elf.section_by_name(name))
        .and_then(|section| Some((section.data().ok()?.to_vec(), section.address())));
    own.or_else(|| {
        MERGED_SECTIONS.iter().find_map(|name| {
            let section = elf.section_by_name(name)?;
            let data = section.data().ok()?;
            let at = start_in(data)?;
            Some((data[at..].to_vec(), section.address() + at as u64))
        })
    })
}

/// Where in a section the table begins: it is aligned to 32 bytes by Go's linker, to 8 at least.
fn start_in(data: &[u8]) -> Option<usize> {
    (0..data.len())
        .step_by(8)
        .find(|&at| Table::new_checked(&data[at..]).is_some())
}

/// The start of Go's text in a position-independent program, where the header has but a relocation.
fn text_start<'d, R: object::ReadRef<'d>>(
    elf: &object::File<'d, R>,
    table_address: u64,
) -> Option<u64> {
    let field = table_address + Header::TEXT_START as u64;
    let relocated = elf
        .dynamic_relocations()
        .and_then(|mut relocations| relocations.find(|(address, _)| *address == field))
        .and_then(|(_, relocation)| u64::try_from(relocation.addend()).ok());
    relocated.or_else(|| Some(elf.section_by_name(".text")?.address()))
}

/// Where the fields of the header are, in bytes, by [`Layout`].
struct Header {
    names: usize,
    functions: usize,
}

impl Header {
    const COUNT: usize = 8;
    const TEXT_START: usize = 24;

    const fn of(layout: Layout) -> Self {
        match layout {
            Layout::Addresses => Self {
                names: 24,
                functions: 56,
            },
            Layout::Offsets => Self {
                names: 32,
                functions: 64,
            },
        }
    }
}

#[derive(Debug)]
struct Table {
    bytes: Vec<u8>,
    layout: Layout,
    text_start: u64,
    /// Where the names begin.
    names: usize,
    /// Where the list of functions begins.
    functions: usize,
    count: usize,
}

impl Table {
    fn new(bytes: Vec<u8>) -> Option<Self> {
        let (layout, names, functions, count) = Self::new_checked(&bytes)?;
        let text_start = match layout {
            Layout::Addresses => 0,
            Layout::Offsets => word(&bytes, Header::TEXT_START)?,
        };
        Some(Self {
            bytes,
            layout,
            text_start,
            names,
            functions,
            count,
        })
    }

    /// Layout, names, functions and count of a table, if the bytes begin with one.
    fn new_checked(bytes: &[u8]) -> Option<(Layout, usize, usize, usize)> {
        let layout = Layout::of(half(bytes, 0)?)?;
        // Two bytes of zero, the smallest step of the program counter, the size of a pointer.
        let [0, 0, 1 | 2 | 4, 8] = bytes.get(4..8)? else {
            return None;
        };
        let header = Header::of(layout);
        let field = |at| usize::try_from(word(bytes, at)?).ok();
        let (names, functions) = (field(header.names)?, field(header.functions)?);
        let count = field(Header::COUNT)?;
        let end = functions.checked_add(count.checked_mul(layout.entry_bytes())?)?;
        (names < functions && end <= bytes.len() && count > 0)
            .then_some((layout, names, functions, count))
    }

    /// The function at an address, and the distance from its start.
    fn find(&self, address: u64) -> Option<(String, u64)> {
        let target = address.checked_sub(self.text_start)?;
        // The entry behind the last function holds the end of the text.
        let after = self.partition_point(target)?;
        let at = after.checked_sub(1).filter(|&at| at < self.count)?;
        let name_field = match self.layout {
            Layout::Addresses => 8,
            Layout::Offsets => 4,
        };
        let function = self.functions + self.function_offset(at)?;
        let name = usize::try_from(half(&self.bytes, function + name_field)?).ok()?;
        let name = self.bytes.get(self.names.checked_add(name)?..)?;
        let end = name.iter().position(|&byte| byte == 0)?;
        let name = String::from_utf8_lossy(&name[..end]).into_owned();
        (!name.is_empty()).then_some((name, target - self.entry(at)?))
    }

    /// How many entries begin at or before `target`, the one behind the last function among them.
    fn partition_point(&self, target: u64) -> Option<usize> {
        let (mut low, mut high) = (0, self.count + 1);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.entry(middle)? <= target {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Some(low)
    }

    /// Where function `at` begins: an address, or an offset in the text.
    fn entry(&self, at: usize) -> Option<u64> {
        let at = self.functions + at * self.layout.entry_bytes();
        match self.layout {
            Layout::Addresses => word(&self.bytes, at),
            Layout::Offsets => half(&self.bytes, at).map(u64::from),
        }
    }

    /// Where the description of function `at` is, from the start of the list.
    fn function_offset(&self, at: usize) -> Option<usize> {
        let at = self.functions + at * self.layout.entry_bytes();
        match self.layout {
            Layout::Addresses => usize::try_from(word(&self.bytes, at + 8)?).ok(),
            Layout::Offsets => usize::try_from(half(&self.bytes, at + 4)?).ok(),
        }
    }
}

/// Four bytes, little-endian: Go programs of the machines that we run on are.
fn half(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes(bytes.try_into().ok()?))
}

/// Eight bytes.
fn word(bytes: &[u8], at: usize) -> Option<u64> {
    let bytes = bytes.get(at..at.checked_add(8)?)?;
    Some(u64::from_le_bytes(bytes.try_into().ok()?))
}

#[cfg(test)]
mod tests;
