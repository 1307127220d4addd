//! The few folders that many files lie below.

use std::collections::{BTreeMap, BTreeSet};

/// So many folders side by side are told one by one; more are told by the folder that they are in.
const SIDE_BY_SIDE: usize = 3;
/// Of the files of a folder, so many in a hundred must lie in those that are told instead of it.
const TOLD_PERCENT: usize = 90;

/// The deepest folders that hold at least `many` of these paths each, as far as they hold nearly all.
pub(super) fn folders<'p>(paths: impl Iterator<Item = &'p str>, many: usize) -> Vec<&'p str> {
    let mut tree = Tree::default();
    for path in paths {
        tree.add(path);
    }
    let mut found = Vec::new();
    for root in ["", "."] {
        // Of the root, nothing is told but what lies in its folders.
        for folder in tree.large_below(root, many) {
            tree.descend(folder, many, &mut found);
        }
    }
    found
}

#[derive(Default)]
struct Tree<'p> {
    /// Paths below each folder.
    counts: BTreeMap<&'p str, usize>,
    /// Folders in each folder. Relative paths are below ".".
    folders: BTreeMap<&'p str, BTreeSet<&'p str>>,
}

impl<'p> Tree<'p> {
    fn add(&mut self, path: &'p str) {
        let mut below = path;
        while let Some((folder, _)) = below.rsplit_once('/') {
            if matches!(folder, "" | ".") {
                break;
            }
            *self.counts.entry(folder).or_default() += 1;
            let above = folder.rsplit_once('/').map_or(".", |(above, _)| above);
            self.folders.entry(above).or_default().insert(folder);
            below = folder;
        }
    }

    fn count(&self, folder: &str) -> usize {
        self.counts.get(folder).copied().unwrap_or(0)
    }

    fn large_below(&self, folder: &str, many: usize) -> Vec<&'p str> {
        let folders = self.folders.get(folder).into_iter().flatten();
        folders
            .copied()
            .filter(|folder| self.count(folder) >= many)
            .collect()
    }

    fn descend(&self, folder: &'p str, many: usize, found: &mut Vec<&'p str>) {
        let large = self.large_below(folder, many);
        let held: usize = large.iter().map(|folder| self.count(folder)).sum();
        let is_told = !large.is_empty()
            && large.len() <= SIDE_BY_SIDE
            && held * 100 >= self.count(folder) * TOLD_PERCENT;
        if !is_told {
            found.push(folder);
            return;
        }
        for folder in large {
            self.descend(folder, many, found);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::folders;

    fn found(groups: &[(&str, usize)], many: usize) -> Vec<String> {
        let paths: Vec<String> = groups
            .iter()
            .flat_map(|(folder, count)| (0..*count).map(move |at| format!("{folder}/f{at}")))
            .collect();
        let found = folders(paths.iter().map(String::as_str), many);
        found.into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn the_deepest_folder_that_holds_nearly_all_is_told() {
        assert_eq!(found(&[("/a/b/c", 10), ("/a", 1)], 10), ["/a/b/c"]);
        assert_eq!(found(&[("/a/b", 10), ("/a/c", 10)], 10), ["/a/b", "/a/c"]);
        assert_eq!(found(&[("/a/b", 10), ("/x", 10)], 10), ["/a/b", "/x"]);
        assert_eq!(found(&[("a/b", 10)], 10), ["a/b"], "a relative path");
    }

    #[test]
    fn small_folders_are_told_by_the_one_they_are_in() {
        let small = [("/a/1", 4), ("/a/2", 4), ("/a/3", 4)];
        assert_eq!(found(&small, 10), ["/a"]);
        let many = [("/a/1", 10), ("/a/2", 10), ("/a/3", 10), ("/a/4", 10)];
        assert_eq!(found(&many, 10), ["/a"]);
        assert_eq!(found(&[("/a", 9)], 10), [""; 0]);
    }
}
