//! Finding, or setting up, a Rust toolchain that builds for BPF: one with the sources of `core`
//! (the target has no compiled one) and with bpf-linker.
//!
//! Everything that is set up lies in one folder of the cache; neither the system nor the user's
//! own rustup is changed.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use clap::ValueEnum;

use super::{debian, linker};
use crate::command;
use crate::workspace::Workspace;

/// Names another folder than the cache's for the toolchain.
const FOLDER_VARIABLE: &str = "CTRPROF_EBPF_TOOLCHAIN";
/// The nightly that is set up where there is none: the one that was tried with bpf-linker.
const NIGHTLY: &str = "nightly-2026-05-20";

/// A way to come by a toolchain. Its name is kept beside the object that it built, since another
/// compiler makes another program from the same sources.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Recipe {
    /// The user's own nightly, where it has the sources of `core`.
    UserNightly,
    /// A nightly of a fixed date, from rustup, in the cache.
    PinnedNightly,
    /// Debian's packages for building web browsers, unpacked into the cache.
    Debian,
}

impl Recipe {
    const ALL: [Self; 3] = [Self::UserNightly, Self::PinnedNightly, Self::Debian];

    /// The name kept beside the object.
    pub const fn name(self) -> &'static str {
        match self {
            Self::UserNightly => "user-nightly",
            Self::PinnedNightly => "pinned-nightly",
            Self::Debian => "debian",
        }
    }

    /// The recipe of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|recipe| recipe.name() == name)
    }

    /// The system root of its toolchain, set up in `folder` if need be.
    fn set_up(self, folder: &Path) -> Result<PathBuf> {
        match self {
            Self::UserNightly => user_nightly(),
            Self::PinnedNightly => pinned_nightly(folder),
            Self::Debian => debian::set_up(&folder.join("debian")),
        }
    }
}

/// A toolchain that builds for BPF.
pub struct Toolchain {
    /// How it came here.
    pub recipe: Recipe,
    sysroot: PathBuf,
    linker: PathBuf,
}

impl Toolchain {
    /// The toolchain of `preferred`, else of the first recipe that works here.
    pub fn find_or_set_up(workspace: &Workspace, preferred: Option<Recipe>) -> Result<Self> {
        let folder = env::var_os(FOLDER_VARIABLE)
            .map_or_else(|| workspace.cache().join("ebpf-toolchain"), PathBuf::from);
        let rest = Recipe::ALL
            .into_iter()
            .filter(|recipe| Some(*recipe) != preferred);
        for recipe in preferred.into_iter().chain(rest) {
            let tried = recipe.set_up(&folder).and_then(|sysroot| {
                let linker = linker::find_or_install(&folder, recipe)?;
                Ok(Self {
                    recipe,
                    sysroot,
                    linker,
                })
            });
            match tried {
                Ok(toolchain) => return Ok(toolchain),
                Err(error) => eprintln!("no {} toolchain here: {error:#}", recipe.name()),
            }
        }
        bail!(
            "no BPF toolchain could be had; put one into {} or see above",
            folder.display()
        )
    }

    /// A cargo that builds with it.
    pub fn cargo(&self) -> Command {
        self.with_environment(stable_cargo())
    }

    /// A `cargo clippy` that checks with it; an error where it has no clippy.
    pub fn cargo_clippy(&self) -> Result<Command> {
        let clippy = self.sysroot.join("bin/cargo-clippy");
        if !clippy.exists() {
            bail!(
                "the {} toolchain has no {}; install clippy for it",
                self.recipe.name(),
                clippy.display()
            );
        }
        Ok(self.with_environment(clippy))
    }

    /// The sources of the standard library.
    pub fn library(&self) -> PathBuf {
        library(&self.sysroot)
    }

    /// The versions of compiler and linker, one a line.
    pub fn versions(&self) -> Result<String> {
        let mut rustc = self.with_environment(self.sysroot.join("bin/rustc"));
        let rustc = command::output(rustc.arg("--version"))?;
        let linker = command::output(self.with_environment(self.linker.clone()).arg("--version"))?;
        Ok(format!("{}\n{}\n", rustc.trim(), linker.trim()))
    }

    fn with_environment(&self, program: PathBuf) -> Command {
        let mut command = Command::new(program);
        let path = env::var_os("PATH").unwrap_or_default();
        let folders = self.linker.parent().map(Path::to_path_buf).into_iter();
        if let Ok(path) = env::join_paths(folders.chain(env::split_paths(&path))) {
            command.env("PATH", path);
        }
        command
            .env("RUSTC", self.sysroot.join("bin/rustc"))
            .env("CARGO", stable_cargo())
            // For rustc's own libraries, and for bpf-linker, which opens the libLLVM beside them.
            .env("LD_LIBRARY_PATH", self.sysroot.join("lib"))
            // `-Z build-std` is nightly's; Debian's compiler is a stable one.
            .env("RUSTC_BOOTSTRAP", "1")
            .env_remove("RUSTUP_TOOLCHAIN")
            .env_remove("RUSTFLAGS");
        command
    }
}

/// The cargo that runs xtask: any recent one drives any compiler.
fn stable_cargo() -> PathBuf {
    env::var_os("CARGO").map_or_else(|| "cargo".into(), PathBuf::from)
}

fn library(sysroot: &Path) -> PathBuf {
    sysroot.join("lib/rustlib/src/rust/library")
}

/// `sysroot`, if it can build `core`.
pub fn with_sources(sysroot: PathBuf) -> Result<PathBuf> {
    if !library(&sysroot).join("core").is_dir() {
        bail!(
            "{} has no sources of core (the component rust-src)",
            sysroot.display()
        );
    }
    Ok(sysroot)
}

fn user_nightly() -> Result<PathBuf> {
    let mut rustc = Command::new("rustup");
    rustc.args(["run", "nightly", "rustc", "--print", "sysroot"]);
    with_sources(command::output(&mut rustc)?.trim().into())
}

/// Lets rustup install a toolchain into a home of its own, so that the user's stays as it is.
fn pinned_nightly(folder: &Path) -> Result<PathBuf> {
    let home = folder.join("rustup");
    let sysroot = || {
        let mut rustc = Command::new("rustup");
        rustc
            .args(["run", NIGHTLY, "rustc", "--print", "sysroot"])
            .env("RUSTUP_HOME", &home);
        with_sources(command::output(&mut rustc)?.trim().into())
    };
    if let Ok(sysroot) = sysroot() {
        return Ok(sysroot);
    }
    let mut install = Command::new("rustup");
    install
        .args([
            "toolchain",
            "install",
            NIGHTLY,
            "--no-self-update",
            "--profile",
            "minimal",
        ])
        .args(["--component", "rust-src", "--component", "clippy"])
        .env("RUSTUP_HOME", &home);
    command::run(&mut install).context("failed to fetch a nightly")?;
    sysroot()
}
