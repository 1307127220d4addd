//! A real browser, and the pages that ctrprof writes for it.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::chromium;

pub(crate) const BENCH: &str = "overlay-vfs.bench";
pub(crate) const RECORDING: &str =
    "overlay-vfs.bench/runs/embedded+crun+overlay+host+host-gnu+none+root/hello-world/01";

pub(crate) fn ctrprof(arguments: &[&str]) -> Vec<u8> {
    let output = Command::new(env!("CARGO_BIN_EXE_ctrprof"))
        .args(arguments)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests"))
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {error}");
    output.stdout
}

/// Opens a page at an address behind `#`, runs the body of an asynchronous function in it, and returns its
/// result. An error in the page or a message of the console fails the test. A browser that only dumps the
/// document has no frames: what waits for one is called all the same.
pub(crate) fn in_browser(page: &Path, address: &str, script: &str) -> Value {
    const CATCHES: &str = "<script>const complaints = [];
        window.addEventListener('error', (event) => complaints.push(event.message));
        for (const name of ['error', 'warn', 'log']) console[name] = (...all) => complaints.push(all.join(' '));
        window.requestAnimationFrame = (frame) => setTimeout(frame, 10);
        </script>";
    let folder = tempfile::tempdir().unwrap();
    let tested = folder.path().join("page.html");
    let ends = format!(
        "<script>(async () => {{ {script} }})()
            .catch((error) => `failed: ${{error.stack}}`)
            .then((value) => {{
                const result = document.createElement('pre');
                result.id = 'result';
                result.textContent = JSON.stringify({{ value, complaints }});
                document.body.append(result);
            }});</script></body>"
    );
    let html = fs::read_to_string(page).unwrap();
    let html = html.replacen("<head>", &format!("<head>{CATCHES}"), 1);
    fs::write(&tested, html.replacen("</body>", &ends, 1)).unwrap();
    let address = format!("{}#{address}", tested.display());
    let text = chromium::text_of(&address, folder.path(), "result");
    let result: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(result["complaints"], Value::Array(Vec::new()));
    result["value"].clone()
}

/// The page that a command writes, in a folder of its own.
pub(crate) fn page_of(folder: &tempfile::TempDir, arguments: &[&str]) -> std::path::PathBuf {
    let file = folder.path().join("page.html");
    ctrprof(&[arguments, &["--html", file.to_str().unwrap()]].concat());
    file
}

/// The recording of the other storage.
pub(crate) const VFS: &str =
    "overlay-vfs.bench/runs/embedded+crun+vfs+host+host-gnu+none+root/hello-world/01";

/// Waits for what is drawn before the next frame.
pub(crate) const DRAWN: &str =
    "const drawn = () => new Promise((done) => setTimeout(done, 50)); await drawn();";
