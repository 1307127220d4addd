use super::{Attribution, Category};
use crate::timeline::Timeline;
use crate::timeline::fixture::{exec, lock, manifest, off_cpu, rename, span, task};
use trace::manifest::Manifest;
use trace::role::Role;
use trace::rows::{Exec, OffCpu, Span, Stack, Symbol, Tables, Task, Text};

const LATE_NS: u64 = 1_000;

fn manifest_of(root_tgid: u32) -> Manifest {
    Manifest {
        root_tgids: vec![root_tgid],
        ..manifest(LATE_NS)
    }
}

/// The phase of each span of process 7, as `phase part`.
fn phases(tables: &Tables) -> Vec<String> {
    let manifest = manifest_of(7);
    let timeline = Timeline::new(&manifest, tables);
    let attribution = Attribution::new(&manifest, &timeline);
    (0..tables.spans.len() as u32)
        .map(|row| shown(attribution.call(row)))
        .collect()
}

fn shown(category: Category<'_>) -> String {
    format!("{} {}", category.phase.name(), category.part)
}

#[track_caller]
fn check_call(change: impl Fn(&mut Span), name: &str, expected: &str) {
    let mut call = span(7, name, 10, 5);
    change(&mut call);
    let tables = Tables {
        tasks: vec![task(7, 1, None)],
        spans: vec![call],
        ..Tables::default()
    };
    assert_eq!(phases(&tables), [expected]);
}

#[test]
fn a_call_is_classified_by_flags_family_and_file_system() {
    check_call(
        |call| call.clone_flags = 0x6002_0000,
        "clone3",
        "namespaces mnt+pid+net",
    );
    check_call(
        |call| call.clone_flags = 0x0001_0f00,
        "clone3",
        "process thread",
    );
    check_call(|_| {}, "vfork", "process fork");
    check_call(
        |call| call.clone_flags = 0x0200_0000,
        "unshare",
        "namespaces cgroup",
    );
    check_call(|call| call.clone_flags = 0x200, "unshare", "process state");
    check_call(|_| {}, "setns", "namespaces setns");
    check_call(|call| call.socket_family = 16, "sendto", "network netlink");
    check_call(|call| call.socket_family = 1, "write", "sockets unix");
    check_call(|call| call.arg0 = 2, "socket", "sockets inet");
    check_call(|call| call.arg2 = 64, "setsockopt", "network netfilter");
    check_call(|call| call.fs_magic = 0x5049_5045, "read", "ipc pipe");
    check_call(
        |call| call.fs_magic = 0x0904_1934,
        "write",
        "ipc anon_inode",
    );
    check_call(
        |call| call.fs_magic = 0x6367_7270,
        "mkdirat",
        "cgroups mkdir",
    );
    check_call(|call| call.fs_magic = 0x0027_e0eb, "write", "cgroups write");
    check_call(
        |call| call.fs_magic = 0x794c_7630,
        "getdents64",
        "files metadata overlay",
    );
    check_call(|call| call.fs_magic = 0xef53, "fsync", "files sync ext4");
    check_call(|call| call.arg1 = 0x4c82, "ioctl", "storage loop");
    check_call(
        |call| (call.arg1, call.fs_magic) = (0x5401, 0x1cd1),
        "ioctl",
        "files metadata devpts",
    );
    check_call(|_| {}, "bpf", "cgroups device programs");
    check_call(|call| call.nr = 999, "read", "unknown system call 999");
}

/// Calls of process 7 in a row; paths become strings.
fn with_paths(calls: Vec<(Span, Option<&str>)>) -> Tables {
    let mut tables = Tables {
        tasks: vec![task(7, 1, None)],
        ..Tables::default()
    };
    for (index, (mut call, path)) in calls.into_iter().enumerate() {
        call.start_ns = 10 * (index as u64 + 1);
        if let Some(path) = path {
            call.text = Some(index as u32);
            tables.strings.push(Text {
                id: index as u32,
                text: path.to_owned(),
            });
        }
        tables.spans.push(call);
    }
    tables
}

fn call(name: &str, arg0: i64, result: i64, fs_magic: u32) -> Span {
    let mut call = span(7, name, 0, 5);
    (call.arg0, call.result, call.fs_magic) = (arg0 as u64, result, fs_magic);
    call
}

#[test]
fn a_descriptor_leads_where_its_open_went() {
    const PROC: u32 = 0x9fa0;
    let mut duplicate = call("fcntl", 3, 9, PROC);
    duplicate.arg1 = 1030;
    let tables = with_paths(vec![
        (call("openat", -100, 3, PROC), Some("/proc/self/mountinfo")),
        (call("read", 3, 100, PROC), None),
        (duplicate, None),
        (call("close", 3, 0, PROC), None),
        (call("read", 3, 100, PROC), None),
        (call("read", 9, 100, PROC), None),
        (call("openat", -100, 9, PROC), Some("/proc/self/status")),
        (call("read", 9, 100, PROC), None),
        (call("openat", -100, 4, PROC), Some("/proc/sys/net")),
        (call("openat", 4, 5, PROC), Some("ipv4/ip_forward")),
        (call("write", 5, 1, PROC), None),
        (call("openat", -100, -2, 0), Some("/proc/9/uid_map")),
    ]);
    assert_eq!(
        phases(&tables),
        [
            "mounts mountinfo",
            "mounts mountinfo",
            "mounts mountinfo",
            "mounts mountinfo",
            "files read proc",
            "mounts mountinfo",
            "files open proc",
            "files read proc",
            "network sysctl",
            "network sysctl",
            "network sysctl",
            "security id map",
        ]
    );
}

#[test]
fn an_absolute_path_makes_the_directorys_file_system_irrelevant() {
    let tables = with_paths(vec![
        (call("newfstatat", 3, 0, 0x0027_e0eb), Some("/usr/bin/tar")),
        (call("newfstatat", 3, 0, 0x0027_e0eb), Some("cgroup.procs")),
    ]);
    assert_eq!(phases(&tables), ["files metadata", "cgroups metadata"]);
}

#[test]
fn a_child_inherits_descriptors_and_an_exec_closes_them() {
    const PROC: u32 = 0x9fa0;
    let mut tables = with_paths(vec![(
        call("openat", -100, 3, PROC),
        Some("/proc/self/mountinfo"),
    )]);
    tables.tasks.push(task(8, 7, Some(20)));
    for start_ns in [30, 50] {
        let mut read = call("read", 3, 1, PROC);
        (read.tid, read.tgid, read.start_ns) = (8, 8, start_ns);
        tables.spans.push(read);
    }
    tables.execs = vec![exec(8, 40, "/bin/cat", "cat")];
    assert_eq!(
        phases(&tables)[1..],
        ["mounts mountinfo", "files read proc"]
    );
}

#[test]
fn a_managers_work_under_its_graph_root_is_storage() {
    let path = Some("/srv/layers/overlay/x/diff");
    let mut tables = with_paths(vec![(call("mkdir", 0, 0, 0), path)]);
    tables.execs = vec![exec(
        7,
        1,
        "/usr/bin/podman",
        "podman --root /srv/layers run x",
    )];
    assert_eq!(phases(&tables), ["storage metadata"]);
    tables.execs.push(exec(7, 2, "/bin/sed", "sed -i s/a/b/ x"));
    assert_eq!(phases(&tables), ["storage metadata"]);
    tables.execs = vec![exec(
        7,
        1,
        "/usr/bin/other",
        "other --root /srv/layers run x",
    )];
    assert_eq!(phases(&tables), ["files metadata"]);
}

#[test]
fn a_copy_is_storage_only_where_a_manager_has_it_made() {
    let mut tables = with_paths(vec![(call("openat", 3, 0, 0xef53), Some("x"))]);
    let rsync = exec(7, 2, "/usr/bin/rsync", "rsync -a /a/ /b");
    tables.execs = vec![exec(7, 1, "/usr/bin/lxc-copy", "lxc-copy -n a"), rsync];
    assert_eq!(phases(&tables), ["storage open"]);
    tables.execs.remove(0);
    assert_eq!(phases(&tables), ["files open ext4"]);
}

#[test]
fn what_a_network_helper_does_is_network() {
    let mut tables = with_paths(vec![
        (call("read", 3, 1, 0xef53), None),
        (call("wait4", 0, 1, 0), None),
    ]);
    tables.execs = vec![exec(7, 1, "/usr/lib/podman/netavark", "netavark setup")];
    assert_eq!(phases(&tables), ["network helper", "process wait"]);
}

/// The role of each process at the end of the recording.
fn roles(tables: &Tables, root_tgid: u32, tids: &[u32]) -> Vec<Role> {
    let manifest = manifest_of(root_tgid);
    let timeline = Timeline::new(&manifest, tables);
    let attribution = Attribution::new(&manifest, &timeline);
    tids.iter()
        .filter_map(|&tid| timeline.process_at(tid, LATE_NS))
        .map(|id| attribution.roles().role_at(id, LATE_NS - 1))
        .collect()
}

fn inside(mut task: Task, pid_namespace: u32) -> Task {
    (task.pid_namespace, task.pid_level) = (pid_namespace, 1);
    task
}

fn exec_inside(mut exec: Exec, pid_namespace: u32, mount_namespace: u32) -> Exec {
    (exec.pid_namespace, exec.mount_namespace) = (pid_namespace, mount_namespace);
    exec
}

#[test]
fn podman_and_all_that_it_starts_have_their_roles() {
    let tables = Tables {
        tasks: vec![
            task(10, 1, None),
            task(11, 10, Some(20)),
            task(12, 11, Some(30)),
            inside(task(13, 12, Some(40)), 2),
            inside(task(14, 13, Some(60)), 2),
            task(15, 10, Some(25)),
            task(16, 10, Some(26)),
        ],
        execs: vec![
            exec(10, 5, "/usr/bin/podman", "podman run alpine"),
            exec(11, 21, "/usr/bin/conmon", "conmon -b x"),
            exec(12, 31, "/usr/bin/crun", "crun create x"),
            exec_inside(exec(13, 50, "/bin/sh", "sh"), 2, 3),
            exec_inside(exec(14, 61, "/usr/bin/podman", "podman inside"), 2, 3),
            exec(15, 26, "/usr/lib/podman/netavark", "netavark setup"),
            exec(16, 27, "/usr/bin/modprobe", "modprobe x"),
        ],
        ..Tables::default()
    };
    assert_eq!(
        roles(&tables, 10, &[10, 11, 12, 13, 14, 15, 16]),
        [
            Role::Manager,
            Role::Shim,
            Role::Runtime,
            Role::Container,
            Role::Container,
            Role::Helper,
            Role::Helper,
        ]
    );
}

#[test]
fn a_container_in_the_hosts_pid_namespace_is_known_by_its_mounts() {
    let tables = Tables {
        tasks: vec![task(12, 1, None), task(13, 12, Some(40))],
        execs: vec![
            exec(12, 31, "/usr/bin/crun", "crun run x"),
            exec_inside(exec(13, 50, "/bin/sh", "sh"), 1, 9),
        ],
        ..Tables::default()
    };
    assert_eq!(
        roles(&tables, 12, &[12, 13]),
        [Role::Runtime, Role::Container]
    );
}

#[test]
fn a_container_is_the_runtimes_until_its_exec() {
    let tables = Tables {
        tasks: vec![task(12, 1, None), inside(task(13, 12, Some(40)), 2)],
        execs: vec![exec(12, 31, "/usr/bin/runc", "runc create x")],
        ..Tables::default()
    };
    assert_eq!(
        roles(&tables, 12, &[12, 13]),
        [Role::Runtime, Role::Runtime]
    );
}

#[test]
fn the_embedded_engine_manages_and_its_forks_are_the_runtimes() {
    let tables = Tables {
        tasks: vec![
            task(10, 1, None),
            task(11, 10, Some(20)),
            inside(task(12, 11, Some(30)), 2),
            inside(task(13, 10, Some(30)), 2),
            task(14, 10, Some(30)),
        ],
        execs: vec![
            exec(10, 5, "/usr/bin/ctrprof", "ctrprof engine --image /x"),
            exec_inside(exec(12, 50, "/bin/sleep", "sleep infinity"), 2, 4),
        ],
        renames: vec![rename(11, 21, "youki:[1:INTER]")],
        ..Tables::default()
    };
    assert_eq!(
        roles(&tables, 10, &[10, 11, 12, 13, 14]),
        [
            Role::Manager,
            Role::Runtime,
            Role::Container,
            Role::Runtime,
            Role::Manager,
        ]
    );
}

#[test]
fn a_plain_command_is_the_client_and_its_children_are_others() {
    let mut worker = task(20, 2, None);
    (worker.kernel_thread, worker.join_reason) = (true, String::new());
    let mut daemon = task(21, 1, None);
    (daemon.exe, daemon.join_reason) = ("/usr/sbin/dockerd".to_owned(), "woken".to_owned());
    let tables = Tables {
        tasks: vec![task(10, 1, None), task(11, 10, Some(20)), worker, daemon],
        execs: vec![
            exec(10, 5, "/bin/sh", "sh -c x"),
            exec(11, 25, "/bin/cat", "cat /etc/passwd"),
        ],
        ..Tables::default()
    };
    assert_eq!(
        roles(&tables, 10, &[10, 11, 20, 21]),
        [Role::Client, Role::Other, Role::KernelThread, Role::Manager]
    );
}

/// The phase of a wait of process 7 from 20 to 40 with this stack, after a call that ended at 15.
fn wait(stack: &str, change: impl Fn(&mut OffCpu), tables: Tables) -> String {
    let names: Vec<&str> = stack.split_whitespace().collect();
    let symbols = (1..).zip(&names).map(|(address, name)| Symbol {
        tgid: 0,
        address,
        name: (*name).to_owned(),
        offset: 0,
        module: String::new(),
        source: String::new(),
        from_ns: 0,
    });
    let mut row = off_cpu(7, 20, 40);
    row.stack = (!names.is_empty()).then_some(1);
    change(&mut row);
    let frames = (1..=names.len() as u64).collect();
    let tables = Tables {
        tasks: vec![task(7, 1, None)],
        off_cpu: vec![row],
        stacks: vec![Stack { id: 1, frames }],
        symbols: symbols.collect(),
        ..tables
    };
    let manifest = manifest_of(7);
    let timeline = Timeline::new(&manifest, &tables);
    let attribution = Attribution::new(&manifest, &timeline);
    let id = timeline.thread_at(7, 30);
    let found = id.and_then(|id| Some((id, timeline.state_at(id, 30)?)));
    found.map_or(String::new(), |(id, interval)| {
        shown(attribution.interval(id, &interval))
    })
}

fn inside_call(name: &str) -> Tables {
    Tables {
        spans: vec![span(7, name, 10, 50)],
        ..Tables::default()
    }
}

#[test]
fn a_wait_is_what_its_stack_or_its_call_says() {
    let plain = |_: &mut OffCpu| {};
    assert_eq!(
        wait(
            "__schedule schedule __mutex_lock rtnl_lock",
            plain,
            inside_call("sendto")
        ),
        "locks rtnl_mutex"
    );
    assert_eq!(
        wait(
            "__schedule schedule io_schedule folio_wait_bit_common",
            plain,
            inside_call("fdatasync")
        ),
        "disk fdatasync"
    );
    assert_eq!(
        wait(
            "__schedule schedule do_wait kernel_wait4",
            plain,
            inside_call("wait4")
        ),
        "process wait"
    );
    assert_eq!(
        wait(
            "__schedule schedule io_schedule filemap_fault handle_mm_fault",
            plain,
            Tables::default()
        ),
        "disk page fault"
    );
    assert_eq!(
        wait(
            "__schedule schedule userfault exc_page_fault",
            plain,
            Tables::default()
        ),
        "memory page fault"
    );
}

#[test]
fn without_a_span_the_switch_tells_the_call() {
    let futex = |row: &mut OffCpu| row.syscall = 202;
    assert_eq!(wait("", futex, Tables::default()), "ipc futex");
    assert_eq!(
        wait("", |_| {}, Tables::default()),
        "unknown wait outside calls"
    );
    assert_eq!(
        wait("", |row| row.imputed = true, Tables::default()),
        "ipc begun before the recording"
    );
    assert_eq!(
        wait("", |row| row.state = 2, Tables::default()),
        "memory page fault"
    );
}

#[test]
fn a_contention_event_tells_where_the_stack_does_not() {
    let tables = Tables {
        locks: vec![lock(7, 19, 25, None)],
        ..inside_call("openat")
    };
    assert_eq!(wait("", |_| {}, tables), "locks unnamed lock");
}

#[test]
fn task_work_belongs_to_the_call_before() {
    let tables = Tables {
        spans: vec![span(7, "umount2", 5, 10)],
        ..Tables::default()
    };
    let stack = "__schedule schedule synchronous cleanup_mnt task_work_run";
    assert_eq!(wait(stack, |_| {}, tables), "mounts umount");
}
