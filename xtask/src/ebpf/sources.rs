//! The sources of the BPF object, as one hash.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use super::build::FLAGS;

/// The crates whose files decide what the object is.
const CRATES: &[&str] = &["profiler-common", "profiler-ebpf"];
/// Packages from outside whose versions do.
const LOCKED_PREFIXES: &[&str] = &["aya-ebpf", "aya-log-ebpf"];

/// SHA-256, in hex, of every source and manifest of the kernel side, the flags of its build and
/// the locked versions of the crates that it links.
pub fn hash(root: &Path) -> Result<String> {
    let mut files = Vec::new();
    for folder in CRATES {
        collect(&root.join(folder), &mut files)?;
    }
    let mut inputs = Vec::new();
    for file in files {
        let name = file
            .strip_prefix(root)
            .unwrap_or(&file)
            .to_string_lossy()
            .into_owned();
        let content =
            fs::read(&file).with_context(|| format!("failed to read {}", file.display()))?;
        inputs.push((name, content));
    }
    inputs.push(("flags".to_owned(), FLAGS.join("\n").into_bytes()));
    let lock = root.join("Cargo.lock");
    let lock =
        fs::read_to_string(&lock).with_context(|| format!("failed to read {}", lock.display()))?;
    inputs.push((
        "locked".to_owned(),
        locked_versions(&lock).join("\n").into_bytes(),
    ));
    Ok(hash_of(inputs))
}

/// The hash of named contents; their order does not matter.
fn hash_of(mut inputs: Vec<(String, Vec<u8>)>) -> String {
    inputs.sort();
    let mut hasher = Sha256::new();
    for (name, content) in inputs {
        // The lengths keep a name or a content from running into its neighbour.
        for part in [name.as_bytes(), &content] {
            hasher.update((part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
    }
    hex(&hasher.finalize())
}

/// SHA-256 of `bytes`, in hex.
pub fn hash_bytes(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Appends the Rust files and manifests under `folder`.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let entries =
        fs::read_dir(folder).with_context(|| format!("failed to list {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|ending| ending == "rs")
            || path.ends_with("Cargo.toml")
        {
            files.push(path);
        }
    }
    Ok(())
}

/// `name version` of each package in `lock` that gets into the object.
fn locked_versions(lock: &str) -> Vec<String> {
    let field = |line: &str, name: &str| {
        let value = line.strip_prefix(name)?.trim_start().strip_prefix('=')?;
        Some(value.trim().trim_matches('"').to_owned())
    };
    let mut versions = Vec::new();
    let mut package = None;
    for line in lock.lines() {
        if let Some(name) = field(line, "name") {
            package = LOCKED_PREFIXES
                .iter()
                .any(|prefix| name.starts_with(prefix))
                .then_some(name);
        } else if let (Some(name), Some(version)) = (&package, field(line, "version")) {
            versions.push(format!("{name} {version}"));
        }
    }
    versions
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(name: &str, content: &str) -> (String, Vec<u8>) {
        (name.to_owned(), content.as_bytes().to_vec())
    }

    #[test]
    fn the_order_of_files_does_not_matter() {
        let forth = vec![input("a", "1"), input("b", "2")];
        let back = vec![input("b", "2"), input("a", "1")];
        assert_eq!(hash_of(forth), hash_of(back));
    }

    #[test]
    fn a_changed_content_or_name_changes_the_hash() {
        let base = hash_of(vec![input("a", "1")]);
        assert_ne!(base, hash_of(vec![input("a", "2")]));
        assert_ne!(base, hash_of(vec![input("b", "1")]));
        assert_ne!(
            hash_of(vec![input("a", "b")]),
            hash_of(vec![input("ab", "")])
        );
    }

    #[test]
    fn only_the_versions_of_the_kernel_side_count() {
        let lock = "[[package]]\nname = \"aya\"\nversion = \"1\"\n\n\
            [[package]]\nname = \"aya-ebpf-macros\"\nversion = \"0.2.0\"\nsource = \"x\"\n";
        assert_eq!(locked_versions(lock), ["aya-ebpf-macros 0.2.0"]);
    }
}
