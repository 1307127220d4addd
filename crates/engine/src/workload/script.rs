//! A user's own script as a workload.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::Workload;

/// Longest script: the kernel takes no longer argument (`MAX_ARG_STRLEN`, include/uapi/linux/
/// binfmts.h, v6.18, with its end), and a script is one.
const SCRIPT_BYTES: usize = 128 * 1024 - 1;

/// A script that cannot be a workload.
#[derive(Debug, thiserror::Error)]
pub enum ScriptError {
    /// The file.
    #[error("failed to read the script {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        source: io::Error,
    },
    /// Too long for the command line of a shell.
    #[error("the script {} has {bytes} bytes, and at most {SCRIPT_BYTES} can be handed to a shell; put the rest into an image", path.display())]
    TooLong {
        /// The file.
        path: PathBuf,
        /// Its length.
        bytes: usize,
    },
    /// Not a text.
    #[error("the script {} holds a zero byte or is not UTF-8, which no shell script does; name a text file", path.display())]
    NoText {
        /// The file.
        path: PathBuf,
    },
}

impl Workload {
    /// A user's own script, run by `/bin/sh` in the container; its exit code is its result.
    ///
    /// # Errors
    /// When the file cannot be read or is no text of a length that a shell takes.
    pub fn script(file: &Path) -> Result<Self, ScriptError> {
        let path = file.to_path_buf();
        let bytes = fs::read(file).map_err(|source| ScriptError::Read {
            path: path.clone(),
            source,
        })?;
        if bytes.len() > SCRIPT_BYTES {
            let bytes = bytes.len();
            return Err(ScriptError::TooLong { path, bytes });
        }
        let text = String::from_utf8(bytes)
            .ok()
            .filter(|text| !text.contains('\0'))
            .ok_or(ScriptError::NoText { path })?;
        let own_name = file.file_name().unwrap_or_default().to_string_lossy();
        Ok(Self {
            name: "script".to_owned(),
            command: vec!["/bin/sh".into(), "-c".into(), text, own_name.into_owned()],
            ..Self::default()
        })
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    #[test]
    fn a_script_is_handed_to_the_shell_whole() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("try.sh");
        fs::write(&file, "echo \"$0\"\nexit 3\n").unwrap();
        let script = Workload::script(&file).unwrap();
        let done = std::process::Command::new(&script.command[0])
            .args(&script.command[1..])
            .output()
            .unwrap();
        assert_eq!(done.stdout, b"try.sh\n");
        assert_eq!(done.status.code(), Some(3));
        assert_eq!(script.kind(), None);
    }

    #[test]
    fn what_is_no_script_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("x");
        let error = || Workload::script(&file).unwrap_err();
        assert!(matches!(error(), ScriptError::Read { .. }));
        fs::write(&file, "echo \0").unwrap();
        assert!(matches!(error(), ScriptError::NoText { .. }));
        fs::write(&file, vec![b'#'; SCRIPT_BYTES + 1]).unwrap();
        assert!(matches!(error(), ScriptError::TooLong { .. }));
        fs::write(&file, vec![b'#'; SCRIPT_BYTES]).unwrap();
        let longest = Workload::script(&file).unwrap();
        let status = std::process::Command::new(&longest.command[0])
            .args(&longest.command[1..])
            .status();
        assert!(status.unwrap().success());
    }
}
