//! Files stay short, finished, and their tests all run.

use super::File;

const LINES_MAX: usize = 500;

/// Tables that are longer because there is that much to list, each with the reason.
const LONG_TABLES: &[(&str, &str)] = &[(
    "crates/trace/src/syscall/table.rs",
    "every system call of every machine",
)];

/// Words for work that was put off. Split, so that this file does not contain them.
const PUT_OFF: &[&str] = &[
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X"),
];

/// Endings of the files that people write.
const WRITTEN: &[&str] = &[".rs", ".toml", ".md", ".sh", ".js", ".css", ".ci/run"];

/// Rules that `file` breaks.
pub fn problems(file: &File) -> Vec<String> {
    let mut problems = Vec::new();
    if WRITTEN.iter().any(|ending| file.path.ends_with(ending)) {
        problems.extend(put_off(file));
    }
    if file.path.ends_with(".rs") {
        problems.extend(too_long(file));
        problems.extend(ignored_tests(file));
    }
    problems
}

fn put_off(file: &File) -> Vec<String> {
    let mut problems = Vec::new();
    for (index, line) in file.text.lines().enumerate() {
        let mut words =
            line.split(|character: char| !character.is_alphanumeric() && character != '_');
        if let Some(word) = words.find(|word| PUT_OFF.contains(word)) {
            problems.push(format!(
                "{}:{}: {word}: do it, or open an issue",
                file.path,
                index + 1
            ));
        }
    }
    problems
}

fn too_long(file: &File) -> Option<String> {
    let lines = file.text.lines().count();
    let excused = LONG_TABLES.iter().any(|(path, _)| *path == file.path);
    (lines > LINES_MAX && !excused).then(|| {
        format!(
            "{}: {lines} lines, at most {LINES_MAX}; split it by subject",
            file.path
        )
    })
}

fn ignored_tests(file: &File) -> Vec<String> {
    let lines = file.text.lines().enumerate();
    let ignored = lines.filter(|(_, line)| line.trim_start().starts_with("#[ignore"));
    ignored
        .map(|(index, _)| {
            format!(
                "{}:{}: an ignored test proves nothing; mend or remove it",
                file.path,
                index + 1
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems_of(path: &str, text: &str) -> Vec<String> {
        problems(&File {
            path: path.to_owned(),
            text: text.to_owned(),
        })
    }

    #[test]
    fn put_off_work_is_found_as_a_word_only() {
        let text = format!("a\n// {}: later\nmkdtemp(\"X{}\")", PUT_OFF[0], PUT_OFF[2]);
        let expected = format!("a.rs:2: {}: do it, or open an issue", PUT_OFF[0]);
        assert_eq!(problems_of("a.rs", &text), [expected]);
    }

    #[test]
    fn a_file_may_have_as_many_lines_as_the_limit() {
        assert_eq!(
            problems_of("a.rs", &"\n".repeat(LINES_MAX)),
            Vec::<String>::new()
        );
        assert_eq!(problems_of("a.rs", &"\n".repeat(LINES_MAX + 1)).len(), 1);
    }

    #[test]
    fn ignored_tests_are_found_but_not_in_text() {
        assert_eq!(
            problems_of("a.rs", "#[ignore = \"slow\"]\nfn f() {}").len(),
            1
        );
        assert_eq!(
            problems_of("a.rs", "// #[ignore]\nlet x = \"#[ignore]\";"),
            Vec::<String>::new()
        );
    }
}
