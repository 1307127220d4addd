//! A runtime in the place of runc.
//!
//! `ctr container create` has no option for the runtime (`ctr run` has one, but starts at once). The
//! shim looks for `runc` in `PATH`, so another runtime is linked under that name; in reports it goes
//! by it unless it names itself, as crun does.

use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use crate::manager::ManagerError;
use crate::runtime;
use setup::runtime::RuntimeChoice;

/// The name that the shim looks for (`runc.DefaultCommand` of containerd's go-runc).
const NAME: &str = "runc";

/// A folder for the front of `PATH`, made in `directory`; none where runc itself is asked for.
///
/// # Errors
/// When the runtime is not installed, or the link cannot be made.
pub fn make(runtime: &RuntimeChoice, directory: &Path) -> Result<Option<PathBuf>, ManagerError> {
    let argument = runtime.argument();
    let program = runtime::find_program(&argument)?;
    if argument == Path::new(NAME) {
        return Ok(None);
    }
    let folder = directory.join("runtime");
    let link = || -> io::Result<()> {
        fs::create_dir(&folder)?;
        symlink(fs::canonicalize(program)?, folder.join(NAME))
    };
    link().map_err(ManagerError::system("put a runtime in the place of runc"))?;
    Ok(Some(folder))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    #[test]
    fn another_runtime_is_found_under_the_name_runc() {
        let directory = tempfile::tempdir().unwrap();
        let folder = make(&RuntimeChoice::named("sh"), directory.path()).unwrap();
        let link = folder.unwrap().join("runc");
        assert_eq!(
            fs::canonicalize(link).unwrap(),
            fs::canonicalize("/bin/sh").unwrap()
        );
        assert!(make(&RuntimeChoice::named("no-such-runtime"), directory.path()).is_err());
    }
}
