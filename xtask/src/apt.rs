//! Debian's packages, downloaded and unpacked into a folder of one's own: nothing is installed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::command;

/// apt, with package lists of its own where the system has none.
pub struct Apt {
    options: Vec<String>,
    lists: PathBuf,
}

impl Apt {
    /// An apt that knows `package`; lists that had to be fetched for that lie in `folder`.
    pub fn knowing(package: &str, folder: &Path) -> Result<Self> {
        for tool in ["apt-get", "apt-cache", "dpkg-deb", "tar"] {
            if command::find_program(tool).is_none() {
                bail!("this is no Debian: there is no {tool}");
            }
        }
        // "_apt" cannot write into a private folder; what apt fetches is signed either way.
        let mut apt = Self {
            options: vec!["APT::Sandbox::User=".to_owned()],
            lists: folder.join("apt"),
        };
        if command::output(apt.command("apt-cache").args(["show", package])).is_ok() {
            return Ok(apt);
        }
        for folder in ["lists/partial", "cache/archives/partial"] {
            fs::create_dir_all(apt.lists.join(folder))?;
        }
        apt.options.push(format!(
            "Dir::State::Lists={}",
            apt.lists.join("lists").display()
        ));
        apt.options
            .push(format!("Dir::Cache={}", apt.lists.join("cache").display()));
        command::run(apt.command("apt-get").args(["update", "--quiet"]))?;
        Ok(apt)
    }

    /// `program` of apt, with the options that make it use the right lists.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.args(self.options.iter().flat_map(|option| ["-o", option]));
        command
    }

    /// The dependency of `package` whose name starts with `prefix`.
    pub fn dependency(&self, package: &str, prefix: &str) -> Result<String> {
        let mut show = self.command("apt-cache");
        let record = command::output(show.args(["show", "--no-all-versions", package]))?;
        dependency_in(&record, prefix)
            .with_context(|| format!("{package} depends on nothing named {prefix}*"))
    }

    /// Downloads packages into a new folder below `folder` and returns the files, in order of name.
    pub fn download(&self, packages: &[&str], folder: &Path) -> Result<Vec<PathBuf>> {
        let debs = folder.join("debs");
        fs::create_dir_all(&debs).with_context(|| format!("failed to make {}", debs.display()))?;
        let mut download = self.command("apt-get");
        command::run(
            download
                .current_dir(&debs)
                .args(["download", "--quiet"])
                .args(packages),
        )?;
        let mut files = Vec::new();
        for entry in fs::read_dir(&debs)? {
            files.push(entry?.path());
        }
        files.sort();
        Ok(files)
    }

    /// Removes the lists that were fetched, if any were.
    pub fn remove_lists(&self) -> Result<()> {
        if self.lists.exists() {
            fs::remove_dir_all(&self.lists)?;
        }
        Ok(())
    }
}

/// Unpacks all of a package into `root`.
pub fn unpack(deb: &Path, root: &Path) -> Result<()> {
    command::run(Command::new("dpkg-deb").arg("--extract").arg(deb).arg(root))
}

/// Lets `fill` fill a folder that is then renamed to `folder`: an interrupted set-up is never taken
/// for a whole one.
pub fn set_up(folder: &Path, fill: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    let partial = folder.with_extension(format!("{}.partial", std::process::id()));
    fs::create_dir_all(&partial)
        .with_context(|| format!("failed to make {}", partial.display()))?;
    let filled = fill(&partial).and_then(|()| match fs::rename(&partial, folder) {
        // Somebody else has set it up meanwhile.
        Err(_) if folder.exists() => Ok(()),
        renamed => renamed.with_context(|| format!("failed to make {}", folder.display())),
    });
    if partial.exists() {
        fs::remove_dir_all(&partial)
            .with_context(|| format!("failed to remove {}", partial.display()))?;
    }
    filled
}

/// The first dependency in a package's record that starts with `prefix`: deb-control(5).
fn dependency_in(record: &str, prefix: &str) -> Option<String> {
    let depends = record
        .lines()
        .find_map(|line| line.strip_prefix("Depends:"))?;
    depends
        .split([',', '|'])
        .filter_map(|dependency| dependency.split_whitespace().next())
        .find(|name| name.starts_with(prefix))
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORD: &str = "Package: libstd-rust-web-1.96\n\
        Depends: libc6 (>= 2.34), libgcc-s1 (>= 4.2), libllvm22 (>= 1), libstdc++6 (>= 11)\n";

    #[test]
    fn a_dependency_is_named_without_its_version() {
        assert_eq!(
            dependency_in(RECORD, "libllvm").as_deref(),
            Some("libllvm22")
        );
    }

    #[test]
    fn a_record_without_it_has_none() {
        assert_eq!(dependency_in(RECORD, "libclang"), None);
        assert_eq!(dependency_in("Package: x\n", "libllvm"), None);
    }
}
