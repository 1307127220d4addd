//! Where an image comes from, as the command line says it.

use std::convert::Infallible;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Value of the axis `image`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum ImageSource {
    /// The host's own programs with their C library and GNU tools.
    #[default]
    HostGnu,
    /// The host's static BusyBox.
    HostBusybox,
    /// BusyBox linked with musl, compiled from the distribution's source package.
    MuslBusybox,
    /// A folder as the OCI image layout describes it.
    OciLayout(PathBuf),
    /// An archive that `docker save` or `podman save` wrote.
    Archive(PathBuf),
    /// Debian's base system, made by debootstrap(8).
    Debootstrap {
        /// The release, for instance `bookworm`; the host's own if none is named.
        suite: Option<String>,
    },
    /// A reference that the manager pulls.
    Reference(String),
}

impl FromStr for ImageSource {
    type Err = Infallible;

    /// Whatever is not one of the other forms is a reference.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self::from(text.to_owned()))
    }
}

impl From<String> for ImageSource {
    fn from(text: String) -> Self {
        match (text.as_str(), text.split_once(':')) {
            ("host-gnu", _) => Self::HostGnu,
            ("host-busybox", _) => Self::HostBusybox,
            ("musl-busybox", _) => Self::MuslBusybox,
            ("debootstrap", _) => Self::Debootstrap { suite: None },
            (_, Some(("oci", path))) => Self::OciLayout(PathBuf::from(path)),
            (_, Some(("archive", path))) => Self::Archive(PathBuf::from(path)),
            (_, Some(("debootstrap", suite))) => Self::Debootstrap {
                suite: Some(suite.to_owned()),
            },
            _ => Self::Reference(text),
        }
    }
}

impl From<ImageSource> for String {
    fn from(source: ImageSource) -> Self {
        source.to_string()
    }
}

impl fmt::Display for ImageSource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HostGnu => formatter.pad("host-gnu"),
            Self::HostBusybox => formatter.pad("host-busybox"),
            Self::MuslBusybox => formatter.pad("musl-busybox"),
            Self::OciLayout(path) => write!(formatter, "oci:{}", path.display()),
            Self::Archive(path) => write!(formatter, "archive:{}", path.display()),
            Self::Debootstrap { suite: None } => formatter.pad("debootstrap"),
            Self::Debootstrap { suite: Some(suite) } => write!(formatter, "debootstrap:{suite}"),
            Self::Reference(reference) => formatter.pad(reference),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_read_and_written() {
        for (text, source) in [
            ("host-gnu", ImageSource::HostGnu),
            ("host-busybox", ImageSource::HostBusybox),
            ("musl-busybox", ImageSource::MuslBusybox),
            ("oci:/a/b", ImageSource::OciLayout("/a/b".into())),
            ("archive:x.tar", ImageSource::Archive("x.tar".into())),
            ("debootstrap", ImageSource::Debootstrap { suite: None }),
            (
                "debootstrap:trixie",
                ImageSource::Debootstrap {
                    suite: Some("trixie".to_owned()),
                },
            ),
            (
                "docker.io/library/alpine:3.20",
                ImageSource::Reference("docker.io/library/alpine:3.20".to_owned()),
            ),
            ("alpine", ImageSource::Reference("alpine".to_owned())),
        ] {
            assert_eq!(text.parse(), Ok(source.clone()));
            assert_eq!(source.to_string(), text);
        }
    }
}
