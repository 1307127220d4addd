//! Pages in a real browser.

use std::path::Path;
use std::process::Command;

/// Opens a page at an address, which is a path and what follows `#`, lets it run, and returns the text of the
/// preformatted element with this id. The browser keeps its files in `folder`.
pub fn text_of(address: &str, folder: &Path, id: &str) -> String {
    let output = Command::new("chromium")
        .args(["--headless", "--no-sandbox", "--disable-quic"])
        .args(["--use-angle=swiftshader", "--enable-unsafe-swiftshader"])
        .args([
            "--no-first-run",
            "--disable-background-networking",
            "--disable-sync",
        ])
        .args(["--disable-component-update", "--virtual-time-budget=30000"])
        .args(["--window-size=1400,1000", "--dump-dom"])
        .arg(format!(
            "--user-data-dir={}",
            folder.join("profile").display()
        ))
        .arg(format!("file://{address}"))
        .output()
        .expect("failed to start chromium, which `cargo xtask test` installs");
    let dom = String::from_utf8(output.stdout).unwrap();
    let text = dom
        .rsplit_once(&format!("<pre id=\"{id}\">"))
        .and_then(|(_, rest)| rest.split_once("</pre>"))
        .unwrap_or_else(|| panic!("no result: {}", String::from_utf8_lossy(&output.stderr)));
    let text = text.0.replace("&lt;", "<").replace("&gt;", ">");
    text.replace("&nbsp;", "\u{a0}").replace("&amp;", "&")
}
