//! Requests to the kernel's routing tables and links (rtnetlink(7)).

use std::io;
use std::net::Ipv4Addr;
use std::os::fd::{AsRawFd, BorrowedFd};

use netlink_packet_core::{
    NLM_F_ACK, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REQUEST, NetlinkHeader, NetlinkMessage,
    NetlinkPayload,
};
use netlink_packet_route::address::{AddressAttribute, AddressMessage};
use netlink_packet_route::link::{
    InfoData, InfoKind, InfoVeth, LinkAttribute, LinkFlags, LinkInfo, LinkMessage,
};
use netlink_packet_route::nsid::{NsidAttribute, NsidMessage};
use netlink_packet_route::route::{
    RouteAddress, RouteAttribute, RouteHeader, RouteMessage, RouteProtocol, RouteScope, RouteType,
};
use netlink_packet_route::{AddressFamily, RouteNetlinkMessage};
use netlink_sys::protocols::NETLINK_ROUTE;
use netlink_sys::{Socket, SocketAddr};
use nix::net::if_::if_nametoindex;

/// A socket to the network namespace in which it was opened.
pub struct Routing(Socket);

impl Routing {
    /// Opens one in the namespace of this thread.
    ///
    /// # Errors
    /// When there is no descriptor left.
    pub fn open() -> io::Result<Self> {
        let mut socket = Socket::new(NETLINK_ROUTE)?;
        socket.bind_auto()?;
        socket.connect(&SocketAddr::new(0, 0))?;
        Ok(Self(socket))
    }

    /// Makes a bridge, up.
    ///
    /// # Errors
    /// When the kernel refuses, as one without bridges.
    pub fn add_bridge(&self, name: &str) -> io::Result<()> {
        let mut link = up(LinkMessage::default());
        link.attributes = vec![
            LinkAttribute::IfName(name.to_owned()),
            LinkAttribute::LinkInfo(vec![LinkInfo::Kind(InfoKind::Bridge)]),
        ];
        self.create(RouteNetlinkMessage::NewLink(link))
    }

    /// Makes a pair of virtual Ethernet devices (veth(4)): `name` here, up and on the bridge, and
    /// `peer` in another namespace.
    ///
    /// # Errors
    /// When the kernel refuses.
    pub fn add_veth(
        &self,
        name: &str,
        bridge: &str,
        peer: &str,
        namespace: BorrowedFd<'_>,
    ) -> io::Result<()> {
        let mut other = LinkMessage::default();
        other.attributes = vec![
            LinkAttribute::IfName(peer.to_owned()),
            LinkAttribute::NetNsFd(namespace.as_raw_fd()),
        ];
        let mut link = up(LinkMessage::default());
        link.attributes = vec![
            LinkAttribute::IfName(name.to_owned()),
            LinkAttribute::Controller(if_nametoindex(bridge)?),
            LinkAttribute::LinkInfo(vec![
                LinkInfo::Kind(InfoKind::Veth),
                LinkInfo::Data(InfoData::Veth(InfoVeth::Peer(other))),
            ]),
        ];
        self.create(RouteNetlinkMessage::NewLink(link))
    }

    /// Removes a device, and with one of a pair the other.
    ///
    /// # Errors
    /// When there is none of this name.
    pub fn remove_link(&self, name: &str) -> io::Result<()> {
        let mut link = LinkMessage::default();
        link.header.index = if_nametoindex(name)?;
        self.request(RouteNetlinkMessage::DelLink(link), 0)
    }

    /// Sets a device up.
    ///
    /// # Errors
    /// When there is none of this name.
    pub fn set_up(&self, name: &str) -> io::Result<()> {
        let mut link = up(LinkMessage::default());
        link.header.index = if_nametoindex(name)?;
        self.request(RouteNetlinkMessage::SetLink(link), 0)
    }

    /// Gives a device an address in a subnet of `prefix_bits`.
    ///
    /// # Errors
    /// When there is no such device, or it has the address.
    pub fn add_address(&self, name: &str, address: Ipv4Addr, prefix_bits: u8) -> io::Result<()> {
        let mut message = AddressMessage::default();
        message.header.family = AddressFamily::Inet;
        message.header.prefix_len = prefix_bits;
        message.header.index = if_nametoindex(name)?;
        message.attributes = vec![
            AddressAttribute::Local(address.into()),
            AddressAttribute::Address(address.into()),
        ];
        self.create(RouteNetlinkMessage::NewAddress(message))
    }

    /// Sends what goes elsewhere to `gateway`.
    ///
    /// # Errors
    /// When the gateway is on no subnet of a device that is up.
    pub fn add_default_route(&self, gateway: Ipv4Addr) -> io::Result<()> {
        let mut message = RouteMessage::default();
        message.header = RouteHeader {
            address_family: AddressFamily::Inet,
            table: RouteHeader::RT_TABLE_MAIN,
            protocol: RouteProtocol::Boot,
            scope: RouteScope::Universe,
            kind: RouteType::Unicast,
            ..RouteHeader::default()
        };
        message.attributes = vec![RouteAttribute::Gateway(RouteAddress::Inet(gateway))];
        self.create(RouteNetlinkMessage::NewRoute(message))
    }

    /// Gives another network namespace an id in that of the socket (`RTM_NEWNSID`).
    ///
    /// # Errors
    /// When the namespace has an id, or the id is another's.
    pub fn name_namespace(&self, namespace: BorrowedFd<'_>, id: i32) -> io::Result<()> {
        let descriptor = u32::try_from(namespace.as_raw_fd()).map_err(io::Error::other)?;
        let mut message = NsidMessage::default();
        message.attributes = vec![NsidAttribute::Id(id), NsidAttribute::Fd(descriptor)];
        self.request(RouteNetlinkMessage::NewNsId(message), 0)
    }

    fn create(&self, message: RouteNetlinkMessage) -> io::Result<()> {
        self.request(message, NLM_F_CREATE | NLM_F_EXCL)
    }

    /// Sends a request and waits for the kernel's word that it was done.
    fn request(&self, message: RouteNetlinkMessage, flags: u16) -> io::Result<()> {
        let mut header = NetlinkHeader::default();
        header.flags = NLM_F_REQUEST | NLM_F_ACK | flags;
        let mut message = NetlinkMessage::new(header, NetlinkPayload::from(message));
        message.finalize();
        let mut buffer = vec![0; message.buffer_len()];
        message.serialize(&mut buffer);
        self.0.send(&buffer, 0)?;
        let (answer, _) = self.0.recv_from_full()?;
        let answer = NetlinkMessage::<RouteNetlinkMessage>::deserialize(&answer)
            .map_err(io::Error::other)?;
        match answer.payload {
            NetlinkPayload::Error(error) if error.code.is_some() => Err(error.to_io()),
            _ => Ok(()),
        }
    }
}

fn up(mut link: LinkMessage) -> LinkMessage {
    link.header.flags = LinkFlags::Up;
    link.header.change_mask = LinkFlags::Up;
    link
}
