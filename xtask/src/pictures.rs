//! `cargo xtask pictures`: the screenshots of docs/pictures, of pages that ctrprof writes of real recordings on
//! this machine.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::command;
use crate::workspace::Workspace;
use crate::{builds, packages, tools};

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

const SPEEDSCOPE_HEIGHT: u32 = 520;

/// Hands speedscope a file, and goes on to its second profile, when it shows the first: the pieces of the critical
/// path of the stage `create`, in their order.
const SPEEDSCOPE: &str = r#"const bytes = [BYTES].map((byte) => String.fromCharCode(byte));
speedscope.loadFileFromBase64("podman.speedscope.json", btoa(bytes.join("")));
setTimeout(() => window.dispatchEvent(new KeyboardEvent("keypress", { key: "n" })), 3000);
"#;

/// Records, writes the pages and takes each light and dark.
pub fn run(workspace: &Workspace) -> Result<()> {
    packages::install_missing()?;
    tools::install(workspace)?;
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
            let picture = kept.join(format!("{name}-{}.png", scheme(is_dark)));
            let page = folder.join(format!("{name}.html"));
            let address = page.display().to_string();
            shot(&folder, &address, (height, is_dark), &picture)?;
        }
    }
    speedscope(workspace, &folder, &kept)?;
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

/// Opens a recording of these in speedscope, as the package's own command does: its page runs a script that hands
/// it the file.
fn speedscope(workspace: &Workspace, folder: &Path, kept: &Path) -> Result<()> {
    let mut ctrprof = Command::new(builds::ctrprof(workspace));
    ctrprof
        .args(["report", "podman", "--format", "speedscope"])
        .current_dir(folder);
    let file = command::output(&mut ctrprof)?;
    let loader = folder.join("speedscope.js");
    let bytes: Vec<String> = file.bytes().map(|byte| byte.to_string()).collect();
    fs::write(&loader, SPEEDSCOPE.replace("BYTES", &bytes.join(",")))?;
    let page = tools::modules(workspace).join("speedscope/dist/release/index.html");
    let address = format!("{}#localProfilePath={}", page.display(), loader.display());
    for is_dark in [false, true] {
        let picture = kept.join(format!("speedscope-{}.png", scheme(is_dark)));
        shot(folder, &address, (SPEEDSCOPE_HEIGHT, is_dark), &picture)?;
    }
    Ok(())
}

const fn scheme(is_dark: bool) -> &'static str {
    if is_dark { "dark" } else { "light" }
}

/// Takes the page at an address, which is a path and what follows `#`.
fn shot(
    folder: &Path,
    address: &str,
    (height, is_dark): (u32, bool),
    picture: &Path,
) -> Result<()> {
    let mut chromium = Command::new("chromium");
    chromium
        .args(["--headless", "--no-sandbox", "--disable-quic"])
        // speedscope draws with WebGL.
        .args(["--use-angle=swiftshader", "--enable-unsafe-swiftshader"])
        .args(["--virtual-time-budget=10000"])
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
        .arg(format!("file://{address}"))
        .stderr(Stdio::null());
    command::run(&mut chromium).with_context(|| format!("failed to take {}", picture.display()))
}
