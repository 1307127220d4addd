//! `ctrprof glossary`: what the words in reports mean.

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use super::exit::usage;
use super::{output, pager};
use render::text::glossary::{Entry, entries, find, write_entries};

#[derive(Args, Debug)]
pub struct GlossaryArgs {
    /// The word, or a part of it; without one all are explained
    #[arg(value_name = "WORD")]
    word: Vec<String>,
    /// Do not send what is longer than the terminal through a pager (PAGER, else less)
    #[arg(long)]
    no_pager: bool,
}

pub fn run(args: &GlossaryArgs) -> Result<ExitCode> {
    let word = args.word.join(" ");
    let found: Vec<Entry> = if args.word.is_empty() {
        entries().collect()
    } else {
        find(&word)
    };
    if found.is_empty() {
        let words: Vec<&str> = entries().map(|entry| entry.word).collect();
        return Err(usage(format!(
            "no report has the word '{word}'; the words are {}",
            words.join(", ")
        )));
    }
    let mut text = Vec::new();
    write_entries(&mut text, &found, output::stdout_style())?;
    pager::print(&text, !args.no_pager)?;
    Ok(ExitCode::SUCCESS)
}
