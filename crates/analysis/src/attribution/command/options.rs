//! Taking arguments apart into options and the words between them.

/// Which options take a value that is a word of its own, by name without dashes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Valued {
    /// These.
    Only(&'static [&'static str]),
    /// All but these.
    AllBut(&'static [&'static str]),
}

impl Valued {
    fn takes_value(self, name: &str) -> bool {
        match self {
            Self::Only(names) => names.contains(&name),
            Self::AllBut(names) => !names.contains(&name),
        }
    }
}

/// How a program reads its options.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grammar {
    pub(super) valued: Valued,
    /// Whether options may come behind the first word that is none.
    pub(super) is_mixed: bool,
    /// Whether `-name` is one option (Go's package flag), not several of one letter.
    pub(super) has_single_dashes: bool,
}

impl Grammar {
    /// Options come before all other words.
    pub(super) const fn leading(valued: Valued) -> Self {
        Self {
            valued,
            is_mixed: false,
            has_single_dashes: false,
        }
    }

    /// Options come anywhere.
    pub(super) const fn mixed(valued: Valued) -> Self {
        Self {
            is_mixed: true,
            ..Self::leading(valued)
        }
    }
}

/// Arguments, taken apart.
#[derive(Debug, Default)]
pub(super) struct Parsed<'a> {
    options: Vec<(&'a str, Option<&'a str>)>,
    /// What is no option.
    pub(super) words: Vec<&'a str>,
}

impl<'a> Parsed<'a> {
    /// The value of the last option of one of these names.
    pub(super) fn value(&self, names: &[&str]) -> Option<&'a str> {
        let mut options = self.options.iter().rev();
        options.find(|(name, _)| names.contains(name))?.1
    }

    /// Whether a switch is on: given, and not as `=false`.
    pub(super) fn is_on(&self, names: &[&str]) -> bool {
        let mut options = self.options.iter().rev();
        let last = options.find(|(name, _)| names.contains(name));
        last.is_some_and(|(_, value)| *value != Some("false"))
    }
}

/// Takes arguments apart.
pub(super) fn parse<'a>(arguments: &[&'a str], grammar: Grammar) -> Parsed<'a> {
    let mut parsed = Parsed::default();
    let mut rest = arguments.iter().copied();
    while let Some(argument) = rest.next() {
        let option = argument.strip_prefix('-').filter(|name| !name.is_empty());
        match option {
            Some("-") => parsed.words.extend(rest.by_ref()),
            Some(name) => {
                let long = name.strip_prefix('-');
                match long.or(grammar.has_single_dashes.then_some(name)) {
                    Some(long) => parsed.long(long, &mut rest, grammar.valued),
                    None => parsed.letters(name, &mut rest, grammar.valued),
                }
            }
            None => {
                parsed.words.push(argument);
                if !grammar.is_mixed {
                    parsed.words.extend(rest.by_ref());
                }
            }
        }
    }
    parsed
}

impl<'a> Parsed<'a> {
    fn long(&mut self, text: &'a str, rest: &mut impl Iterator<Item = &'a str>, valued: Valued) {
        let option = match text.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None if valued.takes_value(text) => (text, rest.next()),
            None => (text, None),
        };
        self.options.push(option);
    }

    /// Options of one letter; the value of the last may be what follows it in the same word.
    fn letters(&mut self, text: &'a str, rest: &mut impl Iterator<Item = &'a str>, valued: Valued) {
        for (at, letter) in text.char_indices() {
            let end = at + letter.len_utf8();
            let name = &text[at..end];
            if valued.takes_value(name) {
                let joined = &text[end..];
                let value = match joined.strip_prefix('=').unwrap_or(joined) {
                    "" => rest.next(),
                    joined => Some(joined),
                };
                self.options.push((name, value));
                return;
            }
            self.options.push((name, None));
        }
    }
}
