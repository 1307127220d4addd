//! Reading Rust source just closely enough to know which paths it names: comments, literals and
//! test modules are left out, `use` trees are unfolded.

/// A path such as `crate::model::rows`, and the line on which it ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathUse {
    /// Its segments.
    pub segments: Vec<String>,
    /// The line, from 1.
    pub line: usize,
}

/// A word, `::`, or another character, and its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Its text; empty for a literal.
    pub text: String,
    /// Its line, from 1.
    pub line: usize,
}

impl Token {
    fn is_word(&self) -> bool {
        self.text
            .starts_with(|first: char| first.is_alphabetic() || first == '_')
    }
}

/// The paths of two segments and more that `source` names outside of its tests.
pub fn paths(source: &str) -> Vec<PathUse> {
    let tokens = without_tests(tokens(source));
    let mut paths = Vec::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        if token.is_word() && tokens.get(at + 1).is_some_and(|next| next.text == "::") {
            at = unfold(&tokens, at, &[], &mut paths);
        } else if token.text == "use" && tokens.get(at + 1).is_some_and(|next| next.text == "{") {
            at = unfold(&tokens, at + 1, &[], &mut paths);
        } else {
            at += 1;
        }
    }
    paths.retain(|path| path.segments.len() > 1);
    paths
}

/// Reads the path or the braced list of paths at `at`, appends it with `prefix` before it, and
/// returns where it ends.
fn unfold(tokens: &[Token], mut at: usize, prefix: &[String], paths: &mut Vec<PathUse>) -> usize {
    let mut segments = prefix.to_vec();
    while let Some(token) = tokens.get(at) {
        if token.text == "{" && (segments.len() > prefix.len() || prefix.is_empty()) {
            return unfold_list(tokens, at + 1, &segments, paths);
        }
        if !token.is_word() && token.text != "*" {
            break;
        }
        segments.push(token.text.clone());
        at += 1;
        if tokens.get(at).is_none_or(|next| next.text != "::") {
            break;
        }
        at += 1;
    }
    let line = tokens
        .get(at.saturating_sub(1))
        .map_or(0, |token| token.line);
    if segments.len() > prefix.len() {
        paths.push(PathUse { segments, line });
    }
    at
}

fn unfold_list(
    tokens: &[Token],
    mut at: usize,
    prefix: &[String],
    paths: &mut Vec<PathUse>,
) -> usize {
    while let Some(token) = tokens.get(at) {
        if token.text == "}" {
            return at + 1;
        }
        let next = unfold(tokens, at, prefix, paths);
        // Commas, `as name` and whatever else stands between two paths.
        at = if next == at { at + 1 } else { next };
    }
    at
}

/// Names of the modules that are declared for tests and lie in files of their own.
pub fn test_modules(source: &str) -> Vec<String> {
    let tokens = tokens(source);
    let declared = tokens.windows(TEST_MARKER.len() + 3).filter_map(|window| {
        let (marker, item) = window.split_at(TEST_MARKER.len());
        let is_declaration = is_test_marker(marker) && item[0].text == "mod" && item[2].text == ";";
        is_declaration.then(|| item[1].text.clone())
    });
    declared.collect()
}

const TEST_MARKER: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];

fn is_test_marker(tokens: &[Token]) -> bool {
    let texts = tokens
        .iter()
        .take(TEST_MARKER.len())
        .map(|token| token.text.as_str());
    texts.eq(TEST_MARKER)
}

/// Drops every item under `#[cfg(test)]`.
fn without_tests(tokens: Vec<Token>) -> Vec<Token> {
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if is_test_marker(&tokens[at..]) {
            at = end_of_item(&tokens, at + TEST_MARKER.len());
        } else {
            kept.push(tokens[at].clone());
            at += 1;
        }
    }
    kept
}

/// Past the item that starts at `at`: at its `;`, or where its braces close.
fn end_of_item(tokens: &[Token], at: usize) -> usize {
    let mut depth = 0_usize;
    for (offset, token) in tokens[at..].iter().enumerate() {
        match token.text.as_str() {
            "{" | "(" | "[" => depth += 1,
            "}" | ")" | "]" => {
                depth = depth.saturating_sub(1);
                if depth == 0 && token.text == "}" {
                    return at + offset + 1;
                }
            }
            ";" if depth == 0 => return at + offset + 1,
            _ => {}
        }
    }
    tokens.len()
}

/// The tokens of `source`, without comments; literals are empty tokens.
pub fn tokens(source: &str) -> Vec<Token> {
    let mut reader = Reader {
        rest: source,
        line: 1,
    };
    let mut tokens = Vec::new();
    while let Some(token) = reader.next_token() {
        tokens.push(token);
    }
    tokens
}

struct Reader<'a> {
    rest: &'a str,
    line: usize,
}

impl Reader<'_> {
    fn next_token(&mut self) -> Option<Token> {
        loop {
            let first = self.rest.chars().next()?;
            if first.is_whitespace() {
                self.take(first.len_utf8());
            } else if self.rest.starts_with("//") {
                self.take(self.rest.find('\n').unwrap_or(self.rest.len()));
            } else if self.rest.starts_with("/*") {
                self.take(block_comment_len(self.rest));
            } else if let Some(len) = literal_len(self.rest) {
                self.take(len);
                return Some(Token {
                    text: String::new(),
                    line: self.line,
                });
            } else {
                let len = word_len(self.rest).unwrap_or(if self.rest.starts_with("::") {
                    2
                } else {
                    first.len_utf8()
                });
                let text = self.take(len);
                return Some(Token {
                    text,
                    line: self.line,
                });
            }
        }
    }

    fn take(&mut self, len: usize) -> String {
        let (taken, rest) = self.rest.split_at(len);
        self.rest = rest;
        self.line += taken.matches('\n').count();
        taken.to_owned()
    }
}

fn word_len(rest: &str) -> Option<usize> {
    let len = rest
        .find(|character: char| !character.is_alphanumeric() && character != '_')
        .unwrap_or(rest.len());
    (len > 0).then_some(len)
}

/// Block comments nest (the Rust Reference, "Comments").
fn block_comment_len(rest: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < rest.len() {
        let here = &rest.as_bytes()[at..];
        if here.starts_with(b"/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if here.starts_with(b"*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    rest.len()
}

/// Length of the string or character literal that `rest` starts with.
fn literal_len(rest: &str) -> Option<usize> {
    let prefix = rest.len() - rest.trim_start_matches(['b', 'c']).len();
    let prefix = if prefix > 1 { 0 } else { prefix };
    let body = &rest[prefix..];
    if let Some(after) = body.strip_prefix('r') {
        let hashes = after.len() - after.trim_start_matches('#').len();
        if after[hashes..].starts_with('"') {
            let close = format!("\"{}", "#".repeat(hashes));
            let start = prefix + 1 + hashes + 1;
            let end = rest[start..]
                .find(&close)
                .map_or(rest.len(), |at| start + at + close.len());
            return Some(end);
        }
        return None;
    }
    if body.starts_with('"') {
        return Some(prefix + quoted_len(body, '"'));
    }
    // 'a' is a character, 'a a lifetime.
    let mut characters = body.strip_prefix('\'')?.chars();
    let is_character = match characters.next()? {
        '\\' => true,
        _ => characters.next() == Some('\''),
    };
    is_character.then(|| prefix + quoted_len(body, '\''))
}

/// Length of the literal, with both quotes.
fn quoted_len(body: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, character) in body.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if character == quote => return at + 1,
            _ => {}
        }
    }
    body.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(source: &str) -> Vec<String> {
        paths(source)
            .into_iter()
            .map(|path| path.segments.join("::"))
            .collect()
    }

    #[test]
    fn use_trees_are_unfolded() {
        let source = "use crate::{model::{rows::Span, phase::*}, capture};\nuse std::fs as files;";
        let expected = [
            "crate::model::rows::Span",
            "crate::model::phase::*",
            "crate::capture",
            "std::fs",
        ];
        assert_eq!(named(source), expected);
    }

    #[test]
    fn paths_in_expressions_are_seen() {
        assert_eq!(
            named("fn f() -> crate::a::B { std::env::var(x.y()) }"),
            ["crate::a::B", "std::env::var"]
        );
    }

    #[test]
    fn a_path_before_a_body_does_not_swallow_it() {
        assert_eq!(named("for x in a::B { c::d() }"), ["a::B", "c::d"]);
    }

    #[test]
    fn comments_and_literals_name_nothing() {
        let source = "// a::b\n/* c::d /* e::f */ g::h */ \"i::j\" r#\"k::\"l\"# 'm' b\"n::o\" '\\'' x::<'a>";
        assert_eq!(named(source), Vec::<String>::new());
    }

    #[test]
    fn lifetimes_are_not_characters() {
        assert_eq!(named("fn f<'a>(x: &'a a::B) {}"), ["a::B"]);
    }

    #[test]
    fn test_modules_are_left_out() {
        let source = "use a::b;\n#[cfg(test)]\nmod tests { use c::d; fn f() { e::g() } }\nuse h::i;\n#[cfg(test)] use j::k;";
        assert_eq!(named(source), ["a::b", "h::i"]);
    }

    #[test]
    fn test_modules_in_other_files_are_named() {
        let source = "#[cfg(test)]\nmod golden;\nmod text;\n#[cfg(test)] mod tests { }";
        assert_eq!(test_modules(source), ["golden"]);
    }

    #[test]
    fn lines_are_counted_through_literals() {
        let lines: Vec<usize> = paths("\"\n\n\"\n/*\n*/ a::b")
            .iter()
            .map(|path| path.line)
            .collect();
        assert_eq!(lines, [5]);
    }
}
