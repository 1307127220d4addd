//! Stacks from the stage down to functions, as wide as their time.

use std::io::{self, Write};

use analysis::icicle::{Node, Short, trees};
use analysis::report::path::StagePath;
use analysis::stacks::{FrameKind, KernelFunctions, of_stage};
use maud::{Markup, html};
use trace::manifest::Manifest;
use trace::phase::Phase;

use super::frame::{HEAD, INK, LINE, Picture, QUIET, RAISED, fill, ink};
use super::waterfall::phases;
use super::{MARGIN, Scale, WIDTH, fitted, title};
use crate::text::fit;
use crate::text::quantity::{duration, grouped, share};
use crate::viewers::Weight;

/// Height of a row, and what of it is a box.
const ROW: usize = 20;
const BOX: usize = 19;

const NOTE: &str = "From above: stage, role, process, phase, kind, system call, functions. Dotted edge: time divided by samples. Grey: narrower than a pixel, put together.";

/// Writes the icicle; stages of one name are put together, those of several runs, too.
///
/// # Errors
/// Those of `out`.
pub fn write_icicle(
    out: &mut dyn Write,
    (manifest, weight): (&Manifest, Weight),
    paths: &[StagePath],
    kernel: &KernelFunctions<'_>,
) -> io::Result<()> {
    let segments = paths.iter().flat_map(|path| &path.segments);
    let whole_ns: u64 = segments.map(|segment| segment.duration_ns).sum();
    let scale = Scale {
        left: MARGIN,
        pixels: WIDTH - 2 * MARGIN,
        whole_ns,
    };
    let stacks = paths.iter().flat_map(|path| of_stage(path, kernel));
    let stages = trees(stacks, scale.pixel_ns());
    let mut boxes = Boxes {
        scale,
        drawn: Vec::new(),
        rows: 0,
    };
    let mut from_ns = 0;
    for stage in &stages {
        boxes.add(
            stage,
            &Place {
                row: 0,
                from_ns,
                stage: &stage.frame.name,
                phase: None,
                above: "",
            },
        );
        from_ns += stage.total_ns;
    }
    let picture = Picture {
        title: &title(manifest),
        facts: &format!("{} of all stages, {}", weight.name(), duration(whole_ns)),
        note: NOTE,
        phases: &phases(paths),
    };
    let drawn = html! { @for one in &boxes.drawn { (one) } };
    picture.write(out, &drawn, boxes.rows * ROW)
}

/// Where a frame is drawn, and what it is below.
#[derive(Clone, Copy)]
struct Place<'p> {
    row: usize,
    from_ns: u64,
    stage: &'p str,
    phase: Option<Phase>,
    /// The frames above it, as a text.
    above: &'p str,
}

struct Boxes {
    scale: Scale,
    drawn: Vec<Markup>,
    rows: usize,
}

impl Boxes {
    fn add(&mut self, node: &Node, place: &Place<'_>) {
        let phase = place.phase.or_else(|| phase_of(node));
        let stack = match place.above {
            "" => node.frame.name.clone(),
            above => format!("{above} › {}", node.frame.name),
        };
        self.rows = self.rows.max(place.row + 1);
        self.drawn.push(self.node(node, place, (phase, &stack)));
        let mut below = Place {
            row: place.row + 1,
            from_ns: place.from_ns,
            stage: place.stage,
            phase,
            above: &stack,
        };
        for child in &node.children {
            self.add(child, &below);
            below.from_ns += child.total_ns;
        }
        if node.short.count > 0 {
            self.rows = self.rows.max(below.row + 1);
            self.drawn.push(self.short(&node.short, &below));
        }
    }

    fn node(
        &self,
        node: &Node,
        place: &Place<'_>,
        (phase, stack): (Option<Phase>, &str),
    ) -> Markup {
        let extent = self
            .scale
            .extent(place.from_ns, place.from_ns + node.total_ns);
        let top = HEAD + place.row * ROW;
        let name = fit::clean(&node.frame.name);
        let timed = format!("{name} {}", duration(node.total_ns));
        let has_room = fit::width(&timed) <= extent.columns();
        let label = if has_room {
            timed
        } else {
            fitted(&name, extent.columns())
        };
        let colour = match phase {
            None => RAISED.to_owned(),
            Some(phase) => fill(phase),
        };
        let is_phase = node.frame.kind == FrameKind::Phase;
        html! {
            rect x=(extent.x()) y=(top) width=(extent.width()) height=(BOX) fill=(colour)
                stroke=(if node.is_estimate { QUIET } else { "#ffffff" }) stroke-width="0.7"
                stroke-dasharray=[node.is_estimate.then_some("2 2")]
                data-stage=(fit::clean(place.stage)) data-kind=(kind_name(node.frame.kind))
                data-phase=[is_phase.then_some(&name)] data-ns=(node.total_ns) {
                title { (self.told(node, stack)) }
            }
            @if !label.is_empty() {
                text x=(extent.text_x()) y=(top + 13) fill=(phase.map_or(INK, ink)) pointer-events="none" { (label) }
            }
        }
    }

    fn told(&self, node: &Node, stack: &str) -> String {
        let module = match node.frame.module.as_str() {
            "" => String::new(),
            module => format!("\n{}", fit::clean(module)),
        };
        let estimate = if node.is_estimate {
            "\ndivided in proportion to samples"
        } else {
            ""
        };
        format!(
            "{}{module}\n{} ({} ns, {}){estimate}",
            fit::clean(stack),
            duration(node.total_ns),
            grouped(node.total_ns),
            share(node.total_ns, self.scale.whole_ns)
        )
    }

    fn short(&self, short: &Short, place: &Place<'_>) -> Markup {
        let extent = self
            .scale
            .extent(place.from_ns, place.from_ns + short.total_ns);
        let phases = short.phases.iter();
        let sums: Vec<String> = phases
            .clone()
            .map(|(name, ns)| format!("{name} {ns}"))
            .collect();
        let told: Vec<String> = phases
            .map(|(name, ns)| format!("\n{name} {}", duration(*ns)))
            .collect();
        html! {
            rect x=(extent.x()) y=(HEAD + place.row * ROW) width=(extent.width()) height=(BOX) fill=(LINE)
                data-stage=(fit::clean(place.stage)) data-kind="short" data-sums=[(!sums.is_empty()).then(|| sums.join(","))]
                data-ns=(short.total_ns) {
                title {
                    (fit::clean(place.above)) " › " (short.count) " narrower than a pixel\n"
                    (duration(short.total_ns)) " (" (grouped(short.total_ns)) " ns)" (told.concat())
                }
            }
        }
    }
}

fn phase_of(node: &Node) -> Option<Phase> {
    let mut phases = Phase::ALL.iter();
    let is_phase = node.frame.kind == FrameKind::Phase;
    phases
        .find(|phase| is_phase && phase.name() == node.frame.name)
        .copied()
}

const fn kind_name(kind: FrameKind) -> &'static str {
    match kind {
        FrameKind::Stage => "stage",
        FrameKind::Role => "role",
        FrameKind::Process => "process",
        FrameKind::Phase => "phase",
        FrameKind::Subphase => "kind",
        FrameKind::Call => "call",
        FrameKind::Kernel => "kernel",
        FrameKind::User => "user",
    }
}
