//! Links between pages lead somewhere, headings within them included, and the table of contents has every
//! page: what building the guide with mdBook would find, without building mdBook.

use super::File;

/// The table of contents of the guide.
const CONTENTS: &str = "docs/SUMMARY.md";

/// Relative links that lead nowhere, and pages that the contents leave out.
pub fn problems(files: &[File]) -> Vec<String> {
    let pages = files.iter().filter(|file| file.path.ends_with(".md"));
    let mut problems: Vec<String> = pages
        .clone()
        .flat_map(|page| {
            let targets = targets(&page.text);
            let dead = targets.filter(|target| !leads_somewhere(files, page, target));
            let dead = dead.map(|target| format!("{}: no {target}", page.path));
            dead.collect::<Vec<_>>()
        })
        .collect();
    let contents = files.iter().find(|file| file.path == CONTENTS);
    let listed: Vec<String> = contents
        .into_iter()
        .flat_map(|page| targets(&page.text).filter_map(|target| resolved(&page.path, target)))
        .collect();
    let left_out = pages
        .filter(|page| page.path.starts_with("docs/") && page.path != CONTENTS)
        .filter(|page| !listed.contains(&page.path));
    problems.extend(left_out.map(|page| format!("{CONTENTS} leaves out {}", page.path)));
    problems
}

/// What links lead to: `[text](target)`.
fn targets(text: &str) -> impl Iterator<Item = &str> {
    let after = text.split("](").skip(1);
    after.filter_map(|rest| rest.split_once(')').map(|(target, _)| target))
}

/// Whether there is what a link leads to: a file or folder, and in a page the heading. Other hosts are not asked.
fn leads_somewhere(files: &[File], page: &File, target: &str) -> bool {
    let heading = target.split_once('#').map(|(_, heading)| heading);
    let path = match resolved(&page.path, target) {
        Some(path) => path,
        None if target.starts_with('#') => page.path.clone(),
        None => return true,
    };
    let found = files.iter().find(|file| file.path == path);
    match (found, heading) {
        (Some(found), Some(heading)) if path.ends_with(".md") => {
            headings(&found.text).iter().any(|known| known == heading)
        }
        _ => exists(files, &path),
    }
}

/// The names by which links lead to the headings of a page, as mdBook and forges make them: in small letters,
/// with dashes for blanks and without other signs; the second of a name is `name-1`.
fn headings(text: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let mut is_code = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
        }
        let title = line.trim_start_matches('#');
        if is_code || title.len() == line.len() || !title.starts_with(' ') {
            continue;
        }
        let kept = title.trim().chars().filter_map(|sign| match sign {
            ' ' => Some('-'),
            '-' | '_' => Some(sign),
            sign => sign.is_alphanumeric().then_some(sign),
        });
        let name = kept.collect::<String>().to_lowercase();
        let before = names.iter().filter(|known| **known == name).count();
        names.push(match before {
            0 => name,
            count => format!("{name}-{count}"),
        });
    }
    names
}

/// The path of a target from the root; nothing for other hosts and for places in the same page.
fn resolved(page: &str, target: &str) -> Option<String> {
    if target.contains("://") || target.starts_with('#') {
        return None;
    }
    let target = target.split('#').next().unwrap_or_default();
    let mut path: Vec<&str> = page.split('/').collect();
    path.pop();
    for part in target.split('/') {
        match part {
            ".." => {
                path.pop();
            }
            "." | "" => {}
            part => path.push(part),
        }
    }
    Some(path.join("/"))
}

/// Whether there is such a file, or a folder with files.
fn exists(files: &[File], path: &str) -> bool {
    let folder = format!("{path}/");
    files
        .iter()
        .any(|file| file.path == path || file.path.starts_with(&folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_followed_from_where_they_stand() {
        let files = [
            File::new(
                "README.md",
                "[a](docs/a.md) [b](docs/guide/) [c](https://x.y/z)",
            ),
            File::new("docs/SUMMARY.md", "[a](a.md) [b](guide/b.md#word)"),
            File::new("docs/a.md", "[up](../README.md) [here](#here)\n## Here"),
            File::new("docs/guide/b.md", "# Word\n[a](../a.md) [none](c.md)"),
        ];
        assert_eq!(problems(&files), ["docs/guide/b.md: no c.md"]);
    }

    #[test]
    fn links_to_headings_must_find_them() {
        let files = [
            File::new("docs/SUMMARY.md", "[a](a.md) [b](b.md)"),
            File::new(
                "docs/a.md",
                "# Of `--a` and b: more\n## Same\n## Same\n```\n# no heading\n```\n#none",
            ),
            File::new(
                "docs/b.md",
                "[a](a.md#of---a-and-b-more) [second](a.md#same-1) [none](a.md#no-heading) [none](#here)",
            ),
        ];
        assert_eq!(
            problems(&files),
            ["docs/b.md: no a.md#no-heading", "docs/b.md: no #here"]
        );
    }

    #[test]
    fn a_page_that_the_contents_leave_out_is_reported() {
        let files = [
            File::new("docs/SUMMARY.md", "[a](a.md)"),
            File::new("docs/a.md", ""),
            File::new("docs/b.md", ""),
        ];
        assert_eq!(problems(&files), ["docs/SUMMARY.md leaves out docs/b.md"]);
    }
}
