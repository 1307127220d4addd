//! What a user names: `KEY:VALUE[,KEY:VALUE]...[=FACTOR]`.

use std::fmt;

use serde::Deserialize;

use super::factor::Factor;

/// What of a class a selector looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// A phase.
    Phase,
    /// A part of a phase.
    Part,
    /// A role.
    Role,
    /// The name of a process.
    Process,
    /// A system call.
    Call,
    /// A path, as tables of files show it.
    Path,
    /// A kernel lock.
    Lock,
    /// A function, from samples.
    Function,
    /// A cause in words.
    Cause,
    /// A stage.
    Stage,
}

impl Key {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Phase,
        Self::Part,
        Self::Role,
        Self::Process,
        Self::Call,
        Self::Path,
        Self::Lock,
        Self::Function,
        Self::Cause,
        Self::Stage,
    ];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Phase => "phase",
            Self::Part => "part",
            Self::Role => "role",
            Self::Process => "process",
            Self::Call => "call",
            Self::Path => "path",
            Self::Lock => "lock",
            Self::Function => "function",
            Self::Cause => "cause",
            Self::Stage => "stage",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|key| key.name() == text)
    }
}

/// What is selected: all that has these values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selector {
    /// Keys and values.
    pub parts: Vec<(Key, String)>,
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (key, value)) in self.parts.iter().enumerate() {
            let comma = if at > 0 { "," } else { "" };
            write!(f, "{comma}{}:{value}", key.name())?;
        }
        Ok(())
    }
}

/// What is to become of what is selected. In files it is written as on the command line.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Change {
    /// What is selected.
    pub selector: Selector,
    /// What its time is multiplied by.
    pub factor: Factor,
}

impl Change {
    /// Reads a selector with its factor, which is 0 where there is none. A comma begins another key
    /// only where one follows; so values may have commas.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let split = text.rsplit_once('=');
        let (selector, factor) = match split.map(|(left, right)| (left, Factor::parse(right))) {
            Some((left, Some(factor))) => (left, factor),
            Some((_, None)) | None if ends_like_a_factor(text) => {
                return Err(format!(
                    "{text}: a factor is a number from 0 to 1000 with up to 6 digits behind the point"
                ));
            }
            Some((_, None)) | None => (text, Factor::FREE),
        };
        let mut parts: Vec<(Key, String)> = Vec::new();
        for piece in selector.split(',') {
            let key = piece.split_once(':');
            match key.and_then(|(key, value)| Some((Key::parse(key)?, value))) {
                Some((key, value)) => parts.push((key, value.to_owned())),
                None => match parts.last_mut() {
                    Some((_, value)) => {
                        value.push(',');
                        value.push_str(piece);
                    }
                    None => return Err(unknown(text)),
                },
            }
        }
        Ok(Self {
            selector: Selector { parts },
            factor,
        })
    }
}

fn ends_like_a_factor(text: &str) -> bool {
    let last = text.rsplit_once('=').map(|(_, last)| last);
    last.is_some_and(|last| {
        let is_number = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+');
        last.is_empty() || last.bytes().all(is_number)
    })
}

/// The selector, with its factor unless that is 0.
impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.selector)?;
        if self.factor != Factor::FREE {
            write!(f, "={}", self.factor.value())?;
        }
        Ok(())
    }
}

impl TryFrom<String> for Change {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text)
    }
}

fn unknown(text: &str) -> String {
    let keys = Key::ALL.map(Key::name).join(", ");
    format!("{text}: a selector is KEY:VALUE, with the keys {keys}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors_are_keys_and_values_with_a_factor() -> Result<(), String> {
        let change = Change::parse("phase:disk,process:podman=0.5")?;
        assert_eq!(
            change.selector.parts,
            [
                (Key::Phase, "disk".to_owned()),
                (Key::Process, "podman".to_owned())
            ]
        );
        assert_eq!(change.factor.value(), 0.5);
        assert_eq!(change.selector.to_string(), "phase:disk,process:podman");
        Ok(())
    }

    #[test]
    fn without_a_factor_it_is_free_and_values_may_have_commas_and_equals() -> Result<(), String> {
        let change = Change::parse("cause:quota of a, b=c")?;
        assert_eq!(change.factor, Factor::FREE);
        assert_eq!(
            change.selector.parts,
            [(Key::Cause, "quota of a, b=c".to_owned())]
        );
        Ok(())
    }

    #[test]
    fn what_is_none_is_refused_with_the_keys() {
        for wrong in [
            "disk",
            "phaze:disk",
            "phase:disk=-1",
            "phase:disk=1e",
            "phase:disk=",
        ] {
            let refused = Change::parse(wrong);
            assert_eq!(refused.is_err(), wrong != "phase:disk=1e", "{wrong}");
        }
    }
}
