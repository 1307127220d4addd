//! The website that lighttpd serves in `http-server`, and how it is started.

use std::fs;
use std::io;
use std::path::Path;

/// Port in the container; above 1 023, so that it needs no capability.
pub const PORT: u16 = 8080;
/// Path of the page, as a request names it.
pub const URL_PATH: &str = "/index.html";
/// The page.
pub const PAGE: &str = "<!DOCTYPE html>\n<title>ctrprof</title>\n<p>It works.</p>\n";

/// Starts the server. The command ends when it listens: lighttpd goes into the background by then.
pub const START_SCRIPT: &str = "PATH=/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin; \
     exec lighttpd -f /usr/lib/ctrprof/lighttpd.conf";

/// Where its configuration is in a container.
const CONFIGURATION_PATH: &str = "usr/lib/ctrprof/lighttpd.conf";
/// The folder that it serves.
const FOLDER: &str = "data/www";

/// The one module that serves files; it is part of the program since lighttpd 1.4.64.
fn configuration() -> String {
    format!(
        "server.document-root = \"/{FOLDER}\"\n\
         server.port = {PORT}\n\
         server.modules = ( \"mod_staticfile\" )\n\
         server.compat-module-load = \"disable\"\n\
         mimetype.assign = ( \".html\" => \"text/html\" )\n"
    )
}

/// Writes configuration and page into the root file system `root`.
///
/// # Errors
/// When a file cannot be written.
pub fn write(root: &Path) -> io::Result<()> {
    let page = root.join(FOLDER).join(URL_PATH.trim_start_matches('/'));
    for (path, text) in [
        (root.join(CONFIGURATION_PATH), configuration()),
        (page, PAGE.to_owned()),
    ] {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, text)?;
    }
    Ok(())
}
