//! Numbers in the text files of `/proc` and `/sys`.

use std::fs;
use std::io;
use std::path::Path;

/// The number in a file.
pub(super) fn number(path: impl AsRef<Path>) -> io::Result<u64> {
    let text = fs::read_to_string(path)?;
    text.trim()
        .parse()
        .map_err(|_| io::ErrorKind::InvalidData.into())
}

/// The number that follows a name at the start of a line.
pub(super) fn field(text: &str, name: &str) -> Option<u64> {
    let mut rest = text.lines().find_map(|line| {
        let mut words = line.split_ascii_whitespace();
        (words.next() == Some(name)).then_some(words)
    })?;
    rest.next()?.parse().ok()
}
