//! Kernel structures, read at the offsets that the loader found.

use core::ffi::c_void;
use core::mem::{MaybeUninit, size_of};

use aya_ebpf::Global;
use aya_ebpf::bindings::task_struct;
use aya_ebpf::helpers::generated::{
    bpf_get_current_task_btf, bpf_probe_read_kernel, bpf_probe_read_user, bpf_task_pt_regs,
};
use profiler_common::{NO_SYSCALL, PF_KTHREAD};

use crate::globals::*;

/// `MAX_RT_PRIO` (include/linux/sched/prio.h, v6.18): real-time tasks have lower numbers.
const MAX_RT_PRIO: i32 = 100;

/// In `task_struct.__state` (include/linux/sched.h, v6.18).
const TASK_INTERRUPTIBLE: u32 = 1;

/// Reads a `T` at `offset` from `base`, zero where it cannot be read.
#[inline(always)]
pub fn read<T: Copy + Default>(base: u64, offset: &Global<u32>) -> T {
    read_at(base.wrapping_add(u64::from(offset.load())))
}

/// Reads a `T` at a kernel address, zero where it cannot be read.
#[inline(always)]
pub fn read_at<T: Copy + Default>(address: u64) -> T {
    let mut value = MaybeUninit::<T>::uninit();
    // SAFETY: the destination has the size given; the source is checked by the helper.
    let failed = unsafe {
        bpf_probe_read_kernel(
            value.as_mut_ptr().cast(),
            size_of::<T>() as u32,
            address as *const c_void,
        )
    };
    if failed != 0 {
        return T::default();
    }
    // SAFETY: the helper wrote all of it.
    unsafe { value.assume_init() }
}

/// Reads a `T` from the current process's memory.
#[inline(always)]
pub fn read_user<T: Copy + Default>(address: u64) -> Option<T> {
    let mut value = MaybeUninit::<T>::uninit();
    // SAFETY: the destination has the size given; the source is checked by the helper.
    let failed = unsafe {
        bpf_probe_read_user(
            value.as_mut_ptr().cast(),
            size_of::<T>() as u32,
            address as *const c_void,
        )
    };
    if failed != 0 {
        return None;
    }
    // SAFETY: the helper wrote all of it.
    Some(unsafe { value.assume_init() })
}

/// A task. Where the verifier trusts it, it may be handed to helpers.
#[derive(Clone, Copy)]
pub struct Task(pub *mut task_struct);

impl Task {
    /// The current task, trusted.
    #[inline(always)]
    pub fn current() -> Self {
        // SAFETY: the helper has no preconditions.
        Self(unsafe { bpf_get_current_task_btf() })
    }

    /// Where it lies.
    #[inline(always)]
    pub fn address(self) -> u64 {
        self.0 as u64
    }

    /// Thread number.
    #[inline(always)]
    pub fn tid(self) -> u32 {
        read(self.address(), &OFF_TASK_PID)
    }

    /// Process number.
    #[inline(always)]
    pub fn tgid(self) -> u32 {
        read(self.address(), &OFF_TASK_TGID)
    }

    /// Whether it is a kernel thread.
    #[inline(always)]
    pub fn is_kernel_thread(self) -> bool {
        read::<u32>(self.address(), &OFF_TASK_FLAGS) & PF_KTHREAD != 0
    }

    /// Whether it sleeps so that signals wake it: as for messages, unlike for most locks and for
    /// disks.
    #[inline(always)]
    pub fn sleeps_interruptibly(self) -> bool {
        read::<u32>(self.address(), &OFF_TASK_STATE) & TASK_INTERRUPTIBLE != 0
    }

    /// Whether it is of the scheduler's fair class, by its priority.
    #[inline(always)]
    pub fn has_fair_priority(self) -> bool {
        read::<i32>(self.address(), &OFF_TASK_PRIO) >= MAX_RT_PRIO
    }

    /// Whether a CPU quota holds it back (from v6.18 on).
    #[inline(always)]
    pub fn is_throttled(self) -> bool {
        read::<u8>(self.address(), &OFF_TASK_THROTTLED) != 0
    }

    /// The fair class's queue that it is on, or was on last: `cfs_rq`.
    #[inline(always)]
    pub fn queue(self) -> u64 {
        read(self.address(), &OFF_TASK_CFS_RQ)
    }

    /// Its name.
    #[inline(always)]
    pub fn comm(self) -> [u8; 16] {
        read(self.address(), &OFF_TASK_COMM)
    }

    /// `exit_code`: status in the second byte, signal in the first.
    #[inline(always)]
    pub fn exit_code(self) -> u32 {
        read(self.address(), &OFF_TASK_EXIT_CODE)
    }

    /// Whether no thread of its process lives on (`signal->live` has reached 0).
    #[inline(always)]
    pub fn group_dead(self) -> bool {
        let signal: u64 = read(self.address(), &OFF_TASK_SIGNAL);
        read::<u32>(signal, &OFF_SIGNAL_LIVE) == 0
    }

    /// Its open files.
    #[inline(always)]
    pub fn files(self) -> u64 {
        read(self.address(), &OFF_TASK_FILES)
    }

    /// Its memory map, 0 for a kernel thread.
    #[inline(always)]
    pub fn mm(self) -> u64 {
        read(self.address(), &OFF_TASK_MM)
    }

    /// Page faults so far for which nothing had to be read.
    #[inline(always)]
    pub fn minor_faults(self) -> u64 {
        read(self.address(), &OFF_TASK_MIN_FLT)
    }

    /// Page faults so far that waited for a page to be read.
    #[inline(always)]
    pub fn major_faults(self) -> u64 {
        read(self.address(), &OFF_TASK_MAJ_FLT)
    }

    /// The control groups that it is in, one of each controller: `css_set`.
    #[inline(always)]
    pub fn control_groups(self) -> u64 {
        read(self.address(), &OFF_TASK_CGROUPS)
    }

    /// Inode number of its mount namespace, 0 if it has none any more.
    #[inline(always)]
    pub fn mount_namespace(self) -> u32 {
        let nsproxy: u64 = read(self.address(), &OFF_TASK_NSPROXY);
        if nsproxy == 0 {
            return 0;
        }
        let mount_namespace: u64 = read(nsproxy, &OFF_NSPROXY_MNT);
        read(mount_namespace, &OFF_MNT_NS_INUM)
    }

    /// Its number in its own pid namespace, and that namespace.
    #[inline(always)]
    pub fn pid_in_namespace(self) -> PidInNamespace {
        PidInNamespace::of_pid(read(self.address(), &OFF_TASK_THREAD_PID))
    }
}

/// A number inside a pid namespace.
#[derive(Clone, Copy, Default)]
pub struct PidInNamespace {
    /// The number.
    pub number: u32,
    /// Inode number of the namespace.
    pub namespace: u32,
    /// How deep the namespace is nested.
    pub level: u32,
}

impl PidInNamespace {
    /// The innermost number of a `struct pid`.
    #[inline(always)]
    pub fn of_pid(pid: u64) -> Self {
        let level: u32 = read(pid, &OFF_PID_LEVEL);
        let numbers = pid + u64::from(OFF_PID_NUMBERS.load());
        let upid = numbers + u64::from(level) * u64::from(SIZE_UPID.load());
        let namespace: u64 = read(upid, &OFF_UPID_NS);
        Self {
            number: read(upid, &OFF_UPID_NR),
            namespace: read(namespace, &OFF_PID_NS_INUM),
            level,
        }
    }

    /// The number of a `struct pid` in the first namespace.
    #[inline(always)]
    pub fn outermost(pid: u64) -> u32 {
        let numbers = pid + u64::from(OFF_PID_NUMBERS.load());
        read(numbers, &OFF_UPID_NR)
    }
}

/// Index of `orig_ax` in `struct pt_regs` (arch/x86/include/asm/ptrace.h, v6.18).
const PT_REGS_ORIG_AX: usize = 15;

/// The system call that the current task is in by its saved registers, or [`NO_SYSCALL`].
///
/// `orig_ax` is the number from the entry of a system call until the return to user mode; interrupts
/// and exceptions from user mode set it to -1.
#[inline(always)]
pub fn current_syscall(task: Task) -> i32 {
    // SAFETY: the task is the current one, which is trusted.
    let registers = unsafe { bpf_task_pt_regs(task.0) } as u64;
    read_at::<i64>(registers + (PT_REGS_ORIG_AX * size_of::<u64>()) as u64)
        .try_into()
        .unwrap_or(NO_SYSCALL)
}

/// The first four arguments in `struct pt_regs`: di, si, dx, r10 (syscall(2), x86-64).
#[inline(always)]
pub fn syscall_arguments(registers: u64) -> [u64; 4] {
    // r10 is word 7; dx, si and di are words 12 to 14.
    let high: [u64; 3] = read_at(registers + 12 * 8);
    let r10: u64 = read_at(registers + 7 * 8);
    [high[2], high[1], high[0], r10]
}

/// The fifth argument: r8.
#[inline(always)]
pub fn syscall_argument_4(registers: u64) -> u64 {
    read_at(registers + 9 * 8)
}
