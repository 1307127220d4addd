//! BusyBox's source package: found, fetched and verified by apt, whatever it is that the host's lists of
//! sources hold.

use std::fs;
use std::path::{Path, PathBuf};

use super::{APT_CACHE, APT_GET, command, failed, succeeded};
use crate::image::ImageError;
use crate::image::cache::write_error;

/// The package whose archive has the sources.
const BINARY: &str = "busybox-static";
/// The sources.
const SOURCE: &str = "busybox";
/// Keys of distributions, by which apt verifies archives beside the keys that it has anyway.
const KEYRINGS: [&str; 2] = [
    "/usr/share/keyrings/debian-archive-keyring.gpg",
    "/usr/share/keyrings/ubuntu-archive-keyring.gpg",
];

/// Unpacks the sources below `folder`, and returns where they are.
///
/// # Errors
/// When apt fails, as without a network.
pub(super) fn fetch(folder: &Path) -> Result<PathBuf, ImageError> {
    let list = succeeded(command(&APT_CACHE, folder)?.args(["madison", BINARY]))?;
    let list = String::from_utf8_lossy(&list.stdout);
    let apt_cache = Path::new(APT_CACHE.name);
    let archive = list.lines().find_map(Archive::of).ok_or_else(|| {
        let why = format!("it knows no package {BINARY}; run apt-get update");
        failed(apt_cache, &why)
    })?;
    let keyring = KEYRINGS.iter().find(|path| Path::new(path).exists());
    // Lists of our own: those of the host seldom have sources, and belong to its owner.
    let sources = folder.join("sources.list");
    fs::write(&sources, archive.line(keyring.copied())).map_err(write_error(&sources))?;
    for below in ["lists/partial", "cache/archives/partial"] {
        let path = folder.join(below);
        fs::create_dir_all(&path).map_err(write_error(&path))?;
    }
    for arguments in [&["update"][..], &["source", SOURCE]] {
        let mut apt = command(&APT_GET, folder)?;
        apt.args(["--quiet", "--option"])
            .arg(setting("Dir::Etc::SourceList", &sources))
            .args(["--option", "Dir::Etc::SourceParts=-", "--option"])
            .arg(setting("Dir::State::Lists", &folder.join("lists")))
            .arg("--option")
            .arg(setting("Dir::Cache", &folder.join("cache")))
            // Another user could not write below the folder.
            .args(["--option", "APT::Sandbox::User=root"])
            .args(["--option", "Acquire::Retries=2"])
            .args(arguments);
        succeeded(&mut apt)?;
    }
    unpacked(folder)
}

fn setting(name: &str, path: &Path) -> String {
    format!("{name}={}", path.display())
}

/// The folder that a source package was unpacked to.
fn unpacked(folder: &Path) -> Result<PathBuf, ImageError> {
    let entries = fs::read_dir(folder).map_err(write_error(folder))?;
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut folders = paths.filter(|path| {
        let name = path.file_name().and_then(|name| name.to_str());
        let is_its = name.is_some_and(|name| name.starts_with(SOURCE));
        is_its && path.is_dir()
    });
    folders.next().ok_or_else(|| {
        failed(
            Path::new(APT_GET.name),
            "it unpacked no folder of the sources",
        )
    })
}

/// An archive of packages, as a line of sources.list(5) names it.
#[derive(Debug, PartialEq, Eq)]
struct Archive {
    uri: String,
    suite: String,
    component: String,
}

impl Archive {
    /// The archive of a line of `apt-cache madison`, such as
    /// `busybox | 1:1.35.0-4 | http://deb.debian.org/debian bookworm/main amd64 Packages`.
    fn of(line: &str) -> Option<Self> {
        let mut words = line.rsplit('|').next()?.split_whitespace();
        let uri = words.next()?.to_owned();
        let (suite, component) = words.next()?.rsplit_once('/')?;
        Some(Self {
            uri,
            suite: suite.to_owned(),
            component: component.to_owned(),
        })
    }

    /// The line for its sources.
    fn line(&self, keyring: Option<&str>) -> String {
        let options = keyring.map_or_else(String::new, |path| format!("[signed-by={path}] "));
        let Self {
            uri,
            suite,
            component,
        } = self;
        format!("deb-src {options}{uri} {suite} {component}\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_beside_the_packages() {
        let line = "busybox-static | 1:1.35.0-4+b1 | http://deb.debian.org/debian bookworm/main amd64 Packages";
        let archive = Archive::of(line);
        let lines = [None, Some("/k.gpg")].map(|keyring| Some(archive.as_ref()?.line(keyring)));
        let expected = [
            "deb-src http://deb.debian.org/debian bookworm main\n",
            "deb-src [signed-by=/k.gpg] http://deb.debian.org/debian bookworm main\n",
        ];
        assert_eq!(lines, expected.map(|line| Some(line.to_owned())));
        assert_eq!(Archive::of("busybox-static | nothing"), None);
    }

    #[test]
    fn suites_with_slashes_keep_them() {
        let archive = Archive::of("x | 1 | http://h/d stable/updates/main amd64 Packages");
        assert_eq!(
            archive.map(|archive| archive.suite),
            Some("stable/updates".to_owned())
        );
    }
}
