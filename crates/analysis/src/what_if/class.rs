//! Classes of time: what is alike in all that a selector can name.

use std::collections::HashMap;

use super::selector::{Key, Selector};
use crate::attribution::cause::CauseId;
use crate::attribution::critical_path::{self, Piece};
use crate::attribution::files::PatternId;
use crate::attribution::{Attribution, Category};
use trace::phase::Phase;
use trace::role::Role;

/// Position of a class.
pub type ClassId = usize;

/// What time of a class is, in the words of the report; empty where it does not apply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Class {
    /// Phase.
    pub phase: Phase,
    /// Part of the phase.
    pub part: String,
    /// Role of the process.
    pub role: Role,
    /// Name of the process.
    pub process: String,
    /// System call.
    pub call: String,
    /// Pattern of the path that the call works on.
    pub path: String,
    /// Cause in words.
    pub cause: String,
    /// Functions and parts of functions with their samples. They are those of all user time of the
    /// process.
    pub functions: Vec<Function>,
}

/// A function, as the report names it, with its samples.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// The name of its part.
    pub part: String,
    /// How many samples are of it.
    pub samples: u64,
}

impl Class {
    /// How much of the time a selector names: so many of so many shares.
    pub fn matched(&self, selector: &Selector, stage: &str) -> (u64, u64) {
        let mut share = (1, 1);
        for (key, value) in &selector.parts {
            if *key == Key::Function {
                let all = self.functions.iter().map(|function| function.samples).sum();
                let named = self.functions.iter();
                let named =
                    named.filter(|function| [&function.name, &function.part].contains(&value));
                share = (named.map(|function| function.samples).sum(), all);
            } else if self.values(*key, stage).iter().all(|own| own != value) {
                return (0, 1);
            }
        }
        share
    }

    /// What it has for a key.
    pub fn values(&self, key: Key, stage: &str) -> Vec<String> {
        let one = |text: &str| vec![text.to_owned()];
        match key {
            Key::Phase => one(self.phase.name()),
            Key::Part => one(&self.part),
            Key::Role => one(self.role.name()),
            Key::Process => one(&self.process),
            Key::Call => one(&self.call),
            Key::Path => one(&self.path),
            Key::Lock if self.phase == Phase::Locks => one(&self.part),
            Key::Lock => Vec::new(),
            Key::Cause => one(&self.cause),
            Key::Stage => one(stage),
            Key::Function => {
                let names = self.functions.iter();
                names
                    .flat_map(|function| [function.name.clone(), function.part.clone()])
                    .collect()
            }
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Alike<'a> {
    category: Category<'a>,
    role: Role,
    process: &'a str,
    call: Option<&'static str>,
    path: Option<PatternId>,
    cause: Option<CauseId>,
}

/// The classes of pieces, each once.
pub(super) struct Classes<'c, 'a> {
    attribution: &'c Attribution<'c, 'a>,
    ids: HashMap<Alike<'a>, ClassId>,
    pub(super) all: Vec<Class>,
}

impl<'c, 'a> Classes<'c, 'a> {
    pub(super) fn new(attribution: &'c Attribution<'c, 'a>) -> Self {
        Self {
            attribution,
            ids: HashMap::new(),
            all: Vec::new(),
        }
    }

    /// The class of a piece.
    pub(super) fn of(&mut self, piece: &Piece, category: Category<'a>) -> ClassId {
        let attribution = self.attribution;
        let timeline = attribution.timeline();
        let process = timeline.thread(piece.thread).process;
        let alike = Alike {
            category,
            role: attribution.roles().role_at(process, piece.start_ns),
            process: attribution.name(piece.thread, piece.start_ns),
            call: critical_path::call_of(timeline, piece),
            path: piece.span.and_then(|row| attribution.files().of_span(row)),
            cause: attribution.causes().of(attribution, piece),
        };
        if let Some(&id) = self.ids.get(&alike) {
            return id;
        }
        let id = self.all.len();
        self.all.push(self.told(&alike));
        self.ids.insert(alike, id);
        id
    }

    fn told(&self, alike: &Alike<'_>) -> Class {
        let attribution = self.attribution;
        let path = alike.path.map(|path| attribution.files().pattern(path));
        Class {
            phase: alike.category.phase,
            part: part_name(&alike.category),
            role: alike.role,
            process: alike.process.to_owned(),
            call: alike.call.unwrap_or_default().to_owned(),
            path: path.unwrap_or_default().to_owned(),
            cause: attribution.causes().text(alike.cause).to_owned(),
            functions: Vec::new(),
        }
    }
}

fn part_name(category: &Category<'_>) -> String {
    match category.phase {
        // The part is the role, which has a key of its own.
        Phase::User | Phase::Observer => String::new(),
        _ => category.part.kind(),
    }
}
