//! `cargo xtask pictures`: the screenshots of docs/pictures, of pages that ctrprof writes of real recordings on
//! this machine.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::command;
use crate::workspace::Workspace;
use crate::{builds, packages, tools};

const MATRIX: &str = r#"title = "Runtimes and storages"
runs = 12
workloads = ["hello-world"]
[[configurations]]
runtime = ["crun", "runc", "libcontainer"]
storage = ["overlay", "vfs"]
"#;

/// A page of which pictures are taken.
struct Picture {
    name: &'static str,
    /// What is recorded for it, each by `ctrprof ARGUMENTS`.
    recordings: &'static [&'static str],
    /// The arguments that write the page.
    page: &'static str,
    /// The height that is shown.
    height: u32,
}

const PICTURES: &[Picture] = &[
    Picture {
        name: "podman",
        recordings: &["run hello-world --manager podman -q -o podman"],
        page: "report podman",
        height: 1_250,
    },
    Picture {
        name: "docker",
        recordings: &["run hello-world --manager docker -q -o docker"],
        page: "report docker",
        height: 1_250,
    },
    Picture {
        name: "diff",
        recordings: &[
            "run hello-world --runtime crun -n 10 -q -o crun",
            "run hello-world --runtime runc -n 10 -q -o runc",
        ],
        page: "diff crun runc",
        height: 1_450,
    },
    Picture {
        name: "bench",
        recordings: &["bench runtimes.toml -o runtimes"],
        page: "report runtimes",
        height: 900,
    },
    Picture {
        name: "profile",
        recordings: &[
            "run io-write --size sm --image host-gnu --runtime crun -n 5 -q -o host-gnu",
            "run io-write --size sm --image host-busybox --runtime crun -n 5 -q -o host-busybox",
            "run io-write --size sm --image musl-busybox --runtime crun -n 5 -q -o musl-busybox",
        ],
        page: "profile host-gnu host-busybox musl-busybox",
        height: 1_120,
    },
];

/// The arguments that write a picture for documents: of the recording that tests read, so that it is the same on every
/// machine.
const WATERFALL: &str = "report overlay-vfs.bench/runs/embedded+crun+overlay+host+host-gnu+none+root/hello-world/01 --format svg";

const WIDTH: u32 = 1_280;

const SPEEDSCOPE_HEIGHT: u32 = 520;

/// Hands speedscope a file, and goes on to its second profile, when it shows the first: the pieces of the critical
/// path of the stage `create`, in their order.
const SPEEDSCOPE: &str = r#"const bytes = [BYTES].map((byte) => String.fromCharCode(byte));
speedscope.loadFileFromBase64("podman.speedscope.json", btoa(bytes.join("")));
setTimeout(() => window.dispatchEvent(new KeyboardEvent("keypress", { key: "n" })), 3000);
"#;

/// Records, writes the pages and takes each light and dark; of those with these names, if any is given.
pub fn run(workspace: &Workspace, names: &[String]) -> Result<()> {
    let chosen = chosen(names)?;
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
    let kept = workspace.root().join("docs/pictures");
    fs::create_dir_all(&kept)?;
    for picture in chosen {
        for arguments in picture.recordings {
            ctrprof(workspace, (&folder, arguments), Stdio::null())?;
        }
        let name = picture.name;
        let arguments = format!("{} --html {name}.html", picture.page);
        ctrprof(workspace, (&folder, &arguments), Stdio::null())?;
        for is_dark in [false, true] {
            let taken = kept.join(format!("{name}-{}.png", scheme(is_dark)));
            let address = folder.join(format!("{name}.html")).display().to_string();
            shot(&folder, &address, (picture.height, is_dark), &taken)?;
        }
    }
    if folder.join("podman").exists() {
        speedscope(workspace, &folder, &kept)?;
    }
    waterfall(workspace, &kept)?;
    println!("written to {}", kept.display());
    Ok(())
}

/// Writes the picture for documents.
fn waterfall(workspace: &Workspace, kept: &Path) -> Result<()> {
    let recorded = workspace.root().join("profiler/tests");
    let file = fs::File::create(kept.join("waterfall.svg"))?;
    ctrprof(workspace, (&recorded, WATERFALL), file.into())
}

/// The pictures of these names; all if none is given.
fn chosen(names: &[String]) -> Result<Vec<&'static Picture>> {
    let known = |name: &String| PICTURES.iter().any(|picture| picture.name == name);
    if let Some(unknown) = names.iter().find(|name| !known(name)) {
        let known: Vec<&str> = PICTURES.iter().map(|picture| picture.name).collect();
        bail!(
            "there is no picture '{unknown}'; choose of {}",
            known.join(", ")
        );
    }
    let is_chosen =
        |picture: &&Picture| names.is_empty() || names.iter().any(|name| *name == picture.name);
    Ok(PICTURES.iter().filter(is_chosen).collect())
}

/// Runs ctrprof in a folder, with its standard output going to `out`.
fn ctrprof(workspace: &Workspace, (folder, arguments): (&Path, &str), out: Stdio) -> Result<()> {
    let mut ctrprof = Command::new(builds::ctrprof(workspace));
    ctrprof
        .args(arguments.split(' '))
        .current_dir(folder)
        .stdout(out);
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
