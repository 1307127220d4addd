//! Waits that ended by their time limit: which, and what for.

use super::subject::Subjects;
use super::waits::{Wait, of_thread};
use super::{Causes, words};
use crate::attribution::Attribution;
use crate::report::CauseKind;

/// Shorter sleeps are those of a runtime, or of a lock that spins.
const SHORTEST_NS: u64 = 1_000_000;

/// Notes the limit of each wait that a timer ended.
pub(super) fn note(
    causes: &mut Causes,
    attribution: &Attribution<'_, '_>,
    subjects: &Subjects<'_, '_>,
) {
    let timeline = attribution.timeline();
    for thread in timeline.thread_ids() {
        let process = timeline.process(timeline.thread(thread).process);
        let is_alone = process.threads.len() == 1;
        for wait in of_thread(attribution, thread) {
            let waited_ns = wait.duration_ns().filter(|&ns| ns >= SHORTEST_NS);
            let Some(waited_ns) = waited_ns.filter(|_| wait.is_ended_by_timer(attribution)) else {
                continue;
            };
            // That of a wait for events is the set of what it waits for, which is not known.
            let subject = match wait.call {
                "epoll_wait" | "epoll_pwait" | "epoll_pwait2" => String::new(),
                _ => subjects.of_call(wait.span),
            };
            let limit_ns = match wait.call {
                "recvfrom" | "recvmsg" | "recvmmsg" | "read" | "readv" => {
                    subjects.limit_ns(wait.span)
                }
                _ => limit_ns(attribution, &wait),
            };
            let limit_ns = limit_ns.unwrap_or(waited_ns);
            if let Some((text, kind)) = told(wait.call, is_alone, limit_ns, &subject) {
                if let Some(kind) = kind {
                    causes.note_kind(&text, kind);
                }
                causes.note_wait(wait.row, &text);
            }
        }
    }
}

/// The limit, where the call's arguments have it: `poll`'s is in milliseconds (poll(2)).
fn limit_ns(attribution: &Attribution<'_, '_>, wait: &Wait<'_>) -> Option<u64> {
    let argument = |span: u32| match wait.call {
        "poll" => Some(attribution.timeline().span(span).arg2),
        "epoll_wait" | "epoll_pwait" => Some(attribution.timeline().span(span).arg3),
        _ => None,
    };
    let limit_ms = i32::try_from(argument(wait.span?)?).ok()?;
    u64::try_from(limit_ms).ok().map(|ms| ms * 1_000_000)
}

/// `time limit of 2.5 s: receive on UDP 127.0.0.53:53`. The limits of a process of many threads that
/// waits for events are its runtime's timers, and differ from run to run: they are of no kind.
fn told(
    call: &str,
    is_alone: bool,
    limit_ns: u64,
    subject: &str,
) -> Option<(String, Option<CauseKind>)> {
    let (work, has_own_limit) = match call {
        "nanosleep" | "clock_nanosleep" => {
            let text = format!("sleep of {}", words::duration(limit_ns));
            return Some((text, Some(CauseKind::Sleep)));
        }
        "poll" | "ppoll" => ("poll", true),
        "select" | "pselect6" => ("select", true),
        "epoll_wait" | "epoll_pwait" | "epoll_pwait2" => ("epoll", is_alone),
        "futex" | "futex_wait" | "futex_waitv" => ("futex", is_alone),
        "rt_sigtimedwait" => ("signal", true),
        "recvfrom" | "recvmsg" | "recvmmsg" => ("receive", true),
        "sendto" | "sendmsg" | "sendmmsg" => ("send", true),
        "accept" | "accept4" => ("accept", true),
        "connect" | "read" | "readv" | "write" | "writev" => (call, true),
        "semtimedop" | "mq_timedsend" | "mq_timedreceive" | "io_getevents" | "io_pgetevents"
        | "io_uring_enter" => (call, true),
        _ => return None,
    };
    let limit = match has_own_limit {
        true => format!("time limit of {}", words::duration(limit_ns)),
        false => "time limit".to_owned(),
    };
    let text = match subject {
        "" => format!("{limit}: {work}"),
        subject => format!("{limit}: {work} on {subject}"),
    };
    Some((text, has_own_limit.then_some(CauseKind::TimeLimit)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_say_what_was_waited_for() {
        let limit_ns = 2_502_100_000;
        for (call, is_alone, subject, expected) in [
            (
                "poll",
                true,
                "UDP 127.0.0.53:53",
                Some("time limit of 2.5 s: poll on UDP 127.0.0.53:53"),
            ),
            ("recvfrom", true, "", Some("time limit of 2.5 s: receive")),
            ("epoll_pwait", false, "", Some("time limit: epoll")),
            ("futex", false, "", Some("time limit: futex")),
            ("clock_nanosleep", true, "", Some("sleep of 2.5 s")),
            ("wait4", true, "", None),
        ] {
            let told = told(call, is_alone, limit_ns, subject);
            let text = told.as_ref().map(|(text, _)| text.as_str());
            assert_eq!(text, expected, "{call}");
        }
    }
}
