//! Building the kernel programs with a BPF toolchain.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use object::build::elf::{Builder, SectionData};
use object::write::StreamingBuffer;

use super::toolchain::Toolchain;
use crate::command;
use crate::workspace::Workspace;

/// Flags of rustc that decide what comes out.
pub const FLAGS: &[&str] = &[
    // aya-ebpf's layout of the registers that a system call saves.
    "--cfg=bpf_target_arch=\"x86_64\"",
    // BTF is made from debug information.
    "-Cdebuginfo=2",
    "-Clink-arg=--btf",
    // 32-bit jumps and arithmetic: Linux 5.1 and later (Documentation/bpf/standardization).
    "-Ctarget-cpu=v3",
];
const TARGET: &str = "bpfel-unknown-none";
const PROFILE: &str = "ebpf";

/// Builds the object with these features and returns it without debug sections.
pub fn build(workspace: &Workspace, toolchain: &Toolchain, features: &[&str]) -> Result<Vec<u8>> {
    let mut cargo = toolchain.cargo();
    prepare(workspace, toolchain, &mut cargo, "build")?;
    command::run(cargo.args(["--features", &features.join(",")]))?;
    let built = target(workspace)
        .join(TARGET)
        .join(PROFILE)
        .join("ctrprof-bpf");
    let object = fs::read(&built).with_context(|| format!("failed to read {}", built.display()))?;
    without_debug(&object).with_context(|| format!("failed to strip {}", built.display()))
}

/// Runs clippy on the kernel programs for their own target; warnings are errors.
pub fn clippy(workspace: &Workspace, toolchain: &Toolchain) -> Result<()> {
    let mut clippy = toolchain.cargo_clippy()?;
    prepare(workspace, toolchain, &mut clippy, "clippy")?;
    command::run(clippy.args(["--", "-D", "warnings"]))
}

/// A target folder of its own: what cargo keeps for the host stays warm.
fn target(workspace: &Workspace) -> PathBuf {
    workspace.target().join("ebpf")
}

fn prepare(
    workspace: &Workspace,
    toolchain: &Toolchain,
    cargo: &mut Command,
    verb: &str,
) -> Result<()> {
    let flags = FLAGS.iter().map(|flag| (*flag).to_owned());
    let flags: Vec<String> = flags.chain(remapped_paths(workspace, toolchain)?).collect();
    cargo
        .current_dir(workspace.root())
        .args([verb, "--package", "profiler-ebpf", "--bins", "--locked"])
        .args([
            "--profile",
            PROFILE,
            "--target",
            TARGET,
            "-Z",
            "build-std=core",
        ])
        .env("CARGO_TARGET_DIR", target(workspace))
        .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f"));
    Ok(())
}

/// Keeps the machine's paths out of the object: BTF names source files.
fn remapped_paths(workspace: &Workspace, toolchain: &Toolchain) -> Result<Vec<String>> {
    let library = toolchain.library();
    let real_library = library
        .canonicalize()
        .with_context(|| format!("failed to resolve {}", library.display()))?;
    let pairs = [
        (workspace.root(), "."),
        (&library, "/rust/library"),
        (&real_library, "/rust/library"),
    ];
    let mut flags: Vec<String> = pairs.iter().map(|(from, to)| remap(from, to)).collect();
    for registry in registries()? {
        flags.push(remap(&registry, "/registry"));
    }
    Ok(flags)
}

/// The folders of sources from registries, which are named after their hosts. Those of what this
/// program is made of are there.
fn registries() -> Result<Vec<PathBuf>> {
    let sources = cargo_home().join("registry/src");
    let entries = sources
        .read_dir()
        .with_context(|| format!("failed to list {}", sources.display()))?;
    let paths = entries.map(|entry| Ok(entry?.path()));
    paths.collect()
}

fn remap(from: &Path, to: &str) -> String {
    format!("--remap-path-prefix={}={to}", from.display())
}

/// Cargo's home folder (the Cargo Book, "Cargo Home").
fn cargo_home() -> PathBuf {
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cargo"));
    std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(home)
        .unwrap_or_default()
}

/// The object without DWARF, which the kernel does not read; BTF stays.
fn without_debug(object: &[u8]) -> Result<Vec<u8>> {
    let mut builder = Builder::read(object)?;
    for section in &mut builder.sections {
        let name = section.name.to_string();
        section.delete = name.starts_with(".debug_") || name.starts_with(".rel.debug_");
    }
    builder.delete_orphans();
    // LLVM keeps the names of sections among those of symbols; the writer wants them apart.
    let names = builder.sections.add();
    names.name = ".shstrtab".into();
    names.sh_type = object::elf::SHT_STRTAB;
    names.sh_addralign = 1;
    names.data = SectionData::SectionString;
    let mut stripped = Vec::new();
    builder.write(&mut StreamingBuffer::new(&mut stripped))?;
    Ok(stripped)
}
