//! Programs and libraries of npm's registry and Python's index: the checkers of the pages' scripts, and
//! readers of exported files that are not ours. The files in `tools/` say which, at one version each with its
//! checksum; they are installed below the target folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::command;
use crate::workspace::Workspace;

/// A registry's client, and the files that say what it installs.
struct Registry {
    /// The folder that it installs into.
    folder: &'static str,
    /// The first of them names the versions and checksums.
    files: &'static [&'static str],
    install: fn(&Path) -> Command,
}

const REGISTRIES: &[Registry] = &[
    Registry {
        folder: "node",
        files: &["package-lock.json", "package.json", ".npmrc"],
        install: npm,
    },
    Registry {
        folder: "python",
        files: &["requirements.txt"],
        install: pip,
    },
];

/// The file that is written last: what has been installed.
const INSTALLED: &str = "installed";

fn npm(folder: &Path) -> Command {
    let mut npm = Command::new("npm");
    npm.args(["ci", "--no-audit", "--no-fund"])
        .current_dir(folder);
    npm
}

fn pip(folder: &Path) -> Command {
    let mut pip = Command::new("python3");
    // Without dependencies: of perfetto only the generated messages are used, which need protobuf alone.
    pip.args(["-m", "pip", "install", "--quiet", "--no-deps"])
        .args([
            "--disable-pip-version-check",
            "--root-user-action",
            "ignore",
        ])
        .args(["--require-hashes", "--only-binary", ":all:"])
        .args(["--target", ".", "--requirement", "requirements.txt"])
        .current_dir(folder);
    pip
}

/// Installs what is missing, or is there at another version.
pub fn install(workspace: &Workspace) -> Result<()> {
    let sources = workspace.root().join("xtask/tools");
    for registry in REGISTRIES {
        let folder = folder(workspace).join(registry.folder);
        let wanted = read(&sources.join(registry.files[0]))?;
        let installed = fs::read_to_string(folder.join(INSTALLED)).unwrap_or_default();
        if installed == wanted {
            continue;
        }
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        for file in registry.files {
            fs::copy(sources.join(file), folder.join(file))?;
        }
        command::run(&mut (registry.install)(&folder))?;
        fs::write(folder.join(INSTALLED), wanted)?;
    }
    Ok(())
}

/// A program of npm's registry.
pub fn of_npm(workspace: &Workspace, program: &str) -> Command {
    let modules = modules(workspace);
    let mut command = Command::new(modules.join(".bin").join(program));
    command
        .current_dir(workspace.root())
        .env("NODE_PATH", modules);
    command
}

/// Where the packages of npm's registry are.
pub fn modules(workspace: &Workspace) -> PathBuf {
    folder(workspace).join("node/node_modules")
}

/// Where all of them are. Tests find them there, too.
fn folder(workspace: &Workspace) -> PathBuf {
    workspace.target().join("tools")
}

fn read(file: &Path) -> Result<String> {
    fs::read_to_string(file).with_context(|| format!("failed to read {}", file.display()))
}
