//! The rows of a result: for paths, for the directories below them, or for each file.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Serialize;

use crate::mapping::types::SourceName;

/// A result that can be added up over files.
pub trait Tally: Clone + Default + Send {
    /// Adds the result of other files.
    fn add(&mut self, other: &Self);

    /// Whether the result for a file has a row although no rows of files are wanted.
    fn is_notable(&self) -> bool {
        false
    }
}

/// The rows that are wanted besides the total.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    /// A row for each file.
    pub files: bool,
    /// A row for each directory down to this depth; 0 is that of the paths themselves.
    pub depth: Option<usize>,
}

impl Rows {
    /// A row for each path.
    pub const PATHS: Self = Self {
        files: false,
        depth: Some(0),
    };
}

/// What a row is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RowKind {
    /// One file, block device, descriptor or shared memory region.
    File,
    /// A directory with everything below it.
    Directory,
    /// All paths; each file counts once.
    Total,
}

/// The result for a file, or for everything below a directory.
#[derive(Clone, Debug)]
pub struct Row<S> {
    /// What it is about.
    pub kind: RowKind,
    /// Its name.
    pub name: SourceName,
    /// The result.
    pub sum: S,
}

/// The sums of directories, by path.
#[derive(Debug, Default)]
pub(super) struct Directories<S>(HashMap<PathBuf, S>);

impl<S: Tally> Directories<S> {
    /// Adds a directory, which may be empty.
    pub(super) fn found(&mut self, path: &Path) {
        self.add(path, &S::default());
    }

    /// Removes a directory of which nothing could be read.
    pub(super) fn unread(&mut self, path: &Path) {
        self.0.remove(path);
    }

    /// Adds the result of a file at a depth to the directories above it whose depths are 1 to `most`. The directory that
    /// is walked has the depth 0.
    pub(super) fn add_file(&mut self, file: &Path, depth: usize, most: usize, sum: &S) {
        if most == 0 {
            return;
        }
        let above = file.ancestors().skip(1).zip((1..depth).rev());
        for (path, _) in above.filter(|(_, depth)| *depth <= most) {
            self.add(path, sum);
        }
    }

    /// Adds the sums of another thread.
    pub(super) fn merge(&mut self, other: Self) {
        for (path, sum) in other.0 {
            self.add(&path, &sum);
        }
    }

    fn add(&mut self, path: &Path, sum: &S) {
        match self.0.get_mut(path) {
            Some(known) => known.add(sum),
            None => {
                self.0.insert(path.to_owned(), sum.clone());
            }
        }
    }

    /// The rows in the order of `du(1)`: by name, and a directory after those in it.
    pub(super) fn into_rows(self) -> Vec<Row<S>> {
        let mut all: Vec<(PathBuf, S)> = self.0.into_iter().collect();
        all.sort_unstable_by(|(a, _), (b, _)| after_contents(a).cmp(after_contents(b)));
        let row = |(path, sum)| Row {
            kind: RowKind::Directory,
            name: SourceName::File(path),
            sum,
        };
        all.into_iter().map(row).collect()
    }
}

/// The components of a path, with an end that is greater than every name.
fn after_contents(path: &Path) -> impl Iterator<Item = (bool, &std::ffi::OsStr)> {
    let names = path.iter().map(|name| (false, name));
    names.chain(std::iter::once((true, std::ffi::OsStr::new(""))))
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Tally for u64 {
        fn add(&mut self, other: &Self) {
            *self += other;
        }
    }

    fn rows(files: &[(&str, usize)], most: usize) -> Vec<(String, u64)> {
        let mut directories = Directories::default();
        for (file, depth) in files {
            directories.add_file(Path::new(file), *depth, most, &1);
        }
        let text = |row: Row<u64>| (row.name.to_text().unwrap(), row.sum);
        directories.into_rows().into_iter().map(text).collect()
    }

    #[test]
    fn a_file_counts_in_every_directory_above_it() {
        let files = [("r/a/b/f", 3), ("r/a/g", 2), ("r/h", 1), ("r/a.x/i", 2)];
        let row = |name: &str, sum| (name.to_owned(), sum);
        assert_eq!(rows(&files, 0), []);
        assert_eq!(rows(&files, 1), [row("r/a", 2), row("r/a.x", 1)]);
        assert_eq!(
            rows(&files, 9),
            [row("r/a/b", 1), row("r/a", 2), row("r/a.x", 1)]
        );
    }
}
