//! The values of the axis `runtime`.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Name of youki's library on the axis `runtime`.
const LIBCONTAINER: &str = "libcontainer";
/// Name of LXC's library on the axis `runtime`.
const LIBLXC: &str = "liblxc";
/// Name of no runtime on the axis `runtime`.
const NONE: &str = "none";

/// Which runtime to use.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "PathBuf", into = "PathBuf")]
pub enum RuntimeChoice {
    /// youki's library, in the engine's own process.
    #[default]
    Libcontainer,
    /// LXC's library, which lxc and lxd have built in: no OCI runtime.
    Liblxc,
    /// None, where there is no container.
    None,
    /// A program that follows the OCI runtime command line, by name or path.
    Program(PathBuf),
}

impl RuntimeChoice {
    /// The choice that an argument means: `libcontainer`, a name such as `crun`, or a path.
    pub fn named(name: &str) -> Self {
        match name {
            LIBCONTAINER => Self::Libcontainer,
            LIBLXC => Self::Liblxc,
            NONE => Self::None,
            program => Self::Program(PathBuf::from(program)),
        }
    }

    /// The argument that means this choice.
    pub fn argument(&self) -> PathBuf {
        match self {
            Self::Libcontainer => PathBuf::from(LIBCONTAINER),
            Self::Liblxc => PathBuf::from(LIBLXC),
            Self::None => PathBuf::from(NONE),
            Self::Program(path) => path.clone(),
        }
    }

    /// Value of the axis `runtime`: a program's name without its folder.
    pub fn name(&self) -> String {
        let path = self.argument();
        path.file_name()
            .unwrap_or(path.as_os_str())
            .to_string_lossy()
            .into_owned()
    }
}

impl From<PathBuf> for RuntimeChoice {
    fn from(name: PathBuf) -> Self {
        Self::named(&name.to_string_lossy())
    }
}

impl From<RuntimeChoice> for PathBuf {
    fn from(choice: RuntimeChoice) -> Self {
        choice.argument()
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn a_name_and_a_path_mean_programs() {
        assert_eq!(
            RuntimeChoice::named("libcontainer"),
            RuntimeChoice::Libcontainer
        );
        let crun = RuntimeChoice::named("/opt/bin/crun");
        assert_eq!(crun.name(), "crun");
        assert_eq!(crun.argument(), Path::new("/opt/bin/crun"));
    }
}
