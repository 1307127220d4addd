//! Patterns over the values of an axis: `*` stands for any characters, `?` for one.

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
