//! Where a container's control groups come from, and how its processes come into them: the two
//! finer axes of the embedded engine.
//!
//! | source | attachment | who makes the group | how processes enter it |
//! | --- | --- | --- | --- |
//! | `fresh` | `runtime` | the runtime, in `create` | as the runtime does it |
//! | `pool` | `runtime` | the engine, before `create`, limits included | the same |
//! | `fresh` | `procs`, `clone-into` | the engine, in `create` | the runtime's process is put there ([`birth`](super::birth)) |
//! | `pool` | `procs`, `clone-into` | the engine, before `create` | the same |
//!
//! Left to themselves runc and libcontainer write `cgroup.procs`; crun 1.8 does so under version 1
//! and clones its first process into the group under version 2. The write waits for an RCU grace
//! period, even where nothing has to move (`cgroup_procs_write_start` takes
//! `cgroup_threadgroup_rwsem` for writing: kernel/cgroup/cgroup.c, v6.18): so the two ways are only
//! told apart with a runtime that can be told to leave groups alone, so that all else is equal. Of
//! those that are known that is crun (`--cgroup-manager=disabled`); the others are refused
//! ([`constraints`](bench::constraints)). crun then installs no device rules either, and is
//! itself held to the container's limits.

use super::CgroupLayout;
use super::birth::{Entrance, Way};
use super::group::{Group, GroupError};
use setup::configuration::{CgroupAttach, CgroupSource};

/// The groups of one engine's containers, one after the other.
#[derive(Debug)]
pub struct Groups {
    source: CgroupSource,
    attach: CgroupAttach,
    layout: CgroupLayout,
    /// Prefix of the names.
    engine: String,
    /// How many were made for the pool.
    pooled: u64,
    ready: Option<Group>,
    taken: Option<Group>,
}

/// The group of one container.
#[derive(Debug)]
pub struct Placement {
    /// Its path in each hierarchy, for the runtime; none if that is to leave groups alone.
    pub path: Option<String>,
    /// Whether the runtime need not be asked for its limits: it has them, and keeps them.
    pub is_limited: bool,
    /// The group that the runtime's processes are to be put into.
    pub entrance: Option<Entrance>,
}

impl Groups {
    /// The groups of the engine with this name; it makes none yet.
    pub fn new(
        source: CgroupSource,
        attach: CgroupAttach,
        layout: CgroupLayout,
        engine: &str,
    ) -> Self {
        Self {
            source,
            attach,
            layout,
            engine: engine.to_owned(),
            pooled: 0,
            ready: None,
            taken: None,
        }
    }

    /// Sees that a group is ready, where they come from a pool. Called outside of all stages.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn refill(&mut self) -> Result<(), GroupError> {
        if self.source == CgroupSource::Pool && self.ready.is_none() {
            self.pooled += 1;
            let name = format!("{}-pool-{}", self.engine, self.pooled);
            self.ready = Some(Group::make(self.layout, &name)?);
        }
        Ok(())
    }

    /// The group for the container with this id. Called in the stage `create`.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn take(&mut self, id: &str) -> Result<Placement, GroupError> {
        let group = match (self.source, self.ready.take()) {
            (CgroupSource::Fresh, _) if self.attach == CgroupAttach::Runtime => {
                return Ok(Placement {
                    path: Some(format!("/{id}")),
                    is_limited: false,
                    entrance: None,
                });
            }
            (CgroupSource::Pool, Some(group)) => group,
            (CgroupSource::Fresh | CgroupSource::Pool, _) => Group::make(self.layout, id)?,
        };
        let group = self.taken.insert(group);
        let way = match self.attach {
            CgroupAttach::Runtime => None,
            CgroupAttach::Procs => Some(Way::Procs),
            CgroupAttach::CloneInto => Some(Way::Birth),
        };
        Ok(match way {
            None => Placement {
                path: Some(format!("/{}", group.name())),
                // Under version 1 crun lifts the memory limit of a group that it finds.
                is_limited: self.layout == CgroupLayout::V2,
                entrance: None,
            },
            Some(way) => Placement {
                path: None,
                is_limited: true,
                entrance: Some(Entrance {
                    way,
                    folders: group.folders().to_vec(),
                }),
            },
        })
    }

    /// Removes the last container's group, as far as its runtime has not.
    ///
    /// # Errors
    /// When somebody is in it still.
    pub fn release(&mut self) -> Result<(), GroupError> {
        match self.taken.take() {
            Some(mut group) => group.remove(),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    fn groups(source: CgroupSource, engine: &str) -> Groups {
        let layout = CgroupLayout::of_host().unwrap();
        Groups::new(source, CgroupAttach::Runtime, layout, engine)
    }

    fn left(prefix: &str) -> usize {
        super::super::groups_named(prefix).unwrap().len()
    }

    #[test]
    fn a_fresh_group_is_left_to_the_runtime() {
        let engine = format!("ctrprof-test-fresh-{}", std::process::id());
        let mut groups = groups(CgroupSource::Fresh, &engine);
        groups.refill().unwrap();
        let placement = groups.take("an-id").unwrap();
        assert_eq!(placement.path.as_deref(), Some("/an-id"));
        assert!(!placement.is_limited && placement.entrance.is_none());
        assert_eq!(left(&engine), 0);
    }

    #[test]
    fn a_pooled_group_is_there_before_it_is_taken_and_gone_after_it_is_released() {
        let engine = format!("ctrprof-test-pool-{}", std::process::id());
        let mut groups = groups(CgroupSource::Pool, &engine);
        groups.refill().unwrap();
        let ready = left(&engine);
        assert!(ready > 0);
        let placement = groups.take("an-id").unwrap();
        assert_eq!(placement.path, Some(format!("/{engine}-pool-1")));
        let is_v2 = CgroupLayout::of_host().unwrap() == CgroupLayout::V2;
        assert_eq!(placement.is_limited, is_v2);
        assert_eq!(left(&engine), ready);
        groups.release().unwrap();
        assert_eq!(left(&engine), 0);
        // One that is ready and never taken goes with the engine.
        groups.refill().unwrap();
        assert_eq!(left(&engine), ready);
        drop(groups);
        assert_eq!(left(&engine), 0);
    }
}
