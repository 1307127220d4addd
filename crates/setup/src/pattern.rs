//! Patterns over names: `*` stands for any characters, `?` for one.

use serde::{Deserialize, Serialize};

/// One pattern or several, as files write them: a text, or an array of texts. `true` and `false` stand
/// for `yes` and `no`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "OneOrMore")]
pub struct Patterns(pub Vec<String>);

impl Patterns {
    /// Whether all of `text` matches one of them.
    pub fn matches(&self, text: &str) -> bool {
        self.0.iter().any(|pattern| matches(pattern, text))
    }

    /// Whether all of `text` matches one of them, or there is none.
    pub fn allows(&self, text: &str) -> bool {
        self.0.is_empty() || self.matches(text)
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(Scalar),
    More(Vec<Scalar>),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Scalar {
    Switch(bool),
    Text(String),
}

impl From<OneOrMore> for Patterns {
    fn from(patterns: OneOrMore) -> Self {
        let text = |scalar| match scalar {
            Scalar::Switch(true) => "yes".to_owned(),
            Scalar::Switch(false) => "no".to_owned(),
            Scalar::Text(text) => text,
        };
        match patterns {
            OneOrMore::One(scalar) => Self(vec![text(scalar)]),
            OneOrMore::More(scalars) => Self(scalars.into_iter().map(text).collect()),
        }
    }
}

/// Whether `pattern` is more than a plain value.
pub fn is_glob(pattern: &str) -> bool {
    pattern.contains(['*', '?'])
}

/// Whether all of `text` matches `pattern`.
pub fn matches(pattern: &str, text: &str) -> bool {
    let mut pattern = pattern.chars();
    match pattern.next() {
        None => text.is_empty(),
        Some('*') => {
            let rest = pattern.as_str();
            let mut tails = text.char_indices().map(|(index, _)| &text[index..]);
            tails.any(|tail| matches(rest, tail)) || matches(rest, "")
        }
        Some(expected) => {
            let mut text = text.chars();
            text.next()
                .is_some_and(|found| expected == '?' || expected == found)
                && matches(pattern.as_str(), text.as_str())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_and_question_marks() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("*", "overlay", true),
            ("c*", "crun", true),
            ("c*", "runc", false),
            ("*run*", "crun", true),
            ("*run*", "runc", true),
            ("?runc", "runc", false),
            ("?run", "crun", true),
            ("host-*-x", "host-gnu", false),
            ("overlay", "overlay2", false),
            ("", "", true),
            ("µ?", "µs", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
        assert!(is_glob("c*") && !is_glob("crun"));
    }
}
