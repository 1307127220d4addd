//! Where things lie: the workspace, its target folder, the cache.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};

/// The folders that the commands work in.
pub struct Workspace {
    root: PathBuf,
    target: PathBuf,
    cache: PathBuf,
}

impl Workspace {
    /// Finds them from this program's own path and the environment.
    pub fn locate() -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .context("xtask lies outside a workspace")?
            .to_path_buf();
        let program = env::current_exe().context("failed to find this program's own path")?;
        // Cargo puts it at <target>/<profile>/xtask, whatever decided where <target> is.
        let target = program
            .ancestors()
            .nth(2)
            .ok_or_else(|| anyhow!("{} lies in no target folder", program.display()))?
            .to_path_buf();
        Ok(Self {
            root,
            target,
            cache: cache_folder()?,
        })
    }

    /// The root of the repository.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Cargo's target folder.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Where downloaded and built tools are kept between runs.
    pub fn cache(&self) -> &Path {
        &self.cache
    }
}

/// `$XDG_CACHE_HOME/ctrprof`, else `$HOME/.cache/ctrprof` (XDG Base Directory Specification 0.8).
fn cache_folder() -> Result<PathBuf> {
    let absolute = |name: &str| {
        env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    absolute("XDG_CACHE_HOME")
        .or_else(|| absolute("HOME").map(|home| home.join(".cache")))
        .map(|cache| cache.join("ctrprof"))
        .context("neither XDG_CACHE_HOME nor HOME is set; set one to say where tools may be kept")
}
