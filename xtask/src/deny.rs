//! Licences, sources and known vulnerabilities of everything that ctrprof is built from.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::command;
use crate::workspace::Workspace;

const VERSION: &str = "0.20.2";
const ADVISORIES: &str = "https://github.com/rustsec/advisory-db";

/// cargo-deny, built into the cache unless it is there.
pub fn fetch(workspace: &Workspace) -> Result<PathBuf> {
    let tools = workspace.cache().join("tools");
    let deny = tools.join("bin/cargo-deny");
    if !deny.exists() {
        let mut install = Command::new("cargo");
        install
            .args(["install", "cargo-deny", "--version", VERSION, "--locked"])
            // It runs for a second: a quick build is worth more than a quick program.
            .args(["--debug", "--root"])
            .arg(&tools)
            .env("CARGO_PROFILE_DEV_DEBUG", "0")
            .env("CARGO_TARGET_DIR", tools.join("build"));
        command::run(&mut install)?;
        std::fs::remove_dir_all(tools.join("build"))?;
    }
    Ok(deny)
}

/// Runs cargo-deny.
pub fn run(workspace: &Workspace) -> Result<()> {
    let deny = fetch(workspace)?;
    let check = |what: &[&str]| {
        command::run(
            Command::new(&deny)
                .current_dir(workspace.root())
                .arg("check")
                .args(what),
        )
    };
    check(&["bans", "licenses", "sources"])?;
    if has_advisories() {
        check(&["advisories"])
    } else {
        println!("advisories were not checked: {ADVISORIES} cannot be reached from here");
        Ok(())
    }
}

fn has_advisories() -> bool {
    let mut probe = Command::new("timeout");
    probe
        .args(["30", "git", "ls-remote", "--quiet", ADVISORIES, "HEAD"])
        .env("GIT_TERMINAL_PROMPT", "0");
    command::succeeds(&mut probe)
}
