//! Frames of user stacks.

use serde::{Deserialize, Serialize};

/// A frame of a user stack.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct UserFrame {
    /// The function, as its own language writes it; empty where it is not known.
    pub function: String,
    /// Name of the file of its program or library, without the folder.
    pub module: String,
}

/// Where an address of a Go program is from: the wrappers of its calling conventions.
const GO_SUFFIXES: &[&str] = &[".abi0", ".abiinternal"];

impl UserFrame {
    /// A frame of the function and the path of its program, as a recording has them.
    pub fn new(function: &str, module: &str) -> Self {
        let function = GO_SUFFIXES
            .iter()
            .find_map(|suffix| function.strip_suffix(suffix))
            .unwrap_or(function);
        // The kernel's word for a file that has no path any more.
        let module = module.strip_suffix(" (deleted)").unwrap_or(module);
        let module = module.rsplit_once('/').map_or(module, |(_, name)| name);
        Self {
            function: function.to_owned(),
            module: module.to_owned(),
        }
    }

    /// The name that is shown: the function, else the program or library in brackets.
    pub fn shown(&self) -> String {
        match (self.function.as_str(), self.module.as_str()) {
            ("", "") => "[unknown]".to_owned(),
            ("", module) => format!("[{module}]"),
            (function, _) => function.to_owned(),
        }
    }

    /// The name of a shared library without its version: `libseccomp`; `None` for a program.
    pub fn library(&self) -> Option<&str> {
        let (name, _) = self.module.split_once(".so")?;
        // `libc-2.31.so` and `ld-linux-x86-64.so.2` are one library of each version.
        Some(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_shown_by_function_else_by_file() {
        let frame = UserFrame::new("runtime.mcall.abi0", "/usr/sbin/dockerd");
        assert_eq!(frame.shown(), "runtime.mcall");
        assert_eq!(frame.library(), None);
        let frame = UserFrame::new("", "/usr/lib/libseccomp.so.2.5.4");
        assert_eq!(frame.shown(), "[libseccomp.so.2.5.4]");
        assert_eq!(frame.library(), Some("libseccomp"));
        assert_eq!(UserFrame::new("", "/opt/x (deleted)").shown(), "[x]");
        assert_eq!(UserFrame::default().shown(), "[unknown]");
    }
}
