#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use super::*;

/// A table of these functions, which begin at these offsets of the text, and of the text's end.
fn table(layout: Layout, functions: &[(u64, &str)], end: u64, text_start: u64) -> Vec<u8> {
    let header = Header::of(layout);
    let mut names = Vec::new();
    let mut list: Vec<u8> = Vec::new();
    let mut descriptions: Vec<u8> = Vec::new();
    let list_bytes = (functions.len() + 1) * layout.entry_bytes();
    for &(entry, name) in functions {
        let at = list_bytes + descriptions.len();
        let name_at = names.len() as u32;
        match layout {
            Layout::Addresses => {
                list.extend(entry.to_le_bytes());
                list.extend((at as u64).to_le_bytes());
                descriptions.extend(entry.to_le_bytes());
            }
            Layout::Offsets => {
                list.extend((entry as u32).to_le_bytes());
                list.extend((at as u32).to_le_bytes());
                descriptions.extend((entry as u32).to_le_bytes());
            }
        }
        descriptions.extend(name_at.to_le_bytes());
        names.extend(name.bytes().chain([0]));
    }
    match layout {
        Layout::Addresses => list.extend([end, 0].map(u64::to_le_bytes).concat()),
        Layout::Offsets => list.extend([end as u32, 0].map(u32::to_le_bytes).concat()),
    }
    let head_bytes = 72;
    let mut bytes = vec![0; head_bytes];
    let magic: u32 = match layout {
        Layout::Addresses => 0xffff_fffa,
        Layout::Offsets => 0xffff_fff1,
    };
    bytes[..4].copy_from_slice(&magic.to_le_bytes());
    bytes[4..8].copy_from_slice(&[0, 0, 1, 8]);
    let mut put = |at: usize, value: u64| {
        bytes[at..at + 8].copy_from_slice(&value.to_le_bytes());
    };
    put(Header::COUNT, functions.len() as u64);
    if layout == Layout::Offsets {
        put(Header::TEXT_START, text_start);
    }
    put(header.names, head_bytes as u64);
    put(header.functions, (head_bytes + names.len()) as u64);
    bytes.extend(names);
    bytes.extend(list);
    bytes.extend(descriptions);
    bytes
}

const FUNCTIONS: &[(u64, &str)] = &[
    (0x0, "runtime.text"),
    (0x40, "regexp/syntax.(*compiler).compile"),
    (0x100, "main.main"),
];

fn named(table: &Table, address: u64) -> Option<(String, u64)> {
    table.find(address)
}

#[test]
fn functions_are_found_by_offsets_from_the_text() {
    let table = Table::new(table(Layout::Offsets, FUNCTIONS, 0x180, 0x40_1000)).unwrap();
    let compile = "regexp/syntax.(*compiler).compile".to_owned();
    assert_eq!(named(&table, 0x40_1040), Some((compile.clone(), 0)));
    assert_eq!(named(&table, 0x40_10ff), Some((compile, 0xbf)));
    assert_eq!(
        named(&table, 0x40_117f),
        Some(("main.main".to_owned(), 0x7f))
    );
    assert_eq!(named(&table, 0x40_1180), None);
    assert_eq!(named(&table, 0x40_0fff), None);
}

#[test]
fn functions_are_found_by_addresses() {
    let functions = FUNCTIONS.map_addresses(0x40_1000);
    let table = Table::new(table(Layout::Addresses, &functions, 0x40_1180, 0)).unwrap();
    assert_eq!(named(&table, 0x40_1101), Some(("main.main".to_owned(), 1)));
    assert_eq!(named(&table, 0x40_1180), None);
}

trait MapAddresses {
    fn map_addresses(&self, start: u64) -> Vec<(u64, &'static str)>;
}

impl MapAddresses for [(u64, &'static str)] {
    fn map_addresses(&self, start: u64) -> Vec<(u64, &'static str)> {
        self.iter()
            .map(|&(offset, name)| (start + offset, name))
            .collect()
    }
}

#[test]
fn a_table_within_another_section_is_found() {
    let mut section = vec![0xff; 64];
    section.extend(table(Layout::Offsets, FUNCTIONS, 0x180, 0));
    assert_eq!(start_in(&section), Some(64));
    assert_eq!(start_in(&section[..64]), None);
}

#[test]
fn bytes_that_are_no_table_are_refused() {
    let whole = table(Layout::Offsets, FUNCTIONS, 0x180, 0);
    assert!(Table::new(whole[..80].to_vec()).is_none());
    let mut other = whole.clone();
    other[0] = 0xfb;
    assert!(Table::new(other).is_none());
    // A list that is cut.
    let cut = Table::new(whole[..whole.len() - 30].to_vec());
    assert!(cut.is_none_or(|table| table.find(0x100).is_none()));
}
