//! Texts of a trace, each written once: events refer to them by number.

use std::collections::HashMap;

use super::message::{AnnotationName, AnnotationValue, DebugAnnotation, EventName, InternedData};

/// An argument of an event, as viewers show it.
pub(super) struct Argument {
    pub(super) name: &'static str,
    pub(super) value: Value,
}

/// What an argument is.
pub(super) enum Value {
    Text(String),
    Number(i64),
}

/// The texts so far, by kind: numbers of one kind begin at 1.
#[derive(Default)]
pub(super) struct Interned {
    names: Numbers,
    argument_names: Numbers,
    values: Numbers,
    /// Those that the next packet has to define.
    new: InternedData,
}

#[derive(Default)]
struct Numbers(HashMap<String, u64>);

impl Numbers {
    /// The number of a text, and whether it is a new one.
    fn number(&mut self, text: &str) -> (u64, bool) {
        if let Some(&number) = self.0.get(text) {
            return (number, false);
        }
        let number = self.0.len() as u64 + 1;
        self.0.insert(text.to_owned(), number);
        (number, true)
    }
}

impl Interned {
    /// The number of an event's name; 0, which is none, for an empty one.
    pub(super) fn name(&mut self, name: &str) -> u64 {
        if name.is_empty() {
            return 0;
        }
        let (iid, is_new) = self.names.number(name);
        if is_new {
            let name = name.to_owned();
            self.new.event_names.push(EventName { iid, name });
        }
        iid
    }

    /// An argument as it is written.
    pub(super) fn argument(&mut self, argument: &Argument) -> DebugAnnotation {
        let (name_iid, is_new) = self.argument_names.number(argument.name);
        if is_new {
            let name = argument.name.to_owned();
            let iid = name_iid;
            self.new.argument_names.push(AnnotationName { iid, name });
        }
        let (mut text_iid, mut number) = (None, None);
        match &argument.value {
            Value::Text(text) => text_iid = Some(self.value(text)),
            Value::Number(value) => number = Some(*value),
        }
        DebugAnnotation {
            name_iid,
            number,
            text_iid,
        }
    }

    fn value(&mut self, text: &str) -> u64 {
        let (iid, is_new) = self.values.number(text);
        if is_new {
            let text = text.to_owned();
            self.new.argument_values.push(AnnotationValue { iid, text });
        }
        iid
    }

    /// What is new since the last call, if anything is.
    pub(super) fn take_new(&mut self) -> Option<InternedData> {
        let new = std::mem::take(&mut self.new);
        (new != InternedData::default()).then_some(new)
    }
}
