//! The samples of each thread, and the frames of their user stacks.

use std::collections::{HashMap, HashSet};

use super::frame::UserFrame;
use crate::timeline::{ThreadId, Timeline};
use trace::rows::{Sample, Symbol, Tables};

/// The samples of a recording, by thread and time.
#[derive(Debug, Default)]
pub struct Samples<'a> {
    by_thread: HashMap<ThreadId, Vec<&'a Sample>>,
}

impl<'a> Samples<'a> {
    /// Those of a recording.
    pub fn new(timeline: &Timeline<'a>) -> Self {
        let mut by_thread: HashMap<ThreadId, Vec<&Sample>> = HashMap::new();
        for sample in &timeline.tables().samples {
            if let Some(id) = timeline.thread_at(sample.tid, sample.at_ns) {
                by_thread.entry(id).or_default().push(sample);
            }
        }
        for samples in by_thread.values_mut() {
            samples.sort_by_key(|sample| sample.at_ns);
        }
        Self { by_thread }
    }

    /// Those of a thread in `[start_ns, end_ns)`, earliest first.
    pub fn within(&self, id: ThreadId, start_ns: u64, end_ns: u64) -> &[&'a Sample] {
        let samples = self.by_thread.get(&id).map_or(&[][..], Vec::as_slice);
        let at = |time_ns| samples.partition_point(|sample| sample.at_ns < time_ns);
        &samples[at(start_ns)..at(end_ns).max(at(start_ns))]
    }
}

/// The functions at the user addresses of a recording.
#[derive(Debug, Default)]
pub struct UserSymbols<'a> {
    /// By process and address. Several, where the process ran several programs there.
    symbols: HashMap<(u32, u64), Vec<&'a Symbol>>,
    stacks: HashMap<u32, &'a [u64]>,
}

impl<'a> UserSymbols<'a> {
    /// Those of a recording.
    pub fn new(tables: &'a Tables) -> Self {
        let mut symbols: HashMap<(u32, u64), Vec<&Symbol>> = HashMap::new();
        for symbol in tables.symbols.iter().filter(|symbol| symbol.tgid != 0) {
            let key = (symbol.tgid, symbol.address);
            symbols.entry(key).or_default().push(symbol);
        }
        let samples = tables.samples.iter();
        let used: HashSet<u32> = samples.filter_map(|sample| sample.user_stack).collect();
        let stacks = tables.stacks.iter();
        Self {
            symbols,
            stacks: stacks
                .filter(|stack| used.contains(&stack.id))
                .map(|stack| (stack.id, stack.frames.as_slice()))
                .collect(),
        }
    }

    /// The user frames of a sample, innermost first; those of which nothing is known are left out.
    pub fn frames(&self, sample: &Sample) -> Vec<UserFrame> {
        let addresses = sample.user_stack.and_then(|id| self.stacks.get(&id));
        addresses
            .map_or(&[][..], |addresses| *addresses)
            .iter()
            .filter_map(|&address| {
                let symbols = self.symbols.get(&(sample.tgid, address))?;
                let symbol = at(symbols, sample.at_ns)?;
                let is_known = !symbol.name.is_empty() || !symbol.module.is_empty();
                is_known.then(|| UserFrame::new(&symbol.name, &symbol.module))
            })
            .collect()
    }
}

/// The symbol of the program that the process ran at that time.
fn at<'s>(symbols: &[&'s Symbol], at_ns: u64) -> Option<&'s Symbol> {
    let begun = symbols.iter().filter(|symbol| symbol.from_ns <= at_ns);
    begun.max_by_key(|symbol| symbol.from_ns).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use trace::rows::Stack;

    #[test]
    fn a_frame_is_of_the_program_that_ran_at_the_time() {
        let symbol = |name: &str, from_ns| Symbol {
            tgid: 7,
            address: 0x40_1000,
            name: name.to_owned(),
            offset: 0,
            module: "/usr/bin/tool".to_owned(),
            source: String::new(),
            from_ns,
        };
        let sample = |at_ns| Sample {
            at_ns,
            tid: 7,
            tgid: 7,
            cpu: 0,
            syscall: -1,
            kernel_stack: None,
            user_stack: Some(1),
        };
        let tables = Tables {
            symbols: vec![symbol("later", 500), symbol("first", 0)],
            stacks: vec![Stack {
                id: 1,
                frames: vec![0x40_1000, 0x1],
            }],
            samples: vec![sample(100), sample(900)],
            ..Tables::default()
        };
        let symbols = UserSymbols::new(&tables);
        let named = |at_ns| symbols.frames(&sample(at_ns)).remove(0).function;
        assert_eq!(
            (named(100).as_str(), named(900).as_str()),
            ("first", "later")
        );
        assert_eq!(symbols.frames(&sample(100)).len(), 1);
    }
}
