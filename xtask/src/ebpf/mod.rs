//! `cargo xtask ebpf`: the kernel programs, from source to the object that is checked in.

mod build;
mod compare;
mod debian;
mod linker;
mod record;
mod sources;
mod toolchain;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::workspace::Workspace;
use compare::Depth;
use record::Record;
use toolchain::Toolchain;

pub use toolchain::Recipe;

/// The compiled kernel programs.
fn object_path(root: &Path) -> PathBuf {
    root.join("crates/capture/bpf/ctrprof.bpf.o")
}

/// The record of their sources and compiler.
fn record_path(root: &Path) -> PathBuf {
    root.join("crates/capture/bpf/ctrprof.bpf.sha256")
}

fn read_record(root: &Path) -> Result<Record> {
    let path = record_path(root);
    let text = fs::read_to_string(&path)
        .with_context(|| format!("failed to read {}; run `cargo xtask ebpf`", path.display()))?;
    Record::parse(&text).with_context(|| format!("failed to read {}", path.display()))
}

/// The toolchain of `recipe`, else the kind that the checked-in object was built with.
fn toolchain(workspace: &Workspace, recipe: Option<Recipe>) -> Result<Toolchain> {
    let recorded = || read_record(workspace.root()).ok()?.recipe;
    Toolchain::find_or_set_up(workspace, recipe.or_else(recorded))
}

/// Finds or sets up the toolchain, for the other commands to find it.
pub fn fetch(workspace: &Workspace) -> Result<()> {
    toolchain(workspace, None).map(drop)
}

/// Builds the object and puts it where ctrprof takes it from.
pub fn update(workspace: &Workspace, recipe: Option<Recipe>) -> Result<()> {
    let toolchain = toolchain(workspace, recipe)?;
    let object = build::build(workspace, &toolchain, &[])?;
    let record = Record {
        sources: sources::hash(workspace.root())?,
        object: sources::hash_bytes(&object),
        recipe: Some(toolchain.recipe),
        versions: toolchain.versions()?,
    };
    write(&object_path(workspace.root()), &object)?;
    write(
        &record_path(workspace.root()),
        record.to_string().as_bytes(),
    )?;
    println!(
        "{}: {} bytes",
        object_path(workspace.root()).display(),
        object.len()
    );
    Ok(())
}

/// Builds the object with diagnostics. It is not checked in.
pub fn build_with_log(workspace: &Workspace, recipe: Option<Recipe>) -> Result<()> {
    let toolchain = toolchain(workspace, recipe)?;
    let object = build::build(workspace, &toolchain, &["log"])?;
    let path = workspace
        .root()
        .join("crates/capture/bpf/ctrprof-log.bpf.o");
    write(&path, &object)?;
    println!("{}: {} bytes", path.display(), object.len());
    Ok(())
}

/// Fails unless the checked-in object is the program that the sources build to.
pub fn check(workspace: &Workspace, recipe: Option<Recipe>) -> Result<()> {
    check_freshness(workspace.root())?;
    let record = read_record(workspace.root())?;
    let toolchain = toolchain(workspace, recipe)?;
    let rebuilt = build::build(workspace, &toolchain, &[])?;
    let path = object_path(workspace.root());
    let standing = fs::read(&path).with_context(|| format!("failed to read {}", path.display()))?;
    let versions = toolchain.versions()?;
    let depth = if versions == record.versions {
        Depth::Instructions
    } else {
        Depth::Interface
    };
    if depth == Depth::Interface {
        println!(
            "the object was built with\n{}and is compared with a build by\n{versions}so instructions may differ: \
             only programs, maps and their names are compared",
            record.versions
        );
    }
    let differences = compare::differences(&standing, &rebuilt, depth)?;
    if !differences.is_empty() {
        bail!(
            "{} differs from the object that its sources build to; run `cargo xtask ebpf`:\n{}",
            path.display(),
            differences.join("\n")
        );
    }
    println!(
        "{} equals the object that its sources build to",
        path.display()
    );
    Ok(())
}

/// Runs clippy on the kernel programs, with the toolchain that builds them.
pub fn clippy(workspace: &Workspace, recipe: Option<Recipe>) -> Result<()> {
    let toolchain = toolchain(workspace, recipe)?;
    build::clippy(workspace, &toolchain)
}

/// Fails where the checked-in object is older than its sources, without building anything.
pub fn check_freshness(root: &Path) -> Result<()> {
    let record = read_record(root)?;
    let path = object_path(root);
    let object = fs::read(&path).with_context(|| format!("failed to read {}", path.display()))?;
    if record.object != sources::hash_bytes(&object) {
        bail!(
            "{} is not the object that its hash was written for; run `cargo xtask ebpf`",
            path.display()
        );
    }
    if record.sources != sources::hash(root)? {
        bail!(
            "{} is older than its sources; run `cargo xtask ebpf`",
            path.display()
        );
    }
    Ok(())
}

fn write(path: &Path, content: &[u8]) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)
            .with_context(|| format!("failed to make {}", folder.display()))?;
    }
    fs::write(path, content).with_context(|| format!("failed to write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checked_in_object_is_as_new_as_its_sources() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let checked = check_freshness(&root).map_err(|error| format!("{error:#}"));
        assert_eq!(checked, Ok(()));
    }
}
