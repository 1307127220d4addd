//! All maps.

use core::mem::{MaybeUninit, size_of};

use aya_ebpf::bindings::{BPF_F_NO_PREALLOC, BPF_LOCAL_STORAGE_GET_F_CREATE, bpf_map_type};
use aya_ebpf::helpers::generated::bpf_task_storage_get;
use aya_ebpf::macros::map;
use aya_ebpf::maps::{Array, HashMap, LruHashMap, PerCpuArray, RingBuf};
use profiler_common::*;

use crate::descriptor::Peer;
use crate::kernel::Task;
use crate::values::{FunctionStarts, TaskState, TaskTotals};

/// Task storage, which aya-ebpf has no wrapper for: the definition that the loader reads from BTF
/// (libbpf's "BTF-defined maps"; kernel/bpf/bpf_task_storage.c, v5.11 on).
#[repr(C)]
pub struct TaskStorage<T> {
    r#type: *const [i32; bpf_map_type::BPF_MAP_TYPE_TASK_STORAGE as usize],
    key: *const i32,
    value: *const T,
    max_entries: *const [i32; 0],
    map_flags: *const [i32; BPF_F_NO_PREALLOC as usize],
}

// SAFETY: the fields are placeholders that describe the map to the loader; nothing reads them.
unsafe impl<T> Sync for TaskStorage<T> {}

impl<T> TaskStorage<T> {
    const fn new() -> Self {
        Self {
            r#type: core::ptr::null(),
            key: core::ptr::null(),
            value: core::ptr::null(),
            max_entries: core::ptr::null(),
            map_flags: core::ptr::null(),
        }
    }

    /// The entry of a trusted task, if it has one.
    #[inline(always)]
    pub fn get(&'static self, task: Task) -> Option<&'static mut T> {
        self.look_up(task, 0)
    }

    /// The entry of a trusted task, made (zeroed) if it has none. `None` when the kernel has no
    /// memory for it or the look-up was re-entered.
    #[inline(always)]
    pub fn get_or_create(&'static self, task: Task) -> Option<&'static mut T> {
        self.look_up(task, u64::from(BPF_LOCAL_STORAGE_GET_F_CREATE))
    }

    #[inline(always)]
    #[expect(
        clippy::mut_from_ref,
        reason = "the entry is the kernel's, one for each task; nothing of it lies behind the reference"
    )]
    fn look_up(&'static self, task: Task, flags: u64) -> Option<&'static mut T> {
        let map = core::ptr::from_ref(self).cast_mut().cast();
        // SAFETY: the map is a task storage map; the verifier checks that the task is trusted.
        let entry =
            unsafe { bpf_task_storage_get(map, task.0, core::ptr::null_mut(), flags) }.cast::<T>();
        // SAFETY: an entry lives as long as its task, which outlives the program's run.
        unsafe { entry.as_mut() }
    }
}

/// The state of each task that made a system call.
// SAFETY: the section and name are how the loader finds the map.
#[unsafe(link_section = ".maps")]
#[unsafe(no_mangle)]
pub static TASKS: TaskStorage<TaskState> = TaskStorage::new();

/// Short system calls of each tracked task, in `summary`.
// SAFETY: the section and name are how the loader finds the map.
#[unsafe(link_section = ".maps")]
#[unsafe(no_mangle)]
pub static TASK_TOTALS: TaskStorage<TaskTotals> = TaskStorage::new();

/// Hooked functions that each task is in.
// SAFETY: the section and name are how the loader finds the map.
#[unsafe(link_section = ".maps")]
#[unsafe(no_mangle)]
pub static FUNCTION_STARTS: TaskStorage<FunctionStarts> = TaskStorage::new();

/// All records; the loader sets its size.
#[map]
pub static RECORDS: RingBuf = RingBuf::with_byte_size(1 << 20, 0);

/// Next sequence number of each CPU.
#[map]
pub static SEQUENCE: PerCpuArray<u64> = PerCpuArray::with_max_entries(1, 0);

/// Records that did not fit, by kind; index [`LOSS_STORAGE`] is failed look-ups.
#[map]
pub static LOST: PerCpuArray<u64> = PerCpuArray::with_max_entries(LOSS_COUNTERS as u32, 0);

/// Marks that others than the engine set.
#[map]
pub static REFUSED_MARKS: PerCpuArray<u64> = PerCpuArray::with_max_entries(1, 0);

/// How often each probe ran.
#[map]
pub static PROBE_RUNS: PerCpuArray<u64> = PerCpuArray::with_max_entries(Probe::ALL.len() as u32, 0);

/// How each system call is recorded: a [`SyscallClass`] by number.
#[map]
pub static SYSCALLS: Array<u32> = Array::with_max_entries(SYSCALL_TABLE_LEN as u32, 0);

/// [0]: generation of the tracked set, raised with every join. [1]: generation of marks.
#[map]
pub static GENERATIONS: Array<u64> = Array::with_max_entries(2, 0);

/// Processes that are tracked as a whole, with the [`JoinReason`].
#[map]
pub static TRACKED: HashMap<u32, u32> = HashMap::with_max_entries(65_536, 0);

/// Processes that never join: ctrprof's own and its ancestors.
#[map]
pub static NEVER_TRACKED: HashMap<u32, u32> = HashMap::with_max_entries(64, 0);

/// Where sockets that are not connected send to, by address of the `struct sock`.
#[map]
pub static SOCKET_PEERS: LruHashMap<u64, Peer> = LruHashMap::with_max_entries(1024, 0);

/// The time limits of sockets for receiving, in nanoseconds, likewise.
#[map]
pub static SOCKET_LIMITS: LruHashMap<u64, u64> = LruHashMap::with_max_entries(1024, 0);

macro_rules! scratch {
    ($($(#[$doc:meta])* $name:ident: $record:ident[$bytes:expr]),+ $(,)?) => {$(
        $(#[$doc])*
        #[map]
        pub static $name: PerCpuArray<Scratch<$record, { $bytes }>> =
            PerCpuArray::with_max_entries(1, 0);
    )+};
}

/// A record with room for its variable part, too big for the stack.
#[repr(C)]
pub struct Scratch<R, const N: usize> {
    /// The fixed part.
    pub record: MaybeUninit<R>,
    /// The variable part.
    pub tail: [u8; N],
}

const STACK_BYTES: usize = STACK_MAX_FRAMES * size_of::<u64>();
const USER_STACK_BYTES: usize = USER_STACK_MAX_FRAMES * size_of::<u64>();

// One for each program that needs it: programs interrupt each other, but none interrupts itself.
scratch! {
    /// For `sys_exit`.
    SPAN_SCRATCH: SpanRecord[4 * PATH_MAX_BYTES],
    /// For the span of a call that never returns, made in `sched_switch`.
    SWITCH_SCRATCH: SwitchRecord[STACK_BYTES],
    /// For `sched_waking`.
    WAKE_SCRATCH: WakeRecord[STACK_BYTES],
    /// For `sched_wakeup_new`.
    WAKE_NEW_SCRATCH: WakeRecord[STACK_BYTES],
    /// For `sched_process_exec`.
    EXEC_SCRATCH: ExecRecord[2 * PATH_MAX_BYTES + 2 * ARGV_MAX_BYTES],
    /// For `contention_end`.
    LOCK_SCRATCH: LockRecord[STACK_BYTES],
    /// For the cgroup programs, which run with `cgroup_mutex` held.
    CGROUP_SCRATCH: CgroupRecord[2 * PATH_MAX_BYTES],
    /// For `cgroup_notify_populated`, which runs with a spin lock held.
    POPULATED_SCRATCH: CgroupRecord[2 * PATH_MAX_BYTES],
    /// For throttled tasks that `sched_switch` sees.
    THROTTLE_SWITCH_SCRATCH: ThrottleRecord[PATH_MAX_BYTES],
    /// For those that `sched_wakeup` sees.
    THROTTLE_WAKE_SCRATCH: ThrottleRecord[PATH_MAX_BYTES],
    /// For those that `sched_wakeup_new` sees.
    THROTTLE_NEW_SCRATCH: ThrottleRecord[PATH_MAX_BYTES],
    /// For memory groups at their limit, in `sched_switch`.
    MEMORY_LIMIT_SCRATCH: MemoryLimitRecord[PATH_MAX_BYTES],
    /// For `sys_exit`, too.
    DESCRIPTOR_SCRATCH: DescriptorRecord[NAMES_MAX * NAME_BYTES + size_of::<u64>()],
    /// For samples.
    SAMPLE_SCRATCH: SampleRecord[STACK_BYTES + USER_STACK_BYTES],
}
