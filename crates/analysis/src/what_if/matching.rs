//! Whether a selector names anything, and what it could name.

use std::collections::BTreeSet;

use super::class::Class;
use super::model::Model;
use super::question::Refusal;
use super::selector::{Key, Selector};

/// Fails for a selector that names nothing: with the first key that nothing has which has all values
/// before it, and what there is of that key.
///
/// # Errors
/// That it names nothing.
pub fn check(models: &[Model], selector: &Selector) -> Result<(), Refusal> {
    let mut parts = Vec::new();
    for (key, value) in &selector.parts {
        let before = Selector {
            parts: parts.clone(),
        };
        parts.push((*key, value.clone()));
        let so_far = Selector {
            parts: parts.clone(),
        };
        if matched(models, &so_far).is_empty() {
            return Err(Refusal::Unmatched {
                selector: selector.to_string(),
                key: key.name(),
                values: values(&matched(models, &before), *key),
            });
        }
    }
    Ok(())
}

/// The classes of which a selector names something, each with its stage.
fn matched<'m>(models: &'m [Model], selector: &Selector) -> Vec<(&'m Class, &'m str)> {
    let mut found = Vec::new();
    for model in models {
        let stage = model.stage.as_str();
        let classes = model.classes.iter();
        let named = classes.filter(|class| class.matched(selector, stage).0 > 0);
        found.extend(named.map(|class| (class, stage)));
    }
    found
}

fn values(classes: &[(&Class, &str)], key: Key) -> Vec<String> {
    let values = classes.iter();
    let values = values.flat_map(|(class, stage)| class.values(key, stage));
    let values: BTreeSet<String> = values.filter(|value| !value.is_empty()).collect();
    values.into_iter().collect()
}
