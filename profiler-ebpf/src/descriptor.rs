//! The files that long calls waited for: what a descriptor leads to, told at the call's exit.

use aya_ebpf::cty::c_void;
use aya_ebpf::helpers::generated::{bpf_loop, bpf_probe_read_kernel_str};
use profiler_common::*;

use crate::emit;
use crate::file::File;
use crate::globals::*;
use crate::kernel::{PidInNamespace, Task, read, read_user, syscall_argument_4};
use crate::maps::{DESCRIPTOR_SCRATCH, SOCKET_LIMITS, SOCKET_PEERS};
use crate::values::TaskState;

/// Address families (include/linux/socket.h, v6.18).
const AF_UNIX: u16 = 1;
const AF_INET: u16 = 2;
const AF_INET6: u16 = 10;
/// Arguments of setsockopt(2) (include/uapi/asm-generic/socket.h, v6.18).
const SOL_SOCKET: u64 = 1;
const SO_RCVTIMEO_OLD: u64 = 20;
const SO_RCVTIMEO_NEW: u64 = 66;
/// Descriptors of one `poll` that are told: more are too much for v6.1's verifier.
const POLLED: u32 = 2;
/// Steps up a path: names, and mounts that are left.
const STEPS: u32 = 14;
/// `struct unix_address`: the path follows the family of its `struct sockaddr_un`
/// (include/uapi/linux/un.h, v6.18).
const SUN_PATH: u64 = 2;

/// `struct pollfd` (poll(2)).
#[derive(Clone, Copy, Default)]
#[repr(C)]
struct PollFd {
    descriptor: i32,
    events: u16,
    revents: u16,
}

/// A destination as the program gave it: `struct sockaddr_in` or `struct sockaddr_in6`.
#[derive(Clone, Copy, Default)]
#[repr(C)]
pub struct Peer {
    family: u16,
    /// In the network's order, as all of it.
    port: [u8; 2],
    /// For `AF_INET` the address, for `AF_INET6` the flow.
    first: [u8; 4],
    /// For `AF_INET6` the address.
    second: [u8; 16],
}

/// Keeps where a socket that is not connected sends to.
#[inline(always)]
pub fn keep_peer(task: Task, state: &TaskState, class: SyscallClass, registers: u64) -> Option<()> {
    let address = if class.has(SyscallClass::ADDRESS4) {
        syscall_argument_4(registers)
    } else {
        // `msg_name` is the first member of `struct msghdr` (sendmsg(2)).
        read_user(state.args[1])?
    };
    if address == 0 {
        return None;
    }
    let peer: Peer = read_user(address)?;
    let file = File::of_descriptor(task, state.args[0] as i32)?;
    let sock = file.sock();
    if sock != 0 && (peer.family == AF_INET || peer.family == AF_INET6) {
        let _ = SOCKET_PEERS.insert(sock, peer, 0);
    }
    Some(())
}

/// Keeps the time limit that a socket is given for receiving.
#[inline(always)]
pub fn keep_limit(task: Task, state: &TaskState) -> Option<()> {
    let [descriptor, level, option, value] = state.args;
    if level != SOL_SOCKET || option != SO_RCVTIMEO_OLD && option != SO_RCVTIMEO_NEW {
        return None;
    }
    // `struct timeval` (setsockopt(2)).
    let [seconds, microseconds]: [u64; 2] = read_user(value)?;
    let limit_ns = seconds.wrapping_mul(1_000_000_000) + microseconds.wrapping_mul(1_000);
    let sock = File::of_descriptor(task, descriptor as i32)?.sock();
    if sock != 0 {
        let _ = SOCKET_LIMITS.insert(sock, limit_ns, 0);
    }
    Some(())
}

/// Forgets what is known of an earlier socket at the address of a new one.
#[inline(always)]
pub fn forget(task: Task, descriptor: i32) -> Option<()> {
    let sock = File::of_descriptor(task, descriptor)?.sock();
    let _ = SOCKET_PEERS.remove(sock);
    let _ = SOCKET_LIMITS.remove(sock);
    Some(())
}

/// Tells of the descriptors of a call that waited.
#[inline(always)]
pub fn tell(task: Task, state: &TaskState, class: SyscallClass, start_ns: u64) {
    let polls = class.has(SyscallClass::POLLS);
    let count = match () {
        () if polls => state.args[1],
        () if class.has(SyscallClass::FD0) => 1,
        () => 0,
    };
    // One place for both kinds: the verifier goes through all of it each time.
    let mut index = 0;
    while index < POLLED {
        if u64::from(index) >= count {
            break;
        }
        let polled = if polls {
            read_user::<PollFd>(state.args[0] + u64::from(index) * 8)
        } else {
            Some(PollFd {
                descriptor: state.args[0] as i32,
                ..PollFd::default()
            })
        };
        if let Some(polled) = polled {
            let _ = tell_one(task, state, polled, start_ns);
        }
        index += 1;
    }
}

#[inline(always)]
fn tell_one(task: Task, state: &TaskState, polled: PollFd, start_ns: u64) -> Option<()> {
    let file = File::of_descriptor(task, polled.descriptor)?;
    // SAFETY: the value is this program's alone; it does not interrupt itself.
    let scratch = unsafe { DESCRIPTOR_SCRATCH.get_ptr_mut(0)?.as_mut()? };
    let mut record = DescriptorRecord {
        header: emit::header(RecordKind::Descriptor, Context::Task, emit::now_ns()),
        start_ns,
        inode: file.inode_number(),
        limit_ns: 0,
        peer_address: [0; 16],
        tgid: task.tgid(),
        nr: state.nr,
        descriptor: polled.descriptor,
        fs_magic: file.fs_magic,
        device: file.device(),
        peer_pid: 0,
        family: 0,
        socket_type: 0,
        protocol: 0,
        peer_port: 0,
        events: polled.events,
        revents: polled.revents,
        names: 0,
        reserved: 0,
    };
    let sock = file.sock();
    set_names(&mut scratch.tail, 0);
    if sock == 0 {
        path(&file);
    } else {
        if let Some(limit_ns) = SOCKET_LIMITS.get_ptr(sock) {
            // SAFETY: an entry of the map.
            record.limit_ns = unsafe { *limit_ns };
        }
        socket(sock, &mut record, &mut scratch.tail);
    }
    record.names = names(&scratch.tail) as u16;
    // Read once more: v6.1's verifier knows nothing of a number of two bytes that was on the stack.
    let tail_len = names(&scratch.tail) * NAME_BYTES;
    emit::send_scratch(RecordKind::Descriptor, scratch, record, tail_len);
    Some(())
}

/// Where the walk up a path is.
struct Place {
    dentry: u64,
    mount: u64,
}

/// The names of a file and of the directories above it, innermost first, each in its own place of
/// the scratch record's tail.
#[inline(always)]
fn path(file: &File) {
    let (dentry, mount) = file.path();
    let mut place = Place { dentry, mount };
    // Called rather than unrolled, for the verifier goes through it once: v6.1's has a limit of a
    // million instructions (`BPF_COMPLEXITY_LIMIT_INSNS`, include/linux/bpf.h).
    // SAFETY: the place outlives the calls, and nothing else refers to it.
    unsafe {
        bpf_loop(
            STEPS,
            step as *mut c_void,
            core::ptr::from_mut(&mut place).cast(),
            0,
        )
    };
}

/// A step of the walk up a path; 1 when it is at its end.
unsafe extern "C" fn step(_index: u64, place: *mut c_void) -> i64 {
    // SAFETY: what `path` gives.
    let place = unsafe { &mut *place.cast::<Place>() };
    i64::from(climb(place).is_none())
}

#[inline(always)]
fn climb(place: &mut Place) -> Option<()> {
    // SAFETY: the value is this program's alone; it does not interrupt itself.
    let tail = unsafe { &mut DESCRIPTOR_SCRATCH.get_ptr_mut(0)?.as_mut()?.tail };
    let names = names(tail);
    if place.dentry == 0 || names >= NAMES_MAX {
        return None;
    }
    let above: u64 = read(place.dentry, &OFF_DENTRY_PARENT);
    let root: u64 = read(place.mount, &OFF_VFSMOUNT_ROOT);
    let is_root = place.dentry == root || place.dentry == above;
    if is_root && names > 0 {
        let outer = place.mount.wrapping_sub(u64::from(OFF_MOUNT_MNT.load()));
        let parent: u64 = read(outer, &OFF_MOUNT_PARENT);
        if parent == outer || parent == 0 {
            return None;
        }
        place.dentry = read(outer, &OFF_MOUNT_MOUNTPOINT);
        place.mount = parent + u64::from(OFF_MOUNT_MNT.load());
        return Some(());
    }
    let name: u64 = read(place.dentry, &OFF_DENTRY_NAME);
    copy_name(tail, names, name);
    set_names(tail, names + 1);
    place.dentry = above;
    (!is_root).then_some(())
}

/// The number of names is kept behind them, in the map: were it in a register, the verifier would
/// follow each number of them apart.
const NAMES_AT: usize = NAMES_MAX * NAME_BYTES;

#[inline(always)]
fn names<const N: usize>(tail: &[u8; N]) -> usize {
    // SAFETY: the tail has room for the number there, at an address that is a multiple of 8.
    let names = unsafe { tail.as_ptr().add(NAMES_AT).cast::<u64>().read_volatile() } as usize;
    if names > NAMES_MAX { NAMES_MAX } else { names }
}

#[inline(always)]
fn set_names<const N: usize>(tail: &mut [u8; N], names: usize) {
    // SAFETY: as above.
    unsafe {
        let place = tail.as_mut_ptr().add(NAMES_AT).cast::<u64>();
        place.write_volatile(names as u64);
    }
}

/// Writes a string of the kernel to a place of the tail.
#[inline(always)]
fn copy_name<const N: usize>(tail: &mut [u8; N], place: usize, address: u64) {
    if place >= NAMES_MAX {
        return;
    }
    // The compiler, which knows the bound, would leave the mask out; v6.1's verifier needs it.
    let at = (core::hint::black_box(place) & (NAMES_MAX - 1)) * NAME_BYTES;
    // SAFETY: each of the places has room for NAME_BYTES; the helper checks the source.
    let copied = unsafe {
        let to = tail.as_mut_ptr().add(at);
        bpf_probe_read_kernel_str(to.cast(), NAME_BYTES as u32, address as *const _)
    };
    if copied <= 0 {
        // SAFETY: as above.
        unsafe { *tail.as_mut_ptr().add(at) = 0 };
    }
}

/// Tells of a socket and of its peer.
#[inline(always)]
fn socket<const N: usize>(sock: u64, record: &mut DescriptorRecord, tail: &mut [u8; N]) {
    record.family = read(sock, &OFF_SOCK_FAMILY);
    record.socket_type = read(sock, &OFF_SOCK_TYPE);
    record.protocol = read(sock, &OFF_SOCK_PROTOCOL);
    if record.family == AF_UNIX {
        let pid: u64 = read(sock, &OFF_SOCK_PEER_PID);
        if pid != 0 {
            record.peer_pid = PidInNamespace::outermost(pid);
        }
        let peer: u64 = read(sock, &OFF_UNIX_PEER);
        let address: u64 = read(peer, &OFF_UNIX_ADDR);
        if peer != 0 && address != 0 {
            let path = address + u64::from(OFF_UNIX_ADDRESS_NAME.load()) + SUN_PATH;
            copy_name(tail, 0, path);
            set_names(tail, 1);
        }
        return;
    }
    let port: u16 = read(sock, &OFF_SOCK_DPORT);
    if port != 0 {
        record.peer_port = u16::from_be(port);
        if record.family == AF_INET {
            let address: [u8; 4] = read(sock, &OFF_SOCK_DADDR);
            record.peer_address[..4].copy_from_slice(&address);
        } else if record.family == AF_INET6 {
            record.peer_address = read(sock, &OFF_SOCK_V6_DADDR);
        }
    } else if let Some(peer) = SOCKET_PEERS.get_ptr(sock) {
        // SAFETY: an entry of the map; a stale one is of the same size.
        let peer = unsafe { *peer };
        record.peer_port = u16::from_be_bytes(peer.port);
        if peer.family == AF_INET {
            record.peer_address[..4].copy_from_slice(&peer.first);
        } else {
            record.peer_address = peer.second;
        }
    }
}
