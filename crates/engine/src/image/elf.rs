//! The needs of an ELF file before it can run: its interpreter and its shared libraries.
//!
//! Only the dynamic section is read (elf(5), ld.so(8)); section headers may be stripped. Libraries
//! that a program opens by name while it runs (`dlopen`) cannot be seen here.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

use object::elf;
use object::read::StringTable;
use object::read::elf::{Dyn, FileHeader, ProgramHeader};
use object::{Endianness, FileKind};

/// Word size and instruction set: a library serves a program only if both agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Machine {
    /// Whether addresses have 64 bits.
    pub is_64: bool,
    /// `e_machine` of the header.
    pub architecture: u16,
}

/// The needs of one ELF file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elf {
    /// Its machine.
    pub machine: Machine,
    /// `PT_INTERP`: the dynamic loader; none in static programs and in libraries.
    pub interpreter: Option<PathBuf>,
    /// `DT_NEEDED`, in the order of the file.
    pub needed: Vec<OsString>,
    /// `DT_RUNPATH`, or `DT_RPATH` where there is none: folders to search first, before `$ORIGIN`
    /// is replaced.
    pub search_path: Vec<OsString>,
}

/// Reads the needs of the ELF file with these contents; none if it is no ELF file.
///
/// # Errors
/// When it begins as one, but its headers point out of the file.
pub fn read(data: &[u8]) -> object::Result<Option<Elf>> {
    match FileKind::parse(data) {
        Ok(FileKind::Elf32) => parse::<elf::FileHeader32<Endianness>>(data).map(Some),
        Ok(FileKind::Elf64) => parse::<elf::FileHeader64<Endianness>>(data).map(Some),
        Ok(_) | Err(_) => Ok(None),
    }
}

fn parse<H: FileHeader<Endian = Endianness>>(data: &[u8]) -> object::Result<Elf> {
    let header = H::parse(data)?;
    let endian = header.endian()?;
    let segments = header.program_headers(endian, data)?;
    let mut interpreter = None;
    let mut dynamic: &[H::Dyn] = &[];
    for segment in segments {
        if let Some(path) = segment.interpreter(endian, data)? {
            interpreter = Some(PathBuf::from(OsString::from_vec(path.to_vec())));
        }
        if let Some(entries) = segment.dynamic(endian, data)? {
            dynamic = entries;
        }
    }
    let strings = dynamic_strings::<H>(segments, dynamic, endian, data);
    let texts = |tag| texts_of::<H>(dynamic, endian, strings, tag);
    let mut search_path = texts(elf::DT_RUNPATH)?;
    if search_path.is_empty() {
        search_path = texts(elf::DT_RPATH)?;
    }
    Ok(Elf {
        machine: Machine {
            is_64: header.is_class_64(),
            architecture: header.e_machine(endian).0,
        },
        interpreter,
        needed: texts(elf::DT_NEEDED)?,
        search_path: search_path.iter().flat_map(split_path).collect(),
    })
}

/// The strings of all dynamic entries with this tag.
fn texts_of<H: FileHeader<Endian = Endianness>>(
    dynamic: &[H::Dyn],
    endian: Endianness,
    strings: StringTable<'_>,
    tag: elf::DynamicTag,
) -> object::Result<Vec<OsString>> {
    dynamic
        .iter()
        .filter(|entry| entry.tag(endian) == tag)
        .map(|entry| Ok(OsString::from_vec(entry.string(endian, strings)?.to_vec())))
        .collect()
}

/// The dynamic string table, found through the segments: `DT_STRTAB` is an address.
fn dynamic_strings<'data, H: FileHeader<Endian = Endianness>>(
    segments: &[H::ProgramHeader],
    dynamic: &[H::Dyn],
    endian: Endianness,
    data: &'data [u8],
) -> StringTable<'data> {
    let value = |tag| {
        dynamic
            .iter()
            .find(|entry| entry.tag(endian) == tag)
            .map(|entry| entry.val(endian))
    };
    let (Some(address), Some(size)) = (value(elf::DT_STRTAB), value(elf::DT_STRSZ)) else {
        return StringTable::default();
    };
    segments
        .iter()
        .filter(|segment| segment.p_type(endian) == elf::PT_LOAD)
        .find_map(|segment| {
            segment
                .data_range(endian, data, address, size)
                .ok()
                .flatten()
        })
        .map_or_else(StringTable::default, |bytes| {
            StringTable::new(bytes, 0, bytes.len() as u64)
        })
}

/// The folders of a colon-separated search path.
fn split_path(path: &OsString) -> Vec<OsString> {
    path.as_encoded_bytes()
        .split(|&byte| byte == b':')
        .filter(|part| !part.is_empty())
        .map(|part| OsString::from_vec(part.to_vec()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_test_program_names_its_loader_and_libc() -> Result<(), Box<dyn std::error::Error>> {
        let data = std::fs::read(std::env::current_exe()?)?;
        let elf = read(&data)?.ok_or("the test program is no ELF file")?;
        assert_eq!(elf.machine.is_64, cfg!(target_pointer_width = "64"));
        assert!(elf.interpreter.is_some_and(|path| path.is_absolute()));
        assert!(
            elf.needed
                .iter()
                .any(|name| name.to_string_lossy().starts_with("libc.so"))
        );
        Ok(())
    }

    #[test]
    fn a_script_is_no_elf_file() {
        assert_eq!(read(b"#!/bin/sh\nexec true\n"), Ok(None));
    }

    #[test]
    fn a_truncated_file_is_an_error_not_a_panic() -> Result<(), Box<dyn std::error::Error>> {
        let data = std::fs::read(std::env::current_exe()?)?;
        assert!(read(&data[..100]).is_err());
        Ok(())
    }

    #[test]
    fn empty_parts_of_a_search_path_are_left_out() {
        let parts = split_path(&OsString::from("$ORIGIN/../lib::/opt/lib"));
        assert_eq!(parts, ["$ORIGIN/../lib", "/opt/lib"]);
    }
}
