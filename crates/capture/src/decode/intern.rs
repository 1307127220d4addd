//! Strings and stacks that occur many times are kept once.

use std::collections::HashMap;

/// Gives each distinct value a number, in the order in which they come.
#[derive(Debug)]
pub struct Interner<T> {
    ids: HashMap<T, u32>,
}

impl<T> Default for Interner<T> {
    fn default() -> Self {
        Self {
            ids: HashMap::new(),
        }
    }
}

impl<T: std::hash::Hash + Eq + Clone> Interner<T> {
    /// The number of a value, and the value itself where it is new.
    pub fn intern(&mut self, value: T) -> (u32, Option<T>) {
        if let Some(&id) = self.ids.get(&value) {
            return (id, None);
        }
        let id = self.ids.len() as u32;
        self.ids.insert(value.clone(), id);
        (id, Some(value))
    }
}
