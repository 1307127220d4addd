//! Phases of the calls that are many in one: `ioctl` by request, `prctl` by operation, `setns`.

use super::category::Category;
use trace::phase::Phase;
use trace::syscall::FileWork;

/// The phase of an `ioctl` whose request alone tells it; nothing for one that depends on what lies
/// behind the descriptor.
///
/// The type is the request's second byte (include/uapi/asm-generic/ioctl.h, v6.18).
pub fn ioctl(request: u64) -> Option<Category<'static>> {
    let request = request as u32;
    let (kind, number) = ((request >> 8) & 0xff, request & 0xff);
    Some(match (kind, number) {
        // FICLONE, FICLONERANGE, FIDEDUPERANGE (include/uapi/linux/fs.h) share btrfs's type.
        (0x94, 9 | 13 | 54) => Category::named(Phase::Storage, "reflink"),
        // BTRFS_IOCTL_MAGIC (include/uapi/linux/btrfs.h)
        (0x94, _) => Category::named(Phase::Storage, "btrfs"),
        // DM_IOCTL (include/uapi/linux/dm-ioctl.h)
        (0xfd, _) => Category::named(Phase::Storage, "device mapper"),
        // LOOP_* (include/uapi/linux/loop.h)
        (0x4c, _) => Category::named(Phase::Storage, "loop"),
        // BLK* (include/uapi/linux/fs.h)
        (0x12, _) => Category::named(Phase::Storage, "block device"),
        // FIFREEZE, FITHAW, FITRIM (include/uapi/linux/fs.h)
        (0x58, 119..=121) => Category::named(Phase::Storage, "freeze"),
        // SIOC* (include/uapi/linux/sockios.h)
        (0x89, _) => Category::named(Phase::Network, "ioctl"),
        // TUN* (include/uapi/linux/if_tun.h); terminals use the numbers below 200.
        (0x54, 200..) => Category::named(Phase::Network, "tun"),
        // SECCOMP_IOCTL_NOTIF_* (include/uapi/linux/seccomp.h)
        (0x21, _) => Category::named(Phase::Security, "seccomp"),
        // NS_GET_* (include/uapi/linux/nsfs.h)
        (0xb7, _) => Category::named(Phase::Namespaces, "query"),
        // UFFDIO_* (include/uapi/linux/userfaultfd.h)
        (0xaa, _) => Category::named(Phase::Memory, "fault"),
        // FS_IOC_GETFLAGS and the like (include/uapi/linux/fs.h), terminals: by their file.
        _ => return None,
    })
}

/// The work of an `ioctl` whose request does not tell: it asks for, or sets, an attribute.
pub const IOCTL_WORK: FileWork = FileWork::Metadata;

/// The phase of a `prctl` by its operation (include/uapi/linux/prctl.h, v6.18).
pub fn prctl(operation: u64) -> Category<'static> {
    match operation {
        // PR_GET_SECCOMP, PR_SET_SECCOMP
        21 | 22 => Category::named(Phase::Security, "seccomp"),
        // PR_SET_NO_NEW_PRIVS, PR_GET_NO_NEW_PRIVS
        38 | 39 => Category::named(Phase::Security, "no_new_privs"),
        // PR_GET_DUMPABLE, PR_SET_DUMPABLE, PR_GET_KEEPCAPS, PR_SET_KEEPCAPS, PR_CAPBSET_READ,
        // PR_CAPBSET_DROP, PR_GET_SECUREBITS, PR_SET_SECUREBITS, PR_CAP_AMBIENT
        3 | 4 | 7 | 8 | 23 | 24 | 27 | 28 | 47 => Category::named(Phase::Security, "capabilities"),
        // PR_SET_MM, PR_SET_THP_DISABLE, PR_GET_THP_DISABLE, PR_SET_VMA
        35 | 41 | 42 | 0x5356_4d41 => Category::named(Phase::Memory, "prctl"),
        profiler_common::MARK_PRCTL => Category::named(Phase::Process, "mark"),
        _ => Category::named(Phase::Process, "state"),
    }
}

/// Whether a `getsockopt` or `setsockopt` works on netfilter's tables: `IPT_BASE_CTL` and the
/// options after it, at level `SOL_IP` or `SOL_IPV6`
/// (include/uapi/linux/netfilter_ipv4/ip_tables.h, v6.18).
pub fn is_netfilter_option(level: u64, option: u64) -> bool {
    const SOL_IP: u64 = 0;
    const SOL_IPV6: u64 = 41;
    (level == SOL_IP || level == SOL_IPV6) && (64..=67).contains(&option)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(request: u64, phase: Phase, part: &str) {
        let category = ioctl(request);
        assert_eq!(category.map(|found| found.phase), Some(phase));
        assert_eq!(
            category.map(|found| found.part.to_string()),
            Some(part.to_owned())
        );
    }

    #[test]
    fn requests_tell_what_they_are() {
        check(0x4004_9409, Phase::Storage, "reflink");
        check(0x5000_9401, Phase::Storage, "btrfs");
        check(0xc138_fd03, Phase::Storage, "device mapper");
        check(0x4c00, Phase::Storage, "loop");
        check(0x8927, Phase::Network, "ioctl");
        check(0x4004_54ca, Phase::Network, "tun");
        assert_eq!(ioctl(0x5401), None);
    }

    #[test]
    fn security_operations_are_told_from_the_rest() {
        assert_eq!(prctl(38).phase, Phase::Security);
        assert_eq!(prctl(15).phase, Phase::Process);
        assert_eq!(prctl(profiler_common::MARK_PRCTL).part.to_string(), "mark");
    }
}
