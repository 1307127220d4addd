//! Whether two BPF objects are the same program: what the kernel is given is compared, debug
//! information and the order of symbols are not.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use object::{Object, ObjectSection, ObjectSymbol, RelocationTarget};

/// How much must be equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Everything: the same compiler built both.
    Instructions,
    /// Which programs and maps there are; another compiler may choose other instructions.
    Interface,
}

/// The parts of one section that are compared.
#[derive(Debug, PartialEq, Eq)]
struct Section {
    content: Vec<u8>,
    /// `offset: symbol` of each relocation.
    relocations: Vec<String>,
    /// `symbol at offset` of everything defined in it.
    symbols: Vec<String>,
    /// The names that were not mangled: programs, maps, globals.
    exported: Vec<String>,
}

/// One line for each section in which the objects differ.
pub fn differences(standing: &[u8], rebuilt: &[u8], depth: Depth) -> Result<Vec<String>> {
    let standing = sections(standing).context("failed to read the checked-in object")?;
    let rebuilt = sections(rebuilt).context("failed to read the rebuilt object")?;
    let mut lines = Vec::new();
    for (name, section) in &standing {
        match rebuilt.get(name) {
            None => lines.push(format!("section {name}: only in the checked-in object")),
            Some(other) => lines.extend(
                difference(section, other, depth).map(|what| format!("section {name}: {what}")),
            ),
        }
    }
    let added = rebuilt.keys().filter(|name| !standing.contains_key(*name));
    lines.extend(added.map(|name| format!("section {name}: only in the rebuilt object")));
    Ok(lines)
}

fn difference(standing: &Section, rebuilt: &Section, depth: Depth) -> Option<String> {
    match depth {
        Depth::Interface => difference_in_names(standing, rebuilt),
        Depth::Instructions => difference_in_content(standing, rebuilt),
    }
}

/// Another compiler may name its own helpers otherwise, but not what the loader asks for by name.
fn difference_in_names(standing: &Section, rebuilt: &Section) -> Option<String> {
    if standing.exported == rebuilt.exported {
        return None;
    }
    Some(format!(
        "has {}, rebuilt {}",
        standing.exported.join(" "),
        rebuilt.exported.join(" ")
    ))
}

fn difference_in_content(standing: &Section, rebuilt: &Section) -> Option<String> {
    if standing.symbols != rebuilt.symbols {
        return Some("other symbols".to_owned());
    }
    if standing.relocations != rebuilt.relocations {
        return Some("other relocations".to_owned());
    }
    if standing.content.len() != rebuilt.content.len() {
        return Some(format!(
            "{} bytes, rebuilt {}",
            standing.content.len(),
            rebuilt.content.len()
        ));
    }
    let pairs = standing.content.iter().zip(&rebuilt.content);
    let first = pairs.enumerate().find(|(_, (a, b))| a != b)?.0;
    Some(format!("differs from byte {first:#x} on"))
}

/// The sections that get to the kernel, by name.
fn sections(object: &[u8]) -> Result<BTreeMap<String, Section>> {
    let file = object::File::parse(object)?;
    let mut sections = BTreeMap::new();
    for section in file.sections() {
        let name = section.name()?;
        let is_debug = name.starts_with(".debug_") || name.starts_with(".rel");
        let is_table = matches!(name, ".symtab" | ".strtab" | ".shstrtab" | "");
        if is_debug || is_table {
            continue;
        }
        let (mut symbols, mut exported) = (Vec::new(), Vec::new());
        for symbol in file
            .symbols()
            .filter(|symbol| symbol.section_index() == Some(section.index()))
        {
            let name = symbol.name()?;
            symbols.push(format!("{} at {:#x}", without_hash(name), symbol.address()));
            if symbol.is_global() && !name.starts_with("_ZN") && !name.starts_with("_R") {
                exported.push(name.to_owned());
            }
        }
        symbols.sort();
        exported.sort();
        let relocations = relocations(&file, &section)?;
        let content = section.data()?.to_vec();
        sections.insert(
            name.to_owned(),
            Section {
                content,
                relocations,
                symbols,
                exported,
            },
        );
    }
    Ok(sections)
}

fn relocations(file: &object::File<'_>, section: &object::Section<'_, '_>) -> Result<Vec<String>> {
    let mut lines = Vec::new();
    for (offset, relocation) in section.relocations() {
        let target = match relocation.target() {
            RelocationTarget::Symbol(index) => {
                let symbol = file.symbol_by_index(index)?;
                let of_section = symbol
                    .section_index()
                    .map(|index| file.section_by_index(index));
                let section = of_section
                    .transpose()?
                    .map(|section| section.name().map(str::to_owned));
                format!(
                    "{:?} {}+{:#x}",
                    section.transpose()?,
                    without_hash(symbol.name()?),
                    symbol.address()
                )
            }
            other => format!("{other:?}"),
        };
        lines.push(format!("{offset:#x}: {target} {:?}", relocation.flags()));
    }
    lines.sort();
    Ok(lines)
}

/// A mangled name without the hash that cargo derives from paths: `17h` and 16 hexadecimal digits
/// before the final `E` (rustc's legacy mangling).
fn without_hash(name: &str) -> &str {
    const HASH_LEN: usize = "17h0123456789abcdefE".len();
    let Some((stem, hash)) = name
        .len()
        .checked_sub(HASH_LEN)
        .and_then(|at| name.split_at_checked(at))
    else {
        return name;
    };
    let digits = hash
        .strip_prefix("17h")
        .and_then(|hash| hash.strip_suffix('E'));
    match digits {
        Some(digits) if digits.chars().all(|digit| digit.is_ascii_hexdigit()) => stem,
        Some(_) | None => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn object() -> Result<Vec<u8>> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        Ok(std::fs::read(super::super::object_path(&root))?)
    }

    /// The object with one byte changed: the first of the first section named `name`.
    fn with_changed_byte(object: &[u8], name: &str) -> Result<Vec<u8>> {
        let file = object::File::parse(object)?;
        let section = file.section_by_name(name).context("no such section")?;
        let (offset, _) = section.file_range().context("the section is empty")?;
        let mut changed = object.to_vec();
        changed[usize::try_from(offset)?] ^= 1;
        Ok(changed)
    }

    fn some_program(object: &[u8]) -> Result<String> {
        let sections = sections(object)?;
        let program = sections
            .keys()
            .find(|name| name.starts_with("tp_btf") || name.starts_with("raw_tp"));
        Ok(program.context("the object has no program")?.clone())
    }

    #[test]
    fn an_object_is_the_same_program_as_itself() -> Result<()> {
        let object = object()?;
        assert_eq!(
            differences(&object, &object, Depth::Instructions)?,
            Vec::<String>::new()
        );
        Ok(())
    }

    #[test]
    fn another_instruction_is_found_and_its_section_named() -> Result<()> {
        let object = object()?;
        let program = some_program(&object)?;
        let changed = with_changed_byte(&object, &program)?;
        let expected = format!("section {program}: differs from byte 0x0 on");
        assert_eq!(
            differences(&object, &changed, Depth::Instructions)?,
            [expected]
        );
        Ok(())
    }

    #[test]
    fn another_compiler_s_instructions_are_not_compared() -> Result<()> {
        let object = object()?;
        let changed = with_changed_byte(&object, &some_program(&object)?)?;
        assert_eq!(
            differences(&object, &changed, Depth::Interface)?,
            Vec::<String>::new()
        );
        Ok(())
    }

    #[test]
    fn only_the_hash_of_a_mangled_name_is_dropped() {
        assert_eq!(
            without_hash("_ZN4core3fmt17h0123456789abcdefE"),
            "_ZN4core3fmt"
        );
        assert_eq!(
            without_hash("_ZN4core3fmt17h0123456789abcdeXE"),
            "_ZN4core3fmt17h0123456789abcdeXE"
        );
        assert_eq!(without_hash("sys_enter"), "sys_enter");
    }
}
