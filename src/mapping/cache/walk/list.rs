//! Names of paths from a list, each of which ends with a NUL byte, as `find -print0` writes them.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use crate::mapping::error::{Error, Result};
use crate::mapping::source::SourceSpec;
use crate::mapping::sys;

/// Reads the paths of a list in a file or on the standard input. A name `-` in the list is that of a file.
///
/// # Errors
/// Those of opening and reading the list; `usage` for an empty name, or one that no file can have.
pub fn read_names(list: &SourceSpec) -> Result<Vec<SourceSpec>> {
    let opened = open_text(list).map_err(|e| Error::os("open", &e));
    let names = opened.and_then(|file| names(BufReader::new(file)));
    names.map_err(|error| error.on(&list.name()))
}

/// Opens a file or the standard input, to read its text.
pub(in crate::mapping::cache) fn open_text(list: &SourceSpec) -> io::Result<File> {
    match list {
        SourceSpec::File(path) => File::open(path),
        _ => sys::as_file(&sys::standard_input()?)?.try_clone(),
    }
}

/// The names of a list. No more of it is in memory than the valid names, and one that is not longer than any file has.
fn names(mut list: impl BufRead) -> Result<Vec<SourceSpec>> {
    let limit = u64::from(sys::PATH_LIMIT);
    let mut names = Vec::new();
    let mut name = Vec::new();
    loop {
        name.clear();
        let read = list.by_ref().take(limit).read_until(0, &mut name);
        if read.map_err(|e| Error::os("read", &e))? == 0 {
            return Ok(names);
        }
        // The NUL byte after the last name may be missing.
        let ended = name.pop_if(|byte| *byte == 0).is_some();
        let path = sys::name_of_bytes(&name).map(PathBuf::from);
        if names.is_empty()
            && !ended
            && name.contains(&b'\n')
            && !path.as_deref().is_some_and(is_there)
        {
            let lines = Error::usage("the list has newlines, but no NUL byte");
            return Err(lines.hint("each name ends with a NUL byte, as 'find -print0' writes them"));
        }
        let why = match name.len() as u64 == limit {
            true => "is longer than any file name",
            false => "is not a valid file name",
        };
        let valid = path.filter(|_| !name.is_empty() && (name.len() as u64) < limit);
        let number = names.len().saturating_add(1);
        let invalid = || Error::usage(format!("entry {number} {why}"));
        names.push(SourceSpec::File(valid.ok_or_else(invalid)?));
    }
}

fn is_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Cursor, repeat};

    fn file(name: &str) -> SourceSpec {
        SourceSpec::File(name.into())
    }

    fn listed(text: &[u8]) -> Result<Vec<SourceSpec>, String> {
        names(Cursor::new(text)).map_err(|error| format!("{:?}", error.details().reason))
    }

    #[test]
    fn names_end_with_a_nul_byte() {
        assert_eq!(listed(b""), Ok(Vec::new()));
        assert_eq!(listed(b"a\0b\nc\0"), Ok(vec![file("a"), file("b\nc")]));
        assert_eq!(listed(b"a\0-"), Ok(vec![file("a"), file("-")]));
        assert_eq!(listed(b"a\0b\nc"), Ok(vec![file("a"), file("b\nc")]));
        for (wrong, number) in [(&b"a\0\0b\0"[..], 2), (b"\0", 1)] {
            let error = listed(wrong).unwrap_err();
            let expected = format!("entry {number} is not a valid file name");
            assert!(error.contains(&expected), "{error}");
        }
        let error = listed(b"a\nb\n").unwrap_err();
        assert!(error.contains("the list has newlines"), "{error}");
    }

    #[test]
    fn an_endless_name_is_refused_at_once() {
        let limit = usize::try_from(sys::PATH_LIMIT).unwrap();
        let longest = [&vec![b'x'; limit - 1][..], b"\0"].concat();
        assert_eq!(listed(&longest).unwrap().len(), 1);
        for byte in [b'x', b'\n'] {
            assert!(names(BufReader::new(Cursor::new(b"a\0").chain(repeat(byte)))).is_err());
            assert!(names(BufReader::new(repeat(byte))).is_err());
        }
    }
}
