//! bpf-linker, which links LLVM bitcode into a BPF object.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use super::toolchain::Recipe;
use crate::command;

/// Needs no LLVM packages: it opens the libLLVM of the Rust toolchain that calls it.
const VERSION: &str = "0.10.3";

/// Where bpf-linker lies; built into `folder` unless it is there (or, for the user's own nightly,
/// on the PATH).
pub fn find_or_install(folder: &Path, recipe: Recipe) -> Result<PathBuf> {
    let own = folder.join("bin/bpf-linker");
    if own.exists() {
        return Ok(own);
    }
    if let (Recipe::UserNightly, Some(found)) = (recipe, command::find_program("bpf-linker")) {
        return Ok(found);
    }
    let mut install = Command::new("cargo");
    install
        .args(["install", "bpf-linker", "--version", VERSION, "--locked", "--root"])
        .arg(folder)
        // Beside what it is installed into, not in whatever the caller's environment says.
        .env("CARGO_TARGET_DIR", folder.join("build"))
        .env_remove("RUSTUP_TOOLCHAIN");
    command::run(&mut install)?;
    std::fs::remove_dir_all(folder.join("build"))?;
    Ok(own)
}
