//! Replays of timelines whose ends are known. A computing process is followed by 2 ns in which the one that
//! waited for it waits for a CPU.

use super::answer::Answer;
use super::selector::Change;
use super::{Question, Refusal, answer};
use crate::timeline::fixture::{manifest, number, off_cpu, span, task};
use trace::manifest::Manifest;
use trace::rows::{OffCpu, Span, Tables, Task};

const PARENT: u32 = 7;
const CHILD: u32 = 8;
const OTHER: u32 = 9;
const END_NS: u64 = 150;

fn named(name: &str, mut task: Task) -> Task {
    name.clone_into(&mut task.comm);
    task
}

fn command() -> Manifest {
    let mut manifest = manifest(END_NS);
    manifest.root_tgids = vec![PARENT];
    manifest
}

/// The parent waits for a child that ends at `until_ns`.
fn wait(from_ns: u64, until_ns: u64, child: u32) -> (OffCpu, Span) {
    let row = OffCpu {
        waker_tid: Some(child),
        wake_ns: Some(until_ns),
        syscall: number("wait4") as i32,
        ..off_cpu(PARENT, from_ns, until_ns + 2)
    };
    let call = span(PARENT, "wait4", from_ns, until_ns + 2 - from_ns);
    (row, call)
}

/// A parent that makes a child at 10, computes until 50, and waits for the child until 110.
fn one_child() -> Tables {
    let (row, call) = wait(50, 110, CHILD);
    let mut child = named("child", task(CHILD, PARENT, Some(10)));
    child.ended_ns = Some(110);
    Tables {
        tasks: vec![named("parent", task(PARENT, 1, None)), child],
        off_cpu: vec![row],
        spans: vec![call],
        ..Tables::default()
    }
}

/// The same with another child, from 20 to 90, for which it waits first.
fn two_children() -> Tables {
    let mut tables = one_child();
    let (first, call) = wait(50, 90, OTHER);
    let (second, other_call) = wait(95, 110, CHILD);
    let mut other = named("other", task(OTHER, PARENT, Some(20)));
    other.ended_ns = Some(90);
    tables.tasks.push(other);
    tables.off_cpu = vec![first, second];
    tables.spans = vec![call, other_call];
    tables
}

fn ask(tables: &Tables, changes: &[&str]) -> Result<Answer, String> {
    let changes: Result<_, String> = changes.iter().map(|text| Change::parse(text)).collect();
    let question = Question {
        changes: changes?,
        ..Question::default()
    };
    answer(&command(), tables, &question).map_err(|refusal| refusal.to_string())
}

fn replayed_ns(tables: &Tables, change: &str) -> Result<u64, String> {
    Ok(ask(tables, &[change])?.total.replayed_ns)
}

#[test]
fn a_free_child_saves_what_its_parent_waits_for() -> Result<(), String> {
    // Its own time, without the wait for a CPU after a wait that there is not.
    assert_eq!(replayed_ns(&one_child(), "process:child")?, 50 + 38);
    Ok(())
}

#[test]
fn a_free_parent_still_waits_for_its_child() -> Result<(), String> {
    // All of the child, and the 2 ns in which the parent waits for a CPU.
    let change = "process:parent,phase:user";
    assert_eq!(replayed_ns(&one_child(), change)?, 100 + 2);
    Ok(())
}

#[test]
fn a_factor_is_of_the_time_and_may_be_larger_than_one() -> Result<(), String> {
    let tables = one_child();
    assert_eq!(replayed_ns(&tables, "process:child=1")?, END_NS);
    assert_eq!(replayed_ns(&tables, "process:child=0.9")?, END_NS - 10);
    assert_eq!(replayed_ns(&tables, "process:child=2")?, END_NS + 100);
    Ok(())
}

#[test]
fn a_saving_is_only_up_to_the_end_of_another_child() -> Result<(), String> {
    let tables = two_children();
    // Without the child it waits until 92 for the other, and goes on for 3 and then 38.
    assert_eq!(replayed_ns(&tables, "process:child")?, 92 + 3 + 38);
    // The other was over before the child.
    let answer = ask(&tables, &["process:other"])?;
    assert_eq!(answer.total.saving_ns, 0);
    Ok(())
}

#[test]
fn several_changes_are_made_together() -> Result<(), String> {
    let answer = ask(&two_children(), &["process:child", "process:other=0"])?;
    // The parent's own time: without waits it does not wait for a CPU after them either.
    assert_eq!(answer.total.replayed_ns, 50 + 3 + 38);
    Ok(())
}

#[test]
fn candidates_are_ranked_by_what_they_save() -> Result<(), String> {
    let answer = ask(&two_children(), &[])?;
    let first = answer
        .candidates
        .first()
        .map(|first| first.selector.clone());
    assert_eq!(first.as_deref(), Some("process:parent,phase:user"));
    let child = answer.candidates.iter();
    let mut child = child.filter(|candidate| candidate.selector == "process:child,phase:user");
    let child = child.next().map(|child| child.saving_ns);
    assert_eq!(child, Some(END_NS - 133));
    Ok(())
}

#[test]
fn what_matches_nothing_is_refused_with_what_there_is() {
    let refused = ask(&one_child(), &["process:nobody"]);
    let text = refused.err().unwrap_or_default();
    assert!(
        text.ends_with("of process there are: child, parent"),
        "{text}"
    );
}

#[test]
fn values_are_those_that_there_are_with_the_values_before() {
    let said = |selector| ask(&one_child(), &[selector]).err().unwrap_or_default();
    let text = said("process:child,phase:disk");
    assert!(text.ends_with("of phase there are: user"), "{text}");
    let text = said("process:child,lock:rtnl_mutex");
    assert!(text.ends_with("there is no lock"), "{text}");
}

#[test]
fn stages_and_runs_that_are_not_there_are_refused() {
    let ask = |stage: Option<&str>, run| {
        let question = Question {
            stage: stage.map(str::to_owned),
            run,
            ..Question::default()
        };
        answer(&command(), &one_child(), &question).err()
    };
    assert_eq!(ask(None, Some(2)), Some(Refusal::NoRun { runs: 1 }));
    let stages = vec!["command".to_owned()];
    assert_eq!(ask(Some("create"), None), Some(Refusal::NoStage { stages }));
    assert_eq!(ask(Some("command"), Some(1)), None);
}
