//! The names of sources in errors and outcomes.
//!
//! The module `source` opens a source by its name.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

/// The name of a source as the user gave it, or a standard stream in place of one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum SourceName {
    /// A path in the file system, byte for byte.
    File(PathBuf),
    /// A file descriptor inherited from the parent process.
    Descriptor(i32),
    /// A named shared memory region, without any leading slash (`shm_overview(7)`).
    Tag(OsString),
    /// Anonymous memory, which has no file.
    Anonymous,
    /// The memory of another process, by process ID.
    Process(u32),
    /// The standard input of this process.
    StandardInput,
    /// The standard output of this process.
    StandardOutput,
}

/// Whether a character could move the cursor, change the terminal, or make text look like other text.
#[must_use]
pub fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{61c}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

impl SourceName {
    /// The name for messages and keys; `None` for a path or a tag that is not valid UTF-8.
    #[must_use]
    pub fn to_text(&self) -> Option<String> {
        match self {
            Self::File(path) => path.to_str().map(str::to_owned),
            Self::Descriptor(number) => Some(format!("fd {number}")),
            Self::Tag(tag) => tag.to_str().map(|tag| format!("tag {tag}")),
            Self::Anonymous => Some("anonymous memory".to_owned()),
            Self::Process(pid) => Some(format!("process {pid}")),
            Self::StandardInput => Some("standard input".to_owned()),
            Self::StandardOutput => Some("standard output".to_owned()),
        }
    }

    /// The bytes of a path or a tag that is not valid UTF-8, in the platform's own encoding of [`OsStr`].
    #[must_use]
    pub fn raw_path(&self) -> Option<&OsStr> {
        match self {
            Self::File(path) if path.to_str().is_none() => Some(path.as_os_str()),
            Self::Tag(tag) if tag.to_str().is_none() => Some(tag),
            _ => None,
        }
    }
}
