//! What the pictures are drawn from, as JSON for the scripts of the page. Texts are numbers into one list; what
//! there is many of is columns of numbers. Times are nanoseconds since the beginning of the run.

mod lanes;
mod path;
mod stacks;

use std::collections::HashMap;

use analysis::attribution::stack::Stacks;
use analysis::report::Run;
use serde::Serialize;
use trace::phase::Phase;
use trace::role::Role;

use super::Recorded;
use crate::colours::of_phase;
use crate::text::header::run_title;
use crate::text::quantity::duration;
use crate::text::waterfall::letter;

/// The data of a page.
#[derive(Serialize)]
pub(super) struct Data<'a> {
    phases: Vec<PhaseData>,
    roles: Vec<&'static str>,
    runs: Vec<RunData>,
    /// Kernel stacks of the pieces of critical paths, by id: functions, outermost first.
    kernel: HashMap<u32, Vec<u32>>,
    user: Vec<path::UserStackData>,
    frames: Vec<stacks::FrameData>,
    texts: Vec<&'a str>,
}

#[derive(Serialize)]
struct PhaseData {
    name: &'static str,
    letter: &'static str,
    /// On a light ground, and on a dark one.
    colours: [&'static str; 2],
    is_wait: bool,
}

#[derive(Serialize)]
struct RunData {
    title: String,
    wall_ns: u64,
    /// When it began, on the recording's clock.
    start_ns: u64,
    stages: Vec<StageData>,
    lanes: Vec<lanes::LaneData>,
    /// Threads that were blocked all the time.
    left_out: u64,
    path: path::PathData,
    stacks: Vec<stacks::StackData>,
    thread_stacks: Vec<stacks::StackData>,
}

#[derive(Serialize)]
struct StageData {
    name: u32,
    start_ns: u64,
    wall_ns: u64,
}

/// Texts, each once.
#[derive(Default)]
struct Texts {
    list: Vec<String>,
    numbers: HashMap<String, u32>,
}

impl Texts {
    fn number(&mut self, text: &str) -> u32 {
        if let Some(&number) = self.numbers.get(text) {
            return number;
        }
        let number = self.list.len() as u32;
        self.list.push(text.to_owned());
        self.numbers.insert(text.to_owned(), number);
        number
    }
}

/// The phases of pieces that were put together; empty of one piece.
fn several(sums: &[(Phase, u64)]) -> String {
    let sums = sums.iter();
    let sums = sums.map(|(phase, time_ns)| format!("{} {}", phase.name(), duration(*time_ns)));
    sums.collect::<Vec<_>>().join(", ")
}

/// The position of a phase in the list of the page.
fn phase_number(phase: Phase) -> u8 {
    let position = Phase::ALL.iter().position(|&one| one == phase);
    position
        .and_then(|at| u8::try_from(at).ok())
        .unwrap_or(u8::MAX)
}

/// The position of a role in the list of the page.
fn role_number(role: Role) -> u8 {
    let position = Role::ALL.iter().position(|&one| one == role);
    position
        .and_then(|at| u8::try_from(at).ok())
        .unwrap_or(u8::MAX)
}

/// The data of a recording, as JSON.
///
/// # Errors
/// None but those of the writer of JSON.
pub(super) fn json(recorded: &Recorded<'_, '_, '_>) -> serde_json::Result<String> {
    let mut texts = Texts::default();
    let mut frames = stacks::Frames::default();
    let tables = Stacks::new(recorded.attribution.timeline().tables());
    let functions = |stack: u32| -> Vec<String> {
        let functions = tables.functions(stack).iter();
        functions.map(|&name| name.to_owned()).collect()
    };
    let mut kernel = path::Kernel::new(&functions);
    let mut user = path::User::new(recorded.attribution);
    let is_one_of_several = recorded.report.runs.len() > 1;
    let mut runs = Vec::new();
    for (index, run) in recorded.report.runs.iter().enumerate() {
        let title = run_title(run, is_one_of_several.then_some(index));
        let bounds_ns = bounds(run);
        let (lanes, left_out) = lanes::of_run(recorded.attribution, bounds_ns, &mut texts);
        let paths = recorded.paths.iter().filter(|path| path.run == index);
        let paths: Vec<_> = paths.collect();
        let threads = recorded.thread_time.iter().filter(|path| path.run == index);
        let threads: Vec<_> = threads.collect();
        runs.push(RunData {
            title: title.unwrap_or_else(|| "the run".to_owned()),
            wall_ns: bounds_ns.1 - bounds_ns.0,
            start_ns: bounds_ns.0,
            stages: stages(run, bounds_ns.0, &mut texts),
            path: path::of_run(
                &paths,
                bounds_ns,
                &lanes,
                (&mut texts, &mut kernel, &mut user),
            ),
            lanes,
            left_out,
            stacks: frames.stacks(&paths, &functions, &mut texts),
            thread_stacks: frames.stacks(&threads, &functions, &mut texts),
        });
    }
    let data = Data {
        phases: phases(),
        roles: Role::ALL.iter().map(|role| role.name()).collect(),
        runs,
        kernel: kernel.finish(&mut texts),
        user: user.finish(),
        frames: frames.finish(),
        texts: texts.list.iter().map(String::as_str).collect(),
    };
    serde_json::to_string(&data)
}

fn phases() -> Vec<PhaseData> {
    let phases = Phase::ALL.iter();
    phases
        .map(|&phase| PhaseData {
            name: phase.name(),
            letter: letter(phase),
            colours: of_phase(phase),
            is_wait: phase.is_wait(),
        })
        .collect()
}

/// When the first stage of a run began, and when the last ended, on the recording's clock.
fn bounds(run: &Run) -> (u64, u64) {
    let starts = run.stages.iter().map(|stage| stage.start_ns);
    let ends = run
        .stages
        .iter()
        .map(|stage| stage.start_ns + stage.wall_ns);
    let start_ns = starts.min().unwrap_or(0);
    (start_ns, ends.max().unwrap_or(start_ns))
}

fn stages(run: &Run, start_ns: u64, texts: &mut Texts) -> Vec<StageData> {
    let stages = run.stages.iter();
    stages
        .map(|stage| StageData {
            name: texts.number(&stage.name),
            start_ns: stage.start_ns - start_ns,
            wall_ns: stage.wall_ns,
        })
        .collect()
}
