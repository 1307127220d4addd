//! What a call does to a file, as far as it matters for work on many files.

use trace::rows::Span;
use trace::syscall::{self, FileWork};

/// What is done to a file. Of a file with several, the first in this order is what it is there for;
/// only a removal counts beside the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Work {
    Remove,
    Create,
    Read,
    Change,
    Look,
}

impl Work {
    pub(super) const ALL: [Self; 5] = [
        Self::Remove,
        Self::Create,
        Self::Read,
        Self::Change,
        Self::Look,
    ];

    /// That of a call that succeeded; nothing for calls that go with any of them, such as `close`.
    pub(super) fn of(call: &str, span: &Span) -> Option<Self> {
        match call {
            "unlink" | "unlinkat" | "rmdir" => Some(Self::Remove),
            "creat" | "mknod" | "mknodat" => Some(Self::Create),
            "open" => by_flags(span.arg1),
            "openat" => by_flags(span.arg2),
            "chmod" | "fchmod" | "fchmodat" | "fchmodat2" | "chown" | "lchown" | "fchown"
            | "fchownat" | "utime" | "utimes" | "futimesat" | "utimensat" | "setxattr"
            | "lsetxattr" | "fsetxattr" | "setxattrat" | "removexattr" | "lremovexattr"
            | "fremovexattr" | "removexattrat" => Some(Self::Change),
            "rename" | "renameat" | "renameat2" => None,
            call => match syscall::nature_of(call)?.file_work()? {
                FileWork::Metadata => Some(Self::Look),
                FileWork::Open
                | FileWork::Close
                | FileWork::Read
                | FileWork::Write
                | FileWork::Sync => None,
            },
        }
    }

    /// In words: what is done to the files of a folder.
    pub(super) fn text(self, folder: &str) -> String {
        match self {
            Self::Remove => format!("removes files below {folder}"),
            Self::Create => format!("writes files below {folder}"),
            Self::Read => format!("reads files below {folder}"),
            Self::Change => format!("changes owners, modes or times of files below {folder}"),
            Self::Look => format!("looks at files below {folder}"),
        }
    }
}

/// By the flags of an open (include/uapi/asm-generic/fcntl.h, v6.18). A directory is opened on the
/// way to files.
fn by_flags(flags: u64) -> Option<Work> {
    const O_ACCMODE: u64 = 0o3;
    const O_CREAT: u64 = 0o100;
    const O_DIRECTORY: u64 = 0o200_000;
    const O_PATH: u64 = 0o10_000_000;
    if flags & (O_DIRECTORY | O_PATH) != 0 {
        None
    } else if flags & (O_ACCMODE | O_CREAT) != 0 {
        Some(Work::Create)
    } else {
        Some(Work::Read)
    }
}
