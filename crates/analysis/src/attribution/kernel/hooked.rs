//! Functions that are hooked where the kernel allows it.

use profiler_common::KernelFunction;

use super::name::{Name, function};

/// The names of all of them.
pub fn names() -> impl Iterator<Item = Name> {
    KernelFunction::ALL.iter().map(|&hooked| name(hooked))
}

fn name(hooked: KernelFunction) -> Name {
    let name = function(hooked.name());
    match hooked {
        KernelFunction::OvlOpen
        | KernelFunction::OvlReadIter
        | KernelFunction::OvlWriteIter
        | KernelFunction::OvlCopyUpFlags => name.of("overlay"),
        KernelFunction::CopyNetNs
        | KernelFunction::SetupNet
        | KernelFunction::CleanupNet
        | KernelFunction::CopyMntNs
        | KernelFunction::AttachRecursiveMnt
        | KernelFunction::CopyIpcs
        | KernelFunction::CopyPidNs
        | KernelFunction::CgroupMkdir
        | KernelFunction::CgroupAttachTask
        | KernelFunction::CgroupMigrate
        | KernelFunction::SynchronizeRcu => name,
    }
}
