//! `cargo xtask pictures`: the screenshots of docs/pictures, of pages that ctrprof writes of real recordings on
//! this machine.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::command;
use crate::workspace::Workspace;
use crate::{builds, packages};

/// What is recorded, each by `ctrprof ARGUMENTS`, in a folder of its own.
const RECORDINGS: &[&str] = &[
    "run hello-world --manager podman -q -o podman",
    "run hello-world --manager docker -q -o docker",
    "run hello-world --runtime crun -n 10 -q -o crun",
    "run hello-world --runtime runc -n 10 -q -o runc",
    "bench runtimes.toml -o runtimes",
];

const MATRIX: &str = r#"title = "Runtimes and storages"
runs = 12
workloads = ["hello-world"]
[[configurations]]
runtime = ["crun", "runc", "libcontainer"]
storage = ["overlay", "vfs"]
"#;

/// A picture: its name, the arguments that write the page, and the height that is shown.
const PICTURES: &[(&str, &str, u32)] = &[
    ("podman", "report podman", 1_250),
    ("docker", "report docker", 1_250),
    ("diff", "diff crun runc", 1_450),
    ("bench", "report runtimes", 900),
];

const WIDTH: u32 = 1_280;

/// Records, writes the pages and takes each light and dark.
pub fn run(workspace: &Workspace) -> Result<()> {
    packages::install_missing()?;
    builds::everything(workspace)?;
    if !command::is_root()? {
        bail!("containers need root; run `cargo xtask pictures` as root");
    }
    let folder = workspace.target().join("pictures");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("runtimes.toml"), MATRIX)?;
    for arguments in RECORDINGS {
        ctrprof(workspace, &folder, arguments)?;
    }
    let kept = workspace.root().join("docs/pictures");
    fs::create_dir_all(&kept)?;
    for &(name, arguments, height) in PICTURES {
        ctrprof(
            workspace,
            &folder,
            &format!("{arguments} --html {name}.html"),
        )?;
        for is_dark in [false, true] {
            let scheme = if is_dark { "dark" } else { "light" };
            let picture = kept.join(format!("{name}-{scheme}.png"));
            shot(&folder, name, (height, is_dark), &picture)?;
        }
    }
    println!("written to {}", kept.display());
    Ok(())
}

fn ctrprof(workspace: &Workspace, folder: &Path, arguments: &str) -> Result<()> {
    let mut ctrprof = Command::new(builds::ctrprof(workspace));
    ctrprof
        .args(arguments.split(' '))
        .current_dir(folder)
        .stdout(Stdio::null());
    command::run(&mut ctrprof)
}

fn shot(folder: &Path, name: &str, (height, is_dark): (u32, bool), picture: &Path) -> Result<()> {
    let mut chromium = Command::new("chromium");
    chromium
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic"])
        .args(["--no-first-run", "--disable-background-networking", "--disable-sync"])
        .args(["--disable-component-update", "--hide-scrollbars"])
        // Blink's own setting: 0 is dark, 1 light (third_party/blink, PreferredColorScheme).
        .arg(format!(
            "--blink-settings=preferredColorScheme={}",
            u8::from(!is_dark)
        ))
        .arg(format!("--window-size={WIDTH},{height}"))
        .arg(format!("--user-data-dir={}", folder.join("profile").display()))
        .arg(format!("--screenshot={}", picture.display()))
        .arg(format!("file://{}", folder.join(format!("{name}.html")).display()))
        .stderr(Stdio::null());
    command::run(&mut chromium).with_context(|| format!("failed to take {}", picture.display()))
}
