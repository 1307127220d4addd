//! Links between pages lead somewhere, and the table of contents has every page.

use super::File;

/// The table of contents of the guide.
const CONTENTS: &str = "docs/SUMMARY.md";

/// Relative links that lead nowhere, and pages that the contents leave out.
pub fn problems(files: &[File]) -> Vec<String> {
    let pages = files.iter().filter(|file| file.path.ends_with(".md"));
    let mut problems: Vec<String> = pages
        .clone()
        .flat_map(|page| {
            let dead = targets(&page.text).filter_map(|target| {
                let path = resolved(&page.path, target)?;
                (!exists(files, &path)).then(|| format!("{}: no {target}", page.path))
            });
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
            File::new("docs/a.md", "[up](../README.md) [here](#here)"),
            File::new("docs/guide/b.md", "[a](../a.md) [none](c.md)"),
        ];
        assert_eq!(problems(&files), ["docs/guide/b.md: no c.md"]);
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
