//! The build id of a program or library: equal for copies of one file, wherever they lie.

use std::fs::File;

use object::read::ReadCache;
use object::{Object, ObjectSection};

/// The build id: of the linker (`.note.gnu.build-id`), else of Go's own (`.note.go.buildid`). `None`
/// if it has none, or is no ELF file.
pub(super) fn of(file: &File) -> Option<Vec<u8>> {
    let cache = ReadCache::new(file);
    let elf = object::File::parse(&cache).ok()?;
    if let Ok(Some(id)) = elf.build_id() {
        return Some(id.to_vec());
    }
    let note = elf.section_by_name(".note.go.buildid")?;
    let data = note.data().ok()?;
    (!data.is_empty()).then(|| data.to_vec())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use super::*;

    #[test]
    fn copies_have_one_build_id_and_other_files_none() {
        let own = std::env::current_exe().unwrap();
        let dir = tempfile::tempdir().unwrap();
        let copy = dir.path().join("copy");
        std::fs::copy(&own, &copy).unwrap();
        let of_path = |path: &std::path::Path| of(&File::open(path).unwrap());
        assert_eq!(of_path(&own), of_path(&copy));
        let text = dir.path().join("text");
        std::fs::write(&text, "no program").unwrap();
        assert_eq!(of_path(&text), None);
    }
}
