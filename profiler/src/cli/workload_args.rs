//! The workload, as arguments.

use std::path::PathBuf;
use std::str::FromStr;

use anyhow::Result;
use clap::Args;

use super::exit::usage;
use engine::workload::Workload;
use setup::cache::CachePolicy;
use setup::size::Size;

/// The workload of the container.
#[derive(Args, Clone, Debug)]
pub struct WorkloadArgs {
    /// What the container does: hello-world, db-read, db-write, io-read, io-write, http-server, ping or
    /// script
    ///
    /// What is done without a container (manager bare): netns, netns-churn
    workload: String,
    /// For script: the file, which /bin/sh runs in the container
    #[arg(value_name = "FILE")]
    script: Option<PathBuf>,
    /// How much data: xs, sm, md, lg, xl [default: xs]
    ///
    /// Of io-read, io-write, db-read, db-write, netns and netns-churn
    #[arg(long, value_parser = Size::from_str)]
    size: Option<Size>,
    /// Whether the workload finds its data in memory: warm, cold
    #[arg(long, default_value_t, value_parser = CachePolicy::from_str)]
    cache: CachePolicy,
}

impl WorkloadArgs {
    /// The workload that is meant.
    pub fn workload(&self) -> Result<Workload> {
        match (&*self.workload, &self.script) {
            ("script", Some(file)) if self.size.is_none() => Ok(Workload::script(file)?),
            ("script", Some(_)) => Err(usage("a script has no sizes; leave --size out")),
            ("script", None) => Err(usage("script needs a file: ctrprof run script FILE")),
            (name, None) => Ok(Workload::named(name, self.size)?),
            (name, Some(file)) => Err(usage(format!(
                "only script takes a file, and {name} was given {}",
                file.display()
            ))),
        }
    }

    /// The page cache policy.
    pub const fn cache(&self) -> CachePolicy {
        self.cache
    }
}
