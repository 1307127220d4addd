//! Kernel modules: those that the guest needs, those that they need, and the tables by which
//! modprobe(8) finds them.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use object::{Object, ObjectSection};

use super::kernel::filter;

/// Loaded before the root file system can be mounted, after what they depend on.
pub const EARLY: &[&str] = &["virtio_mmio", "virtio_blk"];

/// Loaded by the kernel itself, when something asks for what they do.
const ON_DEMAND: &[&str] = &[
    // Storage of containers, and what it lies on.
    "overlay",
    "loop",
    "btrfs",
    "xfs",
    "fuse",
    "dm_mod",
    "dm_snapshot",
    "dm_thin_pool",
    // Checksums that btrfs and xfs ask the crypto layer for, by names that no symbol leads to.
    "crc32c_generic",
    "crc32c_intel",
    "xxhash_generic",
    "blake2b_generic",
    // Networks of containers.
    "veth",
    "bridge",
    "tun",
];

/// A module as its file describes it.
#[derive(Debug, Default, PartialEq, Eq)]
struct Description {
    /// Name of its file without ending, which may have `-` where the kernel says `_`.
    file: String,
    depends: Vec<String>,
    aliases: Vec<String>,
}

/// Copies the modules, uncompressed, from a kernel's tree to the flat folder `to`, with the tables
/// `modules.dep` and `modules.alias` (modules.dep(5)).
pub fn collect(tree: &Path, to: &Path) -> Result<()> {
    let mut files = BTreeMap::new();
    find_modules(tree, &mut files)?;
    fs::create_dir_all(to)?;
    let mut found: BTreeMap<String, Description> = BTreeMap::new();
    let mut wanted: Vec<String> = EARLY
        .iter()
        .chain(ON_DEMAND)
        .map(|&name| name.to_owned())
        .collect();
    while let Some(name) = wanted.pop() {
        // A module that is built into the kernel has no file.
        let (Some(file), false) = (files.get(&name), found.contains_key(&name)) else {
            continue;
        };
        let content = read_module(file)?;
        let mut description =
            describe(&content).with_context(|| format!("failed to read {}", file.display()))?;
        description.file = stem(file).to_owned();
        fs::write(to.join(format!("{}.ko", description.file)), content)?;
        wanted.extend(description.depends.iter().cloned());
        found.insert(name, description);
    }
    fs::write(to.join("modules.dep"), dependencies_table(&found))?;
    fs::write(to.join("modules.alias"), aliases_table(&found))?;
    Ok(())
}

/// The files of `names` in a folder that [`collect`] filled, each after those it depends on.
pub fn in_order(folder: &Path, names: &[&str]) -> Result<Vec<PathBuf>> {
    let table = folder.join("modules.dep");
    let table = fs::read_to_string(&table)
        .with_context(|| format!("failed to read {}", table.display()))?;
    let mut order: Vec<PathBuf> = Vec::new();
    for file in names.iter().flat_map(|name| load_order(&table, name)) {
        let file = folder.join(file);
        if !order.contains(&file) {
            order.push(file);
        }
    }
    Ok(order)
}

/// The files of modules by the names that the kernel has for them.
fn find_modules(folder: &Path, files: &mut BTreeMap<String, PathBuf>) -> Result<()> {
    let entries =
        fs::read_dir(folder).with_context(|| format!("failed to read {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            find_modules(&path, files)?;
        } else if path.to_string_lossy().contains(".ko") {
            files.insert(stem(&path).replace('-', "_"), path);
        }
    }
    Ok(())
}

/// The name of a module's file without its endings, of which there may be two: `.ko.xz`.
fn stem(file: &Path) -> &str {
    let name = file.file_name().and_then(|name| name.to_str());
    name.and_then(|name| name.split('.').next())
        .unwrap_or_default()
}

fn read_module(file: &Path) -> Result<Vec<u8>> {
    let content = fs::read(file).with_context(|| format!("failed to read {}", file.display()))?;
    match file.extension().and_then(|ending| ending.to_str()) {
        Some("xz") => filter(Command::new("xz").args(["-d", "-c"]), &content),
        Some("zst") => filter(Command::new("zstd").args(["-d", "-c"]), &content),
        Some(_) | None => Ok(content),
    }
}

/// Reads the section `.modinfo`: `key=value`, each ended by a zero byte (include/linux/moduleparam.h,
/// v6.18).
fn describe(module: &[u8]) -> Result<Description> {
    let file = object::File::parse(module)?;
    let section = file
        .section_by_name(".modinfo")
        .context("it has no section .modinfo")?;
    Ok(description(section.data()?))
}

fn description(modinfo: &[u8]) -> Description {
    let mut description = Description::default();
    for entry in modinfo.split(|&byte| byte == 0) {
        let entry = String::from_utf8_lossy(entry);
        match entry.split_once('=') {
            Some(("depends", names)) => description.depends.extend(
                names
                    .split(',')
                    .filter(|name| !name.is_empty())
                    .map(|name| name.replace('-', "_")),
            ),
            Some(("alias", alias)) => description.aliases.push(alias.to_owned()),
            Some(_) | None => {}
        }
    }
    description
}

/// `file: dependencies`, the last to be loaded first.
fn dependencies_table(modules: &BTreeMap<String, Description>) -> String {
    let mut table = String::new();
    for name in modules.keys() {
        let mut order = Vec::new();
        add_in_order(modules, name, &mut order);
        order.reverse();
        let files: Vec<String> = order
            .iter()
            .map(|name| format!("{}.ko", modules[*name].file))
            .collect();
        let _ = writeln!(table, "{}: {}", files[0], files[1..].join(" "));
    }
    table
}

fn add_in_order<'a>(
    modules: &'a BTreeMap<String, Description>,
    name: &str,
    order: &mut Vec<&'a str>,
) {
    let Some((name, description)) = modules.get_key_value(name) else {
        return;
    };
    if order.contains(&name.as_str()) {
        return;
    }
    for dependency in &description.depends {
        add_in_order(modules, dependency, order);
    }
    order.push(name);
}

fn aliases_table(modules: &BTreeMap<String, Description>) -> String {
    let mut table = String::new();
    for (name, description) in modules {
        for alias in &description.aliases {
            let _ = writeln!(table, "alias {alias} {name}");
        }
    }
    table
}

/// The files of a module and of what it needs, in the order of loading.
fn load_order(table: &str, name: &str) -> Vec<String> {
    let row = table.lines().find_map(|line| {
        let (file, dependencies) = line.split_once(':')?;
        let is_it = file.trim_end_matches(".ko").replace('-', "_") == name;
        is_it.then_some((file, dependencies))
    });
    let Some((file, dependencies)) = row else {
        return Vec::new();
    };
    let mut order: Vec<String> = dependencies.split_whitespace().map(str::to_owned).collect();
    order.reverse();
    order.push(file.to_owned());
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    fn module(file: &str, depends: &[&str], aliases: &[&str]) -> Description {
        Description {
            file: file.to_owned(),
            depends: depends.iter().map(|&name| name.to_owned()).collect(),
            aliases: aliases.iter().map(|&name| name.to_owned()).collect(),
        }
    }

    fn modules() -> BTreeMap<String, Description> {
        [
            (
                "virtio_blk",
                module(
                    "virtio-blk",
                    &["virtio", "virtio_ring"],
                    &["virtio:d00000002v*"],
                ),
            ),
            ("virtio", module("virtio", &["virtio_ring"], &[])),
            ("virtio_ring", module("virtio_ring", &[], &[])),
        ]
        .map(|(name, module)| (name.to_owned(), module))
        .into()
    }

    #[test]
    fn dependencies_and_aliases_are_read() {
        let found = description(b"license=GPL\0depends=raid6-pq,xor\0alias=fs-btrfs\0depends=\0");
        assert_eq!(found, module("", &["raid6_pq", "xor"], &["fs-btrfs"]));
    }

    #[test]
    fn what_is_needed_is_loaded_first() {
        let table = dependencies_table(&modules());
        assert!(table.contains("virtio-blk.ko: virtio.ko virtio_ring.ko\n"));
        assert_eq!(
            load_order(&table, "virtio_blk"),
            ["virtio_ring.ko", "virtio.ko", "virtio-blk.ko"]
        );
        assert!(load_order(&table, "built_in").is_empty());
    }

    #[test]
    fn an_alias_leads_to_its_module() {
        assert_eq!(
            aliases_table(&modules()),
            "alias virtio:d00000002v* virtio_blk\n"
        );
    }
}
