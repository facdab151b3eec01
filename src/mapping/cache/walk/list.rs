//! Names of paths from a list, each of which ends with a NUL byte, as `find -print0` writes them.

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;

use crate::mapping::error::{Error, Result};
use crate::mapping::source::SourceSpec;
use crate::mapping::sys;

/// Reads the paths of a list in a file or on the standard input. A name `-` in the list is that of a file.
///
/// # Errors
/// Those of opening and reading the list; `usage` for an empty name, or one that no file can have.
pub fn read_names(list: &SourceSpec) -> Result<Vec<SourceSpec>> {
    let fail = |error: Error| error.on(&list.name());
    let mut file = open_text(list).map_err(|e| fail(Error::os("open", &e)))?;
    let mut text = Vec::new();
    file.read_to_end(&mut text)
        .map_err(|e| fail(Error::os("read", &e)))?;
    names(&text).map_err(|number| {
        fail(Error::usage(format!(
            "entry {number} is not a valid file name"
        )))
    })
}

/// Opens a file or the standard input, to read its text.
pub(in crate::mapping::cache) fn open_text(list: &SourceSpec) -> io::Result<File> {
    match list {
        SourceSpec::File(path) => File::open(path),
        _ => sys::as_file(&sys::standard_input()?)?.try_clone(),
    }
}

/// The names of a list, or the number of the first one that is not valid.
fn names(text: &[u8]) -> Result<Vec<SourceSpec>, usize> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    // The NUL byte after the last name may be missing.
    let text = text.strip_suffix(b"\0").unwrap_or(text);
    let name = |(index, name): (usize, &[u8])| {
        let name = Some(name).filter(|name| !name.is_empty());
        let path = name.and_then(sys::name_of_bytes).map(PathBuf::from);
        path.map(SourceSpec::File).ok_or(index.saturating_add(1))
    };
    text.split(|byte| *byte == 0)
        .enumerate()
        .map(name)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str) -> SourceSpec {
        SourceSpec::File(name.into())
    }

    #[test]
    fn names_end_with_a_nul_byte() {
        assert_eq!(names(b""), Ok(Vec::new()));
        assert_eq!(names(b"a\0b\nc\0"), Ok(vec![file("a"), file("b\nc")]));
        assert_eq!(names(b"a\0-"), Ok(vec![file("a"), file("-")]));
        assert_eq!(names(b"a\0\0b\0"), Err(2));
        assert_eq!(names(b"\0"), Err(1));
    }
}
