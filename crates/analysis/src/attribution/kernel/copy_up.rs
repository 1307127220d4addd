//! Functions with which a union file system copies a file up to its upper layer.

use super::name::{Name, beginning};

/// Those of overlayfs (fs/overlayfs/copy_up.c, v6.18).
pub const OVERLAYFS: &[Name] = &[beginning("ovl_copy_up").of("overlay")];

/// Those of aufs (fs/aufs/cpup.c, aufs6.1), which has others that copy attributes alone. It is no
/// part of the kernel's tree, and no tested kernel has it.
pub const AUFS: &[Name] = &[
    beginning("au_copy_file").of("aufs"),
    beginning("au_cpup_si").of("aufs"),
    beginning("au_do_cpup_regular").of("aufs"),
    beginning("au_sio_cpup_si").of("aufs"),
];
