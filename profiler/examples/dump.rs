//! dump
use ctrprof::recording::Recording;
use std::path::Path;
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let r = Recording::open(Path::new(&a[1])).unwrap();
    let t = r.tables().unwrap();
    let m = r.manifest();
    let z = m.released_ns;
    let at = |x: u64| (x as f64 - z as f64) / 1e6;
    let mut lines: Vec<(u64, String)> = vec![];
    for e in &t.execs {
        lines.push((
            e.at_ns,
            format!(
                "exec tid {} old {} inner {} pidns {} mnt {} {} [{}]",
                e.tid,
                e.old_tid,
                e.inner_pid,
                e.pid_namespace,
                e.mount_namespace,
                e.path,
                e.argv.replace('\0', " ")
            ),
        ));
    }
    for c in &t.cgroups {
        lines.push((
            c.at_ns,
            format!(
                "cgroup {} h{} id {} {} by {} target {} pop {}",
                c.operation, c.hierarchy, c.id, c.path, c.tid, c.target_tid, c.populated
            ),
        ));
    }
    for k in &t.tasks {
        if k.join_reason.is_empty() {
            continue;
        }
        if let Some(b) = k.born_ns {
            if k.tid == k.tgid {
                lines.push((
                    b,
                    format!(
                        "fork {} -> {} inner {} pidns {} lvl {} mnt {} flags {:x} {}",
                        k.parent_tid,
                        k.tid,
                        k.inner_pid,
                        k.pid_namespace,
                        k.pid_level,
                        k.mount_namespace,
                        k.clone_flags,
                        k.comm
                    ),
                ));
            }
        }
        if k.tid == k.tgid {
            if let Some(b) = k.exiting_ns {
                lines.push((
                    b,
                    format!(
                        "exit {} code {:x} dead {} {}",
                        k.tid, k.exit_code, k.group_dead, k.comm
                    ),
                ));
            }
        }
        if k.tid == k.tgid && k.join_reason != "child" {
            lines.push((
                k.joined_ns.unwrap_or(z),
                format!(
                    "join {} {} by {:?} {}",
                    k.tid, k.join_reason, k.joined_by, k.comm
                ),
            ));
        }
    }
    for s in &t.spans {
        let name = ctrprof::model::syscall::name(ctrprof::model::syscall::Machine::X86_64, s.nr)
            .unwrap_or("?");
        if ["setns", "unshare", "umount2", "pivot_root", "connect"].contains(&name)
            || (a.len() > 2 && a[2] == name)
        {
            let tx = |i: Option<u32>| {
                i.and_then(|i| t.strings.iter().find(|s| s.id == i))
                    .map(|s| s.text.clone())
                    .unwrap_or_default()
            };
            lines.push((
                s.start_ns,
                format!(
                    "call {} {} by {} {} {} = {} dur {:.3}",
                    name,
                    s.clone_flags,
                    s.tid,
                    tx(s.text),
                    tx(s.text2),
                    s.result,
                    s.duration_ns as f64 / 1e6
                ),
            ));
        }
    }
    for k in &t.marks {
        lines.push((k.at_ns, format!("mark {} {} by {}", k.code, k.value, k.tid)));
    }
    lines.push((m.command_ended_ns, "COMMAND ENDED".into()));
    lines.sort();
    for (t, l) in lines {
        println!("{:10.3} {}", at(t), l);
    }
}
