//! A command of ours that runs while others do; what it says is printed when it has ended.

use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::command;
use crate::workspace::Workspace;

/// `cargo xtask NAME`, running. It is ended with all that it started if nobody waits for it.
pub struct Background {
    name: &'static str,
    child: Child,
    log: PathBuf,
    begun: Instant,
    ended: bool,
}

impl Background {
    /// Starts it.
    pub fn start(workspace: &Workspace, name: &'static str) -> Result<Self> {
        let folder = workspace.target().join("ci");
        fs::create_dir_all(&folder)?;
        let log = folder.join(format!("{name}.log"));
        let output =
            File::create(&log).with_context(|| format!("failed to make {}", log.display()))?;
        // Not its path: a build that runs meanwhile may have replaced the file (proc_pid_exe(5)).
        let mut xtask = Command::new("/proc/self/exe");
        xtask
            .arg(name)
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .process_group(0);
        eprintln!("$ cargo xtask {name} > {} &", log.display());
        Ok(Self {
            name,
            child: xtask.spawn()?,
            log,
            begun: Instant::now(),
            ended: false,
        })
    }

    /// Waits for its end and prints what it said; how long it ran.
    ///
    /// # Errors
    /// When it failed.
    pub fn finish(mut self) -> Result<Duration> {
        let status: ExitStatus = self.child.wait()?;
        self.ended = true;
        print!("{}", String::from_utf8_lossy(&fs::read(&self.log)?));
        if !status.success() {
            bail!("`cargo xtask {}` failed with {status}", self.name);
        }
        Ok(self.begun.elapsed())
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        if !self.ended {
            let group = format!("-{}", self.child.id());
            command::succeeds(Command::new("kill").args(["-s", "TERM", "--", &group]));
            // Its end is all that is left to wait for.
            let _ = self.child.wait();
        }
    }
}
