//! Each kind of cause, on a few rows.

use super::Causes;
use crate::attribution::Attribution;
use crate::attribution::critical_path::Piece;
use crate::timeline::Timeline;
use crate::timeline::fixture::{exec, manifest, number, off_cpu, span, task};
use trace::rows::{Awaited, OffCpu, Signal, Span, Stack, Symbol, Tables, Task, Text};

const MS: u64 = 1_000_000;
const TIMER_STACK: u32 = 1;
const UNMOUNT_STACK: u32 = 2;

/// The cause of what a thread does at an instant.
fn cause(tables: &Tables, tid: u32, at_ns: u64) -> String {
    let manifest = manifest(10_000 * MS);
    let timeline = Timeline::new(&manifest, tables);
    let attribution = Attribution::new(&manifest, &timeline);
    let thread = timeline.thread_at(tid, at_ns);
    let thread = thread.unwrap_or_else(|| panic!("no thread {tid}"));
    let interval = timeline.state_at(thread, at_ns);
    let interval = interval.unwrap_or_else(|| panic!("{tid} is not alive"));
    let piece = Piece {
        start_ns: at_ns,
        end_ns: at_ns + 1,
        ..Piece::of(thread, &interval)
    };
    let causes = attribution.causes();
    causes.text(causes.of(&attribution, &piece)).to_owned()
}

fn named(tid: u32, comm: &str) -> Task {
    Task {
        comm: comm.to_owned(),
        ..task(tid, 1, None)
    }
}

/// A call of which all but a microsecond at its ends is a wait.
fn blocked(tid: u32, call: &str, from_ns: u64, to_ns: u64) -> (Span, OffCpu) {
    let wait = OffCpu {
        syscall: number(call) as i32,
        ..off_cpu(tid, from_ns + 1_000, to_ns - 1_000)
    };
    (span(tid, call, from_ns, to_ns - from_ns), wait)
}

fn by_timer(wait: OffCpu) -> OffCpu {
    OffCpu {
        waker_context: profiler_common::Context::Interrupt as u8,
        waker_stack: Some(TIMER_STACK),
        waker_tid: Some(99),
        ..wait
    }
}

fn tables(tasks: &[Task], calls: Vec<(Span, OffCpu)>) -> Tables {
    let (spans, off_cpu) = calls.into_iter().unzip();
    let mut tables = Tables {
        tasks: tasks.to_vec(),
        spans,
        off_cpu,
        ..Tables::default()
    };
    let stacks: [(u32, &[&str]); 2] = [
        (TIMER_STACK, &["hrtimer_wakeup", "hrtimer_interrupt"]),
        (
            UNMOUNT_STACK,
            &[
                "schedule",
                "wb_wait_for_completion",
                "sync_inodes_sb",
                "sync_filesystem",
                "ovl_sync_fs",
                "deactivate_super",
                "cleanup_mnt",
                "task_work_run",
            ],
        ),
    ];
    for (id, functions) in stacks {
        let mut frames = Vec::new();
        for name in functions {
            let address = 1_000 * u64::from(id) + frames.len() as u64;
            frames.push(address);
            tables.symbols.push(Symbol {
                from_ns: 0,
                tgid: 0,
                address,
                name: (*name).to_owned(),
                offset: 0,
                module: String::new(),
                source: String::new(),
            });
        }
        tables.stacks.push(Stack { id, frames });
    }
    tables
}

fn awaited(call: &Span, path: &str) -> Awaited {
    Awaited {
        start_ns: call.start_ns,
        tid: call.tid,
        tgid: call.tgid,
        nr: call.nr,
        descriptor: 3,
        fs_magic: 0xef53,
        device: 1,
        inode: 1,
        path: path.to_owned(),
        family: 0,
        socket_type: 0,
        protocol: 0,
        peer_address: String::new(),
        peer_port: 0,
        peer_pid: 0,
        limit_ns: 0,
        events: 0,
        revents: 0,
    }
}

#[test]
fn a_file_lock_has_a_file_and_a_holder() {
    let (flock, mut wait) = blocked(7, "flock", 10 * MS, 90 * MS);
    wait.waker_tid = Some(8);
    let row = awaited(&flock, "/run/xtables.lock");
    let tasks = [named(7, "iptables"), named(8, "python3")];
    let mut tables = tables(&tasks, vec![(flock, wait)]);
    tables.awaited.push(row);
    assert_eq!(
        cause(&tables, 7, 50 * MS),
        "file lock on /run/xtables.lock, held by python3"
    );
    tables.awaited.clear();
    tables.off_cpu[0].waker_tid = None;
    assert_eq!(cause(&tables, 7, 50 * MS), "file lock");
}

#[test]
fn a_time_limit_that_ran_out_has_a_peer() {
    let (mut poll, wait) = blocked(7, "poll", 10 * MS, 261 * MS);
    poll.arg2 = 250;
    let mut row = awaited(&poll, "");
    (row.family, row.protocol, row.peer_port) = (2, 17, 53);
    row.peer_address = "127.0.0.53".to_owned();
    let mut tables = tables(&[named(7, "nslookup")], vec![(poll, by_timer(wait))]);
    tables.awaited.push(row);
    assert_eq!(
        cause(&tables, 7, 50 * MS),
        "time limit of 250 ms: poll on UDP 127.0.0.53:53"
    );
    // Somebody answered.
    tables.off_cpu[0].waker_stack = None;
    assert_eq!(cause(&tables, 7, 50 * MS), "");
}

/// Naps of 10 ms, each followed by a call.
fn naps(look: &Span) -> Vec<(Span, OffCpu)> {
    let turns = (0..5).flat_map(|turn| {
        let from_ns = turn * 10 * MS;
        let (nap, wait) = blocked(7, "clock_nanosleep", from_ns + 2_000, from_ns + 9 * MS);
        let mut look = look.clone();
        look.start_ns = from_ns + 9 * MS + 1;
        let none = OffCpu {
            state: 0,
            ..off_cpu(7, look.start_ns + 100, look.start_ns + 200)
        };
        [(nap, by_timer(wait)), (look, none)]
    });
    turns.collect()
}

#[test]
fn a_loop_that_polls_has_an_interval_and_what_it_looks_at() {
    let mut kill = span(7, "kill", 0, 1_000);
    kill.arg0 = 8;
    let tasks = [named(7, "podman"), named(8, "sh")];
    let polled = tables(&tasks, naps(&kill));
    assert_eq!(
        cause(&polled, 7, 25 * MS),
        "polling each 10 ms: kill of process sh"
    );
    // Signals are sent, and nothing is looked at.
    kill.arg1 = 10;
    let sent = tables(&tasks, naps(&kill));
    assert_eq!(cause(&sent, 7, 25 * MS), "sleep of 9 ms");
}

#[test]
fn a_process_that_ignores_the_signal_to_end_is_named_until_it_is_killed() {
    let (nap, wait) = blocked(7, "clock_nanosleep", MS, 900 * MS);
    let mut first = named(8, "sh");
    (first.inner_pid, first.pid_level, first.tgid) = (1, 1, 8);
    let mut tables = tables(&[named(7, "podman"), first], vec![(nap, by_timer(wait))]);
    let signal = |at_ns, signal, result: &str| Signal {
        at_ns,
        sender_tid: 7,
        sender_tgid: 7,
        target_tid: 8,
        target_tgid: 8,
        signal,
        whole_process: true,
        result: result.to_owned(),
        disposition: "ignore".to_owned(),
        unkillable: true,
        blocked: false,
    };
    tables.signals = vec![
        signal(100 * MS, 15, "ignored"),
        signal(800 * MS, 9, "delivered"),
    ];
    let at = |ms: u64| cause(&tables, 7, ms * MS);
    let expected =
        "waits for the container's first process (PID 1, sh), which ignores SIGTERM; then SIGKILL";
    assert_eq!(at(500), expected);
    assert_eq!([at(50), at(850)], ["sleep of 900 ms", "sleep of 900 ms"]);
}

#[test]
fn an_unmount_waits_for_the_file_system_below() {
    let mut umount = span(7, "umount2", MS, MS);
    umount.text = Some(1);
    let mut open = span(7, "openat", 0, 1_000);
    (open.text, open.fs_magic) = (Some(2), 0xef53);
    let mut wait = off_cpu(7, 3 * MS, 90 * MS);
    (wait.state, wait.stack) = (2, Some(UNMOUNT_STACK));
    let mut tables = tables(&[named(7, "dockerd")], Vec::new());
    (tables.spans, tables.off_cpu) = (vec![open, umount], vec![wait]);
    tables.execs = vec![exec(7, 0, "/usr/sbin/dockerd", "dockerd")];
    tables.strings = [(1, "/srv/overlay2/x/merged"), (2, "/srv/overlay2/x/lower")]
        .map(|(id, text)| Text {
            id,
            text: text.to_owned(),
        })
        .to_vec();
    assert_eq!(
        cause(&tables, 7, 50 * MS),
        "unmount of an overlay waits for sync_filesystem of the store's file system (ext4)"
    );
}

#[test]
fn a_wait_has_its_own_cause_or_that_of_its_call() {
    let mut causes = Causes::default();
    causes.note_call(7, "call");
    causes.note_wait(3, "wait");
    causes.note_wait(3, "noted later");
    let text = |wait, call| causes.text(causes.of_rows(wait, call));
    assert_eq!(text(None, Some(7)), "call");
    assert_eq!(text(Some(4), Some(7)), "call");
    assert_eq!(text(Some(3), Some(7)), "wait");
    assert_eq!(text(Some(3), None), "wait");
    assert_eq!(text(None, None), "");
}

#[test]
fn a_part_of_a_wait_has_a_cause_of_its_own() {
    let mut causes = Causes::default();
    causes.note_wait_within(3, (10, 20), "quota");
    let text = |at_ns| causes.text(causes.of_part(Some(3), at_ns));
    assert_eq!([9, 10, 19, 20].map(text), ["", "quota", "quota", ""]);
}
