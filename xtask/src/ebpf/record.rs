//! The record beside the BPF object: the hash of its sources, and the compiler.

use std::fmt;

use anyhow::{Context, Result};

use super::toolchain::Recipe;

/// The file beside the object.
#[derive(Debug, PartialEq, Eq)]
pub struct Record {
    /// Hash of the sources, as [`super::sources::hash`] makes it.
    pub sources: String,
    /// SHA-256 of the object, in hex.
    pub object: String,
    /// Where the toolchain came from, if this version of xtask knows it.
    pub recipe: Option<Recipe>,
    /// Versions of compiler and linker, one a line.
    pub versions: String,
}

impl Record {
    /// Reads what [`fmt::Display`] writes.
    pub fn parse(text: &str) -> Result<Self> {
        let value = |key: &str| {
            text.lines()
                .find_map(|line| line.strip_prefix(key))
                .map(str::trim)
        };
        let versions = text.lines().filter_map(|line| line.strip_prefix("with "));
        Ok(Self {
            sources: value("sources ")
                .context("there is no line `sources HASH`")?
                .to_owned(),
            object: value("object ")
                .context("there is no line `object HASH`")?
                .to_owned(),
            recipe: value("toolchain ").and_then(Recipe::from_name),
            versions: versions.map(|version| format!("{version}\n")).collect(),
        })
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "sources {}\nobject {}", self.sources, self.object)?;
        if let Some(recipe) = self.recipe {
            writeln!(f, "toolchain {}", recipe.name())?;
        }
        self.versions
            .lines()
            .try_for_each(|version| writeln!(f, "with {version}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let record = Record {
            sources: "ab".to_owned(),
            object: "cd".to_owned(),
            recipe: Some(Recipe::Debian),
            versions: "rustc 1\nbpf-linker 2\n".to_owned(),
        };
        assert_eq!(Record::parse(&record.to_string()).ok(), Some(record));
    }

    #[test]
    fn a_file_without_hashes_is_refused() {
        assert!(Record::parse("sources ab\n").is_err());
    }
}
