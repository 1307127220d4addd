//! Seeing the kernel delete network namespaces.
//!
//! It does so on a worker (`cleanup_net`, net/core/net_namespace.c, v6.18), and says nothing when it
//! is done. What it does say is that it begins: a namespace that has an id in ours (`RTM_NEWNSID`,
//! rtnetlink(7)) loses that id after the worker took all namespaces off its list that had been let go
//! until then, and before it deletes them (`unhash_nsid`, reported as `RTM_DELNSID` to the group
//! `RTNLGRP_NSID`). The worker is one work item of a queue with one thread, so it deletes one list
//! after the other. Hence:
//!
//! - The id of a namespace is lost: the deletion of all that were let go before it has begun.
//! - The id of a *witness*, let go after that, is lost: it was not on that list, so the worker has
//!   begun anew, and the deletion of all before the witness is over, grace periods included.

use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::time::{Duration, Instant};

use netlink_packet_core::{NetlinkMessage, NetlinkPayload};
use netlink_packet_route::RouteNetlinkMessage;
use netlink_packet_route::nsid::{NsidAttribute, NsidMessage};
use netlink_sys::protocols::NETLINK_ROUTE;
use netlink_sys::{Socket, SocketAddr};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::makers::fresh;
use crate::network::routing::Routing;

/// How long the kernel may take, in milliseconds: a device that somebody still uses keeps the worker
/// from going on.
const TIMEOUT_MS: u16 = 60_000;

/// Namespaces that have ids in the engine's.
pub struct Deletions {
    routing: Routing,
    /// Hears of ids.
    events: Socket,
    next_id: i32,
    /// Ids of those whose deletion is to be seen, in the order in which they are let go.
    watched: VecDeque<i32>,
}

impl Deletions {
    /// For the namespace that this thread is in.
    ///
    /// # Errors
    /// When there is no descriptor left.
    pub fn open() -> io::Result<Self> {
        let mut events = Socket::new(NETLINK_ROUTE)?;
        events.bind(&SocketAddr::new(0, 0))?;
        events.add_membership(libc::RTNLGRP_NSID)?;
        Ok(Self {
            routing: Routing::open()?,
            events,
            next_id: 0,
            watched: VecDeque::new(),
        })
    }

    /// Has [`Deletions::await_next`] wait for a namespace, after those that are watched already.
    ///
    /// # Errors
    /// When the kernel refuses.
    pub fn watch(&mut self, namespace: &File) -> io::Result<()> {
        let id = self.next_id;
        self.next_id += 1;
        self.routing.name_namespace(namespace.as_fd(), id)?;
        self.watched.push_back(id);
        Ok(())
    }

    /// Returns when the deletion of the next watched namespace has begun.
    ///
    /// # Errors
    /// When it does not begin within a minute, or notifications were lost.
    pub fn await_next(&mut self) -> io::Result<()> {
        let Some(awaited) = self.watched.pop_front() else {
            return Ok(());
        };
        let begun = Instant::now();
        while !self.events()?.contains(&awaited) {
            let left = Duration::from_millis(TIMEOUT_MS.into()).saturating_sub(begun.elapsed());
            if left.is_zero() {
                return Err(Errno::ETIMEDOUT.into());
            }
        }
        Ok(())
    }

    /// Watches none any more.
    pub fn forget(&mut self) {
        self.watched.clear();
    }

    /// Returns when no deletion is under way that had begun before. When the second of two witnesses is
    /// on its way, all before it are over, and the deletion of the first took no longer than all this;
    /// twice as long is waited for that of the second.
    ///
    /// # Errors
    /// As [`Deletions::await_next`], or when a witness cannot be made.
    pub fn settle(&mut self) -> io::Result<()> {
        let witnesses = [fresh()?, fresh()?];
        for witness in &witnesses {
            self.watch(witness)?;
        }
        let begun = Instant::now();
        for witness in witnesses {
            drop(witness);
            self.await_next()?;
        }
        std::thread::sleep(begun.elapsed() * 2);
        Ok(())
    }

    /// The ids that the next notification says were lost.
    fn events(&self) -> io::Result<Vec<i32>> {
        // SAFETY: the socket is open as long as it is borrowed here.
        let socket = unsafe { BorrowedFd::borrow_raw(self.events.as_raw_fd()) };
        let mut polled = [PollFd::new(socket, PollFlags::POLLIN)];
        match poll(&mut polled, PollTimeout::from(TIMEOUT_MS)) {
            Ok(0) | Err(Errno::EINTR) => return Ok(Vec::new()),
            Ok(_) => {}
            Err(errno) => return Err(errno.into()),
        }
        let (text, _) = self.events.recv_from_full()?;
        let message =
            NetlinkMessage::<RouteNetlinkMessage>::deserialize(&text).map_err(io::Error::other)?;
        Ok(match message.payload {
            NetlinkPayload::InnerMessage(RouteNetlinkMessage::DelNsId(lost)) => ids(&lost),
            _ => Vec::new(),
        })
    }
}

fn ids(message: &NsidMessage) -> Vec<i32> {
    let id = |attribute: &NsidAttribute| match attribute {
        NsidAttribute::Id(id) => Some(*id),
        _ => None,
    };
    message.attributes.iter().filter_map(id).collect()
}
