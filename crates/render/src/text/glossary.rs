//! The words that stand in reports, a line for each: docs/glossary.md.

use std::io::{self, Write};

use super::fit;
use super::ink::Ink;
use super::line::{Line, Page};
use crate::Style;

/// The page: the only place where the words are explained.
const PAGE: &str = include_str!("../../../../docs/glossary.md");

/// Columns of a word, with the gap behind it.
const WORD: usize = 16;

/// A word and what it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The word.
    pub word: &'static str,
    /// What it means, in a sentence.
    pub meaning: &'static str,
}

/// All words, in the order of the page.
pub fn entries() -> impl Iterator<Item = Entry> {
    PAGE.lines().filter_map(|line| {
        let (word, meaning) = line.strip_prefix("- **")?.split_once("**: ")?;
        Some(Entry { word, meaning })
    })
}

/// The entries for a word: its own, else those whose word holds it.
pub fn find(word: &str) -> Vec<Entry> {
    let wanted = word.to_lowercase();
    let own: Vec<Entry> = entries().filter(|entry| entry.word == wanted).collect();
    if !own.is_empty() {
        return own;
    }
    let holds = |entry: &Entry| !wanted.is_empty() && entry.word.contains(&wanted);
    entries().filter(holds).collect()
}

/// Writes words and what they mean.
///
/// # Errors
/// Those of `out`.
pub fn write_entries(out: &mut dyn Write, entries: &[Entry], style: Style) -> io::Result<()> {
    let page = &mut Page::new(out, style);
    let room = page.columns() - WORD;
    for entry in entries {
        for (index, text) in fit::wrap(entry.meaning, room).iter().enumerate() {
            let word = if index == 0 { entry.word } else { "" };
            let line = Line::new().left(Ink::Strong, word, WORD);
            page.write(line.text(Ink::Plain, text))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::collections::BTreeSet;

    use super::*;
    use trace::mark::Stage;
    use trace::phase::Phase;
    use trace::role::Role;

    #[test]
    fn every_phase_role_and_stage_is_explained_and_no_word_twice() {
        let words: Vec<&str> = entries().map(|entry| entry.word).collect();
        let known: BTreeSet<&str> = words.iter().copied().collect();
        assert_eq!(known.len(), words.len());
        let phases = Phase::ALL.iter().map(|phase| phase.name());
        let roles = Role::ALL.iter().map(|role| role.name());
        let stages = Stage::ALL.iter().map(|stage| stage.name());
        for name in phases.chain(roles).chain(stages) {
            assert!(known.contains(name), "{name}");
        }
        let is_list = |line: &&str| line.starts_with("- ");
        assert_eq!(PAGE.lines().filter(is_list).count(), words.len());
        assert!(words.iter().all(|word| fit::width(word) < WORD));
    }

    #[test]
    fn a_word_is_found_by_itself_or_by_a_part_of_it() {
        let words = |word| -> Vec<&str> { find(word).iter().map(|entry| entry.word).collect() };
        assert_eq!(words("RCU"), ["rcu"]);
        assert_eq!(words("critical"), ["critical path"]);
        assert_eq!(words("start"), ["start"]);
        assert_eq!(words("xyzzy"), [""; 0]);
        assert_eq!(words(""), [""; 0]);
    }

    #[test]
    fn a_meaning_stands_beside_its_word() {
        let mut out = Vec::new();
        let style = Style::PLAIN;
        write_entries(&mut out, &find("ipc"), style).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(
            text,
            "ipc             waiting for events, pipes, futexes and timers: what is left once\n\
             \x20               the wait has been followed to whoever was awaited.\n"
        );
    }
}
