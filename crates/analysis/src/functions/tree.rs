//! Names for user stacks: the subsystem where one is known, else the function that they have in
//! common.
//!
//! Stacks without a subsystem are laid out as a tree, from the start of their program inwards,
//! without the frames that every program has. From the root inwards a function is passed if one
//! that it calls has nine tenths of its samples ([`PASSED_TENTHS`]), and divided if some that it
//! calls have a quarter of all samples each ([`DIVIDED_QUARTERS`]). So a chain of callers goes by
//! its innermost function that matters, and a dispatcher by those that it leads to.

use std::collections::BTreeMap;

use super::frame::UserFrame;
use super::subsystem::{self, Name, innermost, is_entry, is_language};

/// Of ten samples of a function, how many are in one that it calls if it is passed.
const PASSED_TENTHS: u64 = 9;
/// Of four samples of all, how many are in a function that is told from its siblings.
const DIVIDED_QUARTERS: u64 = 1;

/// The name of what has neither a subsystem nor a function.
pub const NO_SYMBOLS: &str = "no symbols";

/// A name for each stack (innermost frame first), given with its samples.
pub fn names(stacks: &[(&[UserFrame], u64)]) -> Vec<Name> {
    let known: Vec<Option<Name>> = stacks
        .iter()
        .map(|(frames, _)| subsystem::of(frames))
        .collect();
    let unnamed = known.iter().enumerate().filter(|(_, name)| name.is_none());
    let rest: Vec<Rest> = unnamed
        .map(|(at, _)| Rest {
            at,
            calls: calls(stacks[at].0),
            samples: stacks[at].1,
        })
        .collect();
    let all: u64 = rest.iter().map(|rest| rest.samples).sum();
    let members: Vec<&Rest> = rest.iter().collect();
    let mut functions = vec![String::new(); stacks.len()];
    divide(&members, 0, None, all, &mut functions);
    let functions = functions.into_iter().zip(stacks);
    let names = known.into_iter().zip(functions);
    names
        .map(|(known, (whole, (frames, _)))| {
            known.unwrap_or_else(|| Name {
                whole,
                part: innermost(frames),
            })
        })
        .collect()
}

/// A stack without a subsystem.
struct Rest {
    at: usize,
    /// Names of its functions, outermost first.
    calls: Vec<String>,
    samples: u64,
}

/// The functions that tell one stack from another, outermost first; of a stack without any, its
/// innermost frame.
fn calls(frames: &[UserFrame]) -> Vec<String> {
    let telling = frames
        .iter()
        .rev()
        .filter(|frame| !is_entry(frame) && !is_language(frame));
    let calls: Vec<String> = telling.map(UserFrame::shown).collect();
    if !calls.is_empty() {
        return calls;
    }
    let known = frames
        .iter()
        .find(|frame| **frame != UserFrame::default())
        .map_or_else(|| NO_SYMBOLS.to_owned(), UserFrame::shown);
    vec![known]
}

/// Names stacks that have `depth` functions in common, of which `name` is the innermost.
fn divide(members: &[&Rest], depth: usize, name: Option<&str>, all: u64, names: &mut [String]) {
    let mut called: BTreeMap<&str, Vec<&Rest>> = BTreeMap::new();
    for rest in members {
        match (rest.calls.get(depth), name) {
            (Some(call), _) => called.entry(call).or_default().push(rest),
            (None, Some(name)) => name.clone_into(&mut names[rest.at]),
            (None, None) => NO_SYMBOLS.clone_into(&mut names[rest.at]),
        }
    }
    let samples_of = |members: &[&Rest]| -> u64 { members.iter().map(|rest| rest.samples).sum() };
    let own = samples_of(members);
    for (call, members) in called {
        let samples = samples_of(&members);
        let is_passed = samples * 10 >= own * PASSED_TENTHS;
        let is_divided = samples * 4 >= all * DIVIDED_QUARTERS;
        match name {
            Some(name) if !is_passed && !is_divided => {
                for rest in members {
                    name.clone_into(&mut names[rest.at]);
                }
            }
            Some(_) | None => divide(&members, depth + 1, Some(call), all, names),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names of stacks: `function < caller < ...`, each with its samples.
    fn named(stacks: &[(&str, u64)]) -> Vec<String> {
        let stacks: Vec<(Vec<UserFrame>, u64)> = stacks
            .iter()
            .map(|(text, samples)| {
                let frames = text.split(" < ").map(|frame| {
                    let (function, module) = frame.split_once('@').unwrap_or((frame, "tool"));
                    UserFrame::new(function, module)
                });
                (frames.collect(), *samples)
            })
            .collect();
        let borrowed: Vec<(&[UserFrame], u64)> = stacks
            .iter()
            .map(|(frames, samples)| (frames.as_slice(), *samples))
            .collect();
        let names = names(&borrowed);
        names.into_iter().map(|name| name.whole).collect()
    }

    #[test]
    fn a_chain_goes_by_its_innermost_function_that_matters() {
        let found = named(&[
            ("burn < work < run < main < __libc_start_main@libc.so.6", 90),
            ("memcpy@libc.so.6 < burn < work < run < main", 8),
            ("report < run < main", 2),
        ]);
        assert_eq!(found, ["burn", "burn", "run"]);
    }

    #[test]
    fn a_dispatcher_goes_by_those_that_it_leads_to() {
        let found = named(&[
            ("parse < run < main", 50),
            ("lex < parse < run < main", 5),
            ("print < run < main", 40),
            ("free_all < run < main", 5),
        ]);
        assert_eq!(found, ["parse", "parse", "print", "run"]);
    }

    #[test]
    fn goroutines_are_told_apart_from_their_start() {
        let found = named(&[
            ("net/http.(*conn).serve < runtime.goexit", 3),
            ("main.watch < runtime.goexit", 1),
        ]);
        assert_eq!(found, ["net/http.(*conn).serve", "main.watch"]);
    }

    #[test]
    fn stacks_without_symbols_go_by_their_file() {
        let found = named(&[("@crun", 3), ("memcpy@libc.so.6 < @crun", 1), ("@", 1)]);
        assert_eq!(found, ["[crun]", "memcpy", NO_SYMBOLS]);
    }
}
