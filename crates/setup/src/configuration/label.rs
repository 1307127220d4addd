//! The label of a configuration: one line that names it in benches, reports and folders.
//!
//! ```text
//! MANAGER/RUNTIME/STORAGE[@BACKING]/CGROUP[+SOURCE][+ATTACH]/IMAGE/NETWORK/root|rootless[/seccomp-PROFILE]
//! ```
//!
//! [`Display`](fmt::Display) writes it and [`FromStr`] reads it back to an equal configuration. An
//! image may have slashes of its own: from the left everything up to the control group has none,
//! and from the right everything down to the network, so the image is what is left between. In the
//! path of a runtime or a backing store slashes are written as `%2F`.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

use super::axis::{parse_backing, parse_cgroup, parse_storage_name, unknown};
use super::{Configuration, SeccompChoice, UnknownValue};
use crate::runtime::RuntimeChoice;

/// Characters that are escaped in an image, which is the only part that may have slashes.
const IMAGE: &AsciiSet = &CONTROLS.add(b'%');
/// Characters that are escaped in paths of runtimes and backing stores.
const PATH: &AsciiSet = &IMAGE.add(b'/');
/// The prefix of the name of a seccomp profile.
const SECCOMP: &str = "seccomp-";
const ROOT: &str = "root";
const ROOTLESS: &str = "rootless";

impl fmt::Display for Configuration {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let runtime = self.runtime.argument();
        let runtime = runtime.to_string_lossy();
        write!(
            formatter,
            "{}/{}/{}",
            self.manager,
            utf8_percent_encode(&runtime, PATH),
            self.storage.name()
        )?;
        if let Some(backing) = &self.backing {
            let backing = backing.to_string();
            write!(formatter, "@{}", utf8_percent_encode(&backing, PATH))?;
        }
        let image = self.image.to_string();
        write!(
            formatter,
            "/{}/{}/{}/{}",
            self.cgroup_text(),
            utf8_percent_encode(&image, IMAGE),
            self.network,
            if self.rootless { ROOTLESS } else { ROOT }
        )?;
        match self.seccomp {
            SeccompChoice::Usual => Ok(()),
            chosen => write!(formatter, "/{SECCOMP}{chosen}"),
        }
    }
}

impl FromStr for Configuration {
    type Err = LabelError;

    fn from_str(label: &str) -> Result<Self, Self::Err> {
        let (label, seccomp) = split_seccomp(label)?;
        let mut parts = label.split('/');
        let mut next = |part| parts.next().ok_or(LabelError::Missing(part));
        let manager = next("manager")?.parse()?;
        let runtime = RuntimeChoice::named(&decode(next("runtime")?)?);
        let storage = next("storage")?;
        let (storage, mut backing) = match storage.split_once('@') {
            Some((name, backing)) => (name, Some(backing.to_owned())),
            None => (storage, None),
        };
        let mut cgroup = next("control group")?;
        // Up to version 0.1 the path of a backing store had its slashes as they are.
        while let Some(path) = backing.as_mut().filter(|_| parse_cgroup(cgroup).is_err()) {
            *path = format!("{path}/{cgroup}");
            cgroup = next("control group")?;
        }
        let (cgroup, cgroup_source, cgroup_attach) = parse_cgroup(cgroup)?;
        let backing = match backing {
            Some(text) => Some(parse_backing(&decode(&text)?)?),
            None => None,
        };
        let mut rest: Vec<&str> = parts.collect();
        let mut last = |part| rest.pop().ok_or(LabelError::Missing(part));
        let rootless = parse_rights(last("rights")?)?;
        let network = last("network")?.parse()?;
        if rest.is_empty() {
            return Err(LabelError::Missing("image"));
        }
        Ok(Self {
            manager,
            runtime,
            storage: parse_storage_name(storage)?,
            backing,
            cgroup,
            cgroup_source,
            cgroup_attach,
            image: decode(&rest.join("/"))?.into_owned().into(),
            network,
            rootless,
            seccomp,
        })
    }
}

/// The reasons for which a text is no label of a configuration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LabelError {
    /// It ends too early.
    #[error(
        "the label has no {0}; write MANAGER/RUNTIME/STORAGE/CGROUP/IMAGE/NETWORK/root or rootless"
    )]
    Missing(&'static str),
    /// One of its parts is no value of its axis.
    #[error(transparent)]
    Value(#[from] UnknownValue),
    /// An escaped part that is no text.
    #[error("'{0}' is no UTF-8 text once its %XX are decoded")]
    Escape(String),
}

/// The label without its last part, if that names a seccomp profile.
fn split_seccomp(label: &str) -> Result<(&str, SeccompChoice), UnknownValue> {
    let profile = label
        .rsplit_once('/')
        .and_then(|(rest, last)| Some((rest, last.strip_prefix(SECCOMP)?)));
    match profile {
        Some((rest, name)) => Ok((rest, name.parse()?)),
        None => Ok((label, SeccompChoice::Usual)),
    }
}

fn parse_rights(text: &str) -> Result<bool, UnknownValue> {
    match text {
        ROOT => Ok(false),
        ROOTLESS => Ok(true),
        _ => Err(unknown("rights", text, &[ROOT, ROOTLESS])),
    }
}

fn decode(text: &str) -> Result<Cow<'_, str>, LabelError> {
    percent_decode_str(text)
        .decode_utf8()
        .map_err(|_| LabelError::Escape(text.to_owned()))
}

#[cfg(test)]
mod tests;
