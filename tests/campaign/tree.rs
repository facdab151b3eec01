//! The contents of a directory and the shared memory regions with one prefix: names, kinds, modes, identities
//! and contents, for comparison before and after.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// One name of a [`Tree`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    File {
        identity: u64,
        mode: u32,
        content: Vec<u8>,
    },
    Link(PathBuf),
    Directory,
    Other(u32),
}

impl Entry {
    fn of(path: &Path) -> Entry {
        let metadata = fs::symlink_metadata(path).unwrap();
        let kind = metadata.file_type();
        if kind.is_symlink() {
            Entry::Link(fs::read_link(path).unwrap())
        } else if kind.is_dir() {
            Entry::Directory
        } else if kind.is_file() {
            Entry::File {
                identity: metadata.ino(),
                mode: metadata.mode(),
                content: fs::read(path).unwrap(),
            }
        } else {
            Entry::Other(metadata.mode())
        }
    }

    fn describe(&self) -> String {
        match self {
            Entry::File {
                identity,
                mode,
                content,
            } => format!(
                "file {identity}, mode {mode:o}, {} bytes, sum {:x}",
                content.len(),
                sum(content)
            ),
            Entry::Link(target) => format!("link to {}", target.display()),
            Entry::Directory => "directory".to_owned(),
            Entry::Other(mode) => format!("node, mode {mode:o}"),
        }
    }

    /// Whether they are equal, except for the identity of the file.
    fn equals(&self, other: &Entry) -> bool {
        match (self, other) {
            (
                Entry::File { mode, content, .. },
                Entry::File {
                    mode: other_mode,
                    content: other_content,
                    ..
                },
            ) => mode == other_mode && content == other_content,
            _ => self == other,
        }
    }
}

/// Names and their entries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree(pub BTreeMap<String, Entry>);

impl Tree {
    /// Everything in a directory and below it.
    pub fn of(directory: &Path) -> Tree {
        let mut tree = Tree::default();
        tree.add(directory, "");
        tree
    }

    fn add(&mut self, directory: &Path, prefix: &str) {
        for entry in fs::read_dir(directory).unwrap() {
            let entry = entry.unwrap();
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            let found = Entry::of(&entry.path());
            if found == Entry::Directory {
                self.add(&entry.path(), &format!("{name}/"));
            }
            self.0.insert(name, found);
        }
    }

    /// Adds the shared memory regions whose names have this prefix, as `tag:` and the rest of the name.
    pub fn with_tags(mut self, prefix: &str) -> Tree {
        for entry in fs::read_dir("/dev/shm").into_iter().flatten() {
            let entry = entry.unwrap();
            let name = entry.file_name();
            if let Some(rest) = name.to_string_lossy().strip_prefix(prefix) {
                self.0
                    .insert(format!("tag:{rest}"), Entry::of(&entry.path()));
            }
        }
        self
    }

    /// Removes temporary files that the program could not remove when it was killed. They have the name documented in
    /// the manual, and equal a complete file of one of these trees.
    pub fn take_leftovers(&mut self, known: &[&Tree]) -> Result<(), String> {
        let names: Vec<String> = self
            .0
            .keys()
            .filter(|name| is_leftover(name))
            .cloned()
            .collect();
        for name in names {
            let entry = self.0.remove(&name);
            let all = known.iter().flat_map(|tree| tree.0.values());
            if !all
                .into_iter()
                .any(|other| entry.as_ref().is_some_and(|entry| entry.equals(other)))
            {
                return Err(format!("{name} is neither an old file nor a new one"));
            }
        }
        Ok(())
    }

    /// The contents of the file with this name.
    pub fn content(&self, name: &str) -> Option<&[u8]> {
        match self.0.get(name)? {
            Entry::File { content, .. } => Some(content),
            _ => None,
        }
    }

    /// The identity of the file with this name.
    pub fn identity(&self, name: &str) -> Option<u64> {
        match self.0.get(name)? {
            Entry::File { identity, .. } => Some(*identity),
            _ => None,
        }
    }

    /// The differences from the expected tree, or `None`. Identities are compared only with `identities`.
    pub fn difference(&self, expected: &Tree, identities: bool) -> Option<String> {
        let mut text = String::new();
        for name in self.0.keys().chain(expected.0.keys()) {
            let same = match (self.0.get(name), expected.0.get(name)) {
                (Some(is), Some(should)) if identities => is == should,
                (Some(is), Some(should)) => is.equals(should),
                _ => false,
            };
            let line = |tree: &Tree| {
                let entry = tree.0.get(name);
                entry.map_or("missing".to_owned(), Entry::describe)
            };
            if !same && !text.contains(&format!("  {name}: ")) {
                let (is, should) = (line(self), line(expected));
                writeln!(text, "  {name}: {is}; expected: {should}").unwrap();
                text += &self.place(expected, name).unwrap_or_default();
            }
        }
        (!text.is_empty()).then_some(text)
    }

    /// The position where two contents start to differ.
    fn place(&self, expected: &Tree, name: &str) -> Option<String> {
        let (is, should) = (self.content(name)?, expected.content(name)?);
        let from = is.iter().zip(should).position(|(a, b)| a != b)?;
        let to = is.iter().zip(should).rposition(|(a, b)| a != b)?;
        Some(format!("    bytes differ from {from} to {to}\n"))
    }
}

fn is_leftover(name: &str) -> bool {
    let name = name.strip_prefix("tag:").unwrap_or(name);
    name.strip_prefix(".mmapctl-")
        .is_some_and(|digits| digits.len() == 16 && digits.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// FNV-1a, to distinguish contents in a message.
fn sum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |sum, byte| {
        (sum ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3)
    })
}
