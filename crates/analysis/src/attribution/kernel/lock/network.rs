//! Locks of the network (net/core, net/netlink, net/netfilter, net/unix; v6.18).

use super::Lock;
use crate::attribution::kernel::name::{function, label, variable};
use crate::attribution::kernel::series::{V6_12, V6_18};

/// The locks, each with the functions in which one waits for it.
pub const LOCKS: &[Lock] = &[
    Lock::new(
        variable("rtnl_mutex"),
        &[
            function("default_device_exit_batch"),
            function("dev_ioctl"),
            function("devinet_ioctl"),
            function("fib_net_exit_batch"),
            function("inet_dump_ifaddr"),
            function("ip_tunnel_init_net").of("ip_tunnel"),
            function("linkwatch_event"),
            function("netdev_run_todo"),
            function("register_netdev"),
            function("register_netdevice_notifier"),
            function("rtnetlink_rcv_msg"),
            function("rtnl_dumpit").since(V6_12, "net/core/rtnetlink.c"),
            function("rtnl_fill_ifinfo"),
            function("rtnl_lock"),
            function("rtnl_lock_interruptible").since(V6_18, "net/core/rtnetlink.c"),
            function("rtnl_lock_killable"),
            function("unregister_netdev"),
            function("unregister_netdevice_notifier"),
        ],
    ),
    Lock::new(
        variable("pernet_ops_rwsem"),
        &[
            function("cleanup_net"),
            function("copy_net_ns"),
            function("register_pernet_device"),
            function("register_pernet_subsys"),
            function("unregister_pernet_device"),
            function("unregister_pernet_subsys"),
        ],
    ),
    Lock::new(variable("net_rwsem"), &[function("setup_net")]),
    Lock::new(
        variable("uevent_sock_mutex"),
        &[
            function("kobject_uevent_env"),
            function("uevent_net_exit"),
            function("uevent_net_init"),
        ],
    ),
    Lock::new(
        variable("genl_mutex"),
        &[function("genl_lock"), function("genl_rcv_msg")],
    ),
    Lock::new(variable("cb_lock"), &[function("genl_rcv")]),
    Lock::new(
        label("nft commit_mutex"),
        &[
            function("nf_tables_valid_genid").of("nf_tables"),
            function("nft_rcv_nl_event").of("nf_tables"),
        ],
    ),
    Lock::new(
        label("nfnl_mutex"),
        &[
            function("nfnetlink_rcv_batch").of("nfnetlink"),
            function("nfnetlink_rcv_msg").of("nfnetlink"),
            function("nfnl_lock").of("nfnetlink"),
        ],
    ),
    Lock::new(
        label("xt_table_mutex"),
        &[
            function("xt_find_table_lock").of("x_tables"),
            function("xt_register_table").of("x_tables"),
            function("xt_request_find_table_lock").of("x_tables"),
        ],
    ),
    Lock::new(
        label("sk_lock"),
        &[function("lock_sock_nested"), function("__lock_sock")],
    ),
    Lock::new(
        label("unix_sock.iolock"),
        &[
            function("unix_stream_read_generic"),
            function("__unix_dgram_recvmsg"),
        ],
    ),
];

/// Locks that are taken to be written in functions that share another one to be read: `copy_net_ns`
/// and `cleanup_net` read pernet_ops_rwsem (net/core/net_namespace.c).
pub const WRITTEN: &[Lock] = &[Lock::new(
    variable("net_rwsem"),
    &[function("cleanup_net"), function("copy_net_ns")],
)];
