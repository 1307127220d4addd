//! Names of errors.

/// The names of the first errors by number (include/uapi/asm-generic/errno-base.h and errno.h,
/// v6.18), which all machines that are recorded have in common.
const NAMES: &[&str] = &[
    "EPERM",
    "ENOENT",
    "ESRCH",
    "EINTR",
    "EIO",
    "ENXIO",
    "E2BIG",
    "ENOEXEC",
    "EBADF",
    "ECHILD",
    "EAGAIN",
    "ENOMEM",
    "EACCES",
    "EFAULT",
    "ENOTBLK",
    "EBUSY",
    "EEXIST",
    "EXDEV",
    "ENODEV",
    "ENOTDIR",
    "EISDIR",
    "EINVAL",
    "ENFILE",
    "EMFILE",
    "ENOTTY",
    "ETXTBSY",
    "EFBIG",
    "ENOSPC",
    "ESPIPE",
    "EROFS",
    "EMLINK",
    "EPIPE",
    "EDOM",
    "ERANGE",
    "EDEADLK",
    "ENAMETOOLONG",
    "ENOLCK",
    "ENOSYS",
    "ENOTEMPTY",
    "ELOOP",
];

/// Errors beyond those (include/uapi/asm-generic/errno.h, v6.18), and those that never leave the
/// kernel but are seen where a call is restarted (include/linux/errno.h, v6.18).
const OTHERS: &[(u16, &str)] = &[
    (61, "ENODATA"),
    (88, "ENOTSOCK"),
    (95, "EOPNOTSUPP"),
    (97, "EAFNOSUPPORT"),
    (98, "EADDRINUSE"),
    (99, "EADDRNOTAVAIL"),
    (101, "ENETUNREACH"),
    (104, "ECONNRESET"),
    (107, "ENOTCONN"),
    (110, "ETIMEDOUT"),
    (111, "ECONNREFUSED"),
    (113, "EHOSTUNREACH"),
    (115, "EINPROGRESS"),
    (512, "ERESTARTSYS"),
    (514, "ERESTARTNOHAND"),
    (516, "ERESTART_RESTARTBLOCK"),
];

/// The name of an error; its number as `errno N` where it has none here.
pub fn name(errno: u16) -> String {
    let first = usize::from(errno)
        .checked_sub(1)
        .and_then(|at| NAMES.get(at))
        .copied();
    let other = || {
        let mut others = OTHERS.iter();
        others
            .find(|(number, _)| *number == errno)
            .map(|&(_, name)| name)
    };
    first
        .or_else(other)
        .map_or_else(|| format!("errno {errno}"), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::name;

    #[test]
    fn errors_have_their_names() {
        assert_eq!(name(1), "EPERM");
        assert_eq!(name(9), "EBADF");
        assert_eq!(name(40), "ELOOP");
        assert_eq!(name(110), "ETIMEDOUT");
        assert_eq!(name(0), "errno 0");
        assert_eq!(name(4000), "errno 4000");
    }
}
