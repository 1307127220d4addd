//! The cost of ctrprof's own probes to the system calls that they record.
//!
//! It is calibrated at both ends of a recording ([`trace::manifest::CallCost`]); between them it is
//! taken to change evenly. What a machine does in between is seen by samples: their number in the
//! probes, against the number that the calibrated cost of all recorded calls would have, at so many
//! samples for each time on a CPU as there are, corrects it. The fewer samples there are, the more the calibration counts: as much as
//! [`CALIBRATION_WEIGHT`] samples.

use profiler_common::SyscallClass;

use super::call::Calls;
use super::stack::Stacks;
use crate::report::ObserverEstimate;
use crate::timeline::{Thread, Timeline};
use trace::manifest::{CallCost, Manifest};

/// Samples that a calibration counts for: those whose number has the relative error (1 over its
/// root) that a calibration was found to have, about a seventh.
const CALIBRATION_WEIGHT: f64 = 50.0;

/// A kind of call, by what the probes read for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Plain,
    Descriptor,
    Path,
}

/// The cost of the probes on system calls.
#[derive(Clone, Debug, Default)]
pub struct Observer {
    /// At one end or at both.
    costs: Vec<CallCost>,
    /// By number.
    kinds: Vec<Kind>,
    /// True cost over calibrated cost.
    scale: f64,
    estimate: Option<ObserverEstimate>,
}

impl Observer {
    /// Takes the calibrated costs, and corrects them by samples.
    pub(super) fn new(
        manifest: &Manifest,
        timeline: &Timeline<'_>,
        calls: &Calls,
        stacks: &Stacks<'_>,
    ) -> Self {
        let numbers = 0..profiler_common::SYSCALL_TABLE_LEN as u32;
        let mut observer = Self {
            costs: manifest.observer.calls.clone(),
            kinds: numbers.map(|number| kind_of(calls, number)).collect(),
            scale: 1.0,
            estimate: None,
        };
        if !observer.costs.is_empty() {
            observer.correct(manifest, timeline, stacks);
        }
        observer
    }

    fn correct(&mut self, manifest: &Manifest, timeline: &Timeline<'_>, stacks: &Stacks<'_>) {
        let samples = timeline.tables().samples.iter();
        let in_probes = samples.filter(|sample| {
            let meaning = stacks.meaning(sample.kernel_stack);
            meaning.is_some_and(|meaning| meaning.in_call_probe)
        });
        let seen = in_probes.count() as f64;
        let expected = self.whole_ns(timeline) * samples_per_ns(timeline);
        let scale = if manifest.sample_hz == 0 || expected == 0.0 {
            1.0
        } else {
            (seen + CALIBRATION_WEIGHT) / (expected + CALIBRATION_WEIGHT)
        };
        let by_number = 1.0 / (seen + CALIBRATION_WEIGHT).sqrt();
        let error = by_number.hypot(self.drift() / 2.0);
        self.scale = scale;
        self.estimate = Some(ObserverEstimate {
            samples: seen as u64,
            scale_ppm: (scale * 1e6) as u64,
            error_ppm: (error * 1e6) as u64,
        });
    }

    /// The calibrated cost of all calls of the recording, in nanoseconds.
    fn whole_ns(&self, timeline: &Timeline<'_>) -> f64 {
        let tables = timeline.tables();
        let spans = tables.spans.iter().map(|span| {
            let at_ns = span.start_ns;
            self.inside_ns(at_ns) + self.outside_ns(span.nr, at_ns)
        });
        let totals = tables.totals.iter().map(|total| {
            let each_ns = self.inside_ns(total.to_ns) + self.outside_ns(total.nr, total.to_ns);
            u64::from(total.count) * each_ns
        });
        spans.chain(totals).sum::<u64>() as f64
    }

    /// How far the two calibrations are apart, over their mean.
    fn drift(&self) -> f64 {
        let (Some(first), Some(last)) = (self.costs.first(), self.costs.last()) else {
            return 0.0;
        };
        let sum = |cost: &CallCost| (cost.inside_ns + cost.plain_ns) as f64;
        let mean = f64::midpoint(sum(first), sum(last)).max(1.0);
        (sum(first) - sum(last)).abs() / mean
    }

    /// What is said of its accuracy; nothing where it was not calibrated.
    pub fn estimate(&self) -> Option<&ObserverEstimate> {
        self.estimate.as_ref()
    }

    /// Whether it is known at all.
    pub fn is_known(&self) -> bool {
        !self.costs.is_empty()
    }

    /// The cost to a call within its recorded duration, in nanoseconds.
    pub fn inside_ns(&self, at_ns: u64) -> u64 {
        self.at(at_ns, |cost| cost.inside_ns)
    }

    /// The cost to a call of this number before and after its recorded duration, in nanoseconds.
    pub fn outside_ns(&self, number: u32, at_ns: u64) -> u64 {
        let kind = self.kinds.get(number as usize).unwrap_or(&Kind::Plain);
        self.at(at_ns, |cost| match kind {
            Kind::Plain => cost.plain_ns,
            Kind::Descriptor => cost.descriptor_ns,
            Kind::Path => cost.path_ns,
        })
    }

    fn at(&self, at_ns: u64, of: impl Fn(&CallCost) -> u64) -> u64 {
        let (Some(first), Some(last)) = (self.costs.first(), self.costs.last()) else {
            return 0;
        };
        let whole_ns = last.at_ns.saturating_sub(first.at_ns).max(1);
        let past_ns = at_ns.saturating_sub(first.at_ns).min(whole_ns);
        let share = past_ns as f64 / whole_ns as f64;
        let calibrated_ns = of(first) as f64 * (1.0 - share) + of(last) as f64 * share;
        (calibrated_ns * self.scale).round() as u64
    }
}

/// Samples for each nanosecond that tracked threads were on a CPU: a machine that is busy can be slow
/// to take them.
fn samples_per_ns(timeline: &Timeline<'_>) -> f64 {
    let on_cpu_ns: u64 = timeline
        .thread_ids()
        .map(|id| on_cpu_ns(timeline, timeline.thread(id)))
        .sum();
    timeline.tables().samples.len() as f64 / on_cpu_ns.max(1) as f64
}

fn on_cpu_ns(timeline: &Timeline<'_>, thread: &Thread) -> u64 {
    let Some(from_ns) = thread.tracked_from_ns else {
        return 0;
    };
    let off_cpu_ns: u64 = thread
        .off_cpu()
        .iter()
        .map(|&row| {
            let off_cpu = timeline.off_cpu(row);
            let to_ns = off_cpu.to_ns.unwrap_or(thread.ended_ns);
            to_ns.saturating_sub(off_cpu.from_ns.max(from_ns))
        })
        .sum();
    let lived_ns = thread.ended_ns.saturating_sub(from_ns);
    lived_ns.saturating_sub(off_cpu_ns)
}

fn kind_of(calls: &Calls, number: u32) -> Kind {
    const PATHS: SyscallClass = SyscallClass::PATH0.and(SyscallClass::PATH1);
    const DESCRIPTORS: SyscallClass = SyscallClass::FD0
        .and(SyscallClass::FD4)
        .and(SyscallClass::RETURNS_FD);
    match calls.get(number) {
        Some(call) if call.class.has_any(PATHS) => Kind::Path,
        Some(call) if call.class.has_any(DESCRIPTORS) => Kind::Descriptor,
        Some(_) | None => Kind::Plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribution::Attribution;
    use crate::timeline::fixture::{manifest, number, span, task};
    use trace::rows::{Sample, Stack, Symbol, Tables};

    fn cost(at_ns: u64, inside_ns: u64, plain_ns: u64) -> CallCost {
        CallCost {
            at_ns,
            inside_ns,
            plain_ns,
            descriptor_ns: plain_ns + 50,
            path_ns: plain_ns + 200,
        }
    }

    fn sample(at_ns: u64, is_in_probe: bool) -> Sample {
        Sample {
            at_ns,
            tid: 7,
            tgid: 7,
            cpu: 0,
            syscall: -1,
            kernel_stack: is_in_probe.then_some(1),
            user_stack: None,
        }
    }

    fn tables((samples, in_probes): (u64, u64)) -> Tables {
        Tables {
            tasks: vec![task(7, 1, None)],
            spans: (0..1000)
                .map(|at| span(7, "getppid", at * 1000, 200))
                .collect(),
            samples: (0..samples)
                .map(|at| sample(at * 1000, at < in_probes))
                .collect(),
            stacks: vec![Stack {
                id: 1,
                frames: vec![16],
            }],
            symbols: vec![Symbol {
                from_ns: 0,
                tgid: 0,
                address: 16,
                name: "__bpf_trace_sys_exit".to_owned(),
                offset: 0,
                module: String::new(),
                source: String::new(),
            }],
            ..Tables::default()
        }
    }

    fn with(costs: Vec<CallCost>, sample_hz: u32, samples: (u64, u64), check: impl Fn(&Observer)) {
        let mut manifest = manifest(1_000_000);
        manifest.observer.calls = costs;
        manifest.sample_hz = sample_hz;
        let tables = tables(samples);
        let timeline = Timeline::new(&manifest, &tables);
        check(Attribution::new(&manifest, &timeline).observer());
    }

    #[test]
    fn between_two_calibrations_the_cost_changes_evenly() {
        let costs = vec![cost(0, 100, 300), cost(1_000_000, 200, 500)];
        with(costs, 0, (0, 0), |observer| {
            assert_eq!(observer.inside_ns(0), 100);
            assert_eq!(observer.inside_ns(500_000), 150);
            assert_eq!(observer.outside_ns(number("getppid"), 1_000_000), 500);
            assert_eq!(observer.outside_ns(number("lseek"), 0), 350);
            assert_eq!(observer.outside_ns(number("openat"), 0), 500);
        });
    }

    #[test]
    fn samples_correct_it_the_more_the_more_there_are() {
        // 1 000 calls of 400 ns are 400 samples, where there are 1 000 in a millisecond.
        let found = |in_probes| {
            let scale = std::cell::Cell::new(0.0);
            with(
                vec![cost(0, 100, 300)],
                1_000_000,
                (1_000, in_probes),
                |observer| {
                    scale.set(observer.scale);
                },
            );
            scale.get()
        };
        assert!((found(400) - 1.0).abs() < 1e-9);
        assert!((found(850) - 2.0).abs() < 1e-9);
        with(vec![cost(0, 100, 300)], 1000, (0, 0), |observer| {
            assert!((observer.scale - 1.0).abs() < 0.01);
        });
    }

    #[test]
    fn nothing_is_known_without_calibration() {
        with(Vec::new(), 1000, (10, 10), |observer| {
            assert!(!observer.is_known());
            assert_eq!(observer.outside_ns(number("close"), 5), 0);
            assert_eq!(observer.estimate(), None);
        });
    }
}
