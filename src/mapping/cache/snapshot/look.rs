//! A look at one file: what of it is cached, and when it was modified.

use super::ranges;
use crate::mapping::error::{Error, Result};
use crate::mapping::source::{Handle, OpenFile, Source};
use crate::mapping::sys;
use crate::mapping::types::{FileFacts, Kind, SourceKind, SourceRange, UnknownReason};

/// The file, if it is a regular one.
pub(super) fn file_of(source: &Source) -> Result<&Handle> {
    let handle = source.handle();
    let regular = handle.filter(|handle| handle.kind() == SourceKind::File);
    regular.ok_or_else(|| Error::new(Kind::Unsupported, "save", "it is not a regular file"))
}

/// The ranges of a file that are in the page cache.
pub(super) fn cached_ranges(source: &Source, facts: &FileFacts) -> Result<Vec<SourceRange>> {
    ranges::cached(file_of(source)?.file(), facts.size).map_err(unseen)
}

/// The failure that the pages of a file are unknown.
fn unseen(reason: UnknownReason) -> Error {
    let kind = match reason {
        UnknownReason::NotPermitted => Kind::AccessDenied,
        UnknownReason::Failed(_) => Kind::Failed,
        _ => Kind::Unsupported,
    };
    let text = format!("its cached pages are unknown: {}", reason.text());
    Error::new(kind, "save", text)
}

/// The time of the last modification, in nanoseconds since 1970.
pub(in crate::mapping::cache) fn modified(file: &OpenFile) -> Result<i64> {
    sys::last_modification(file).map_err(|e| Error::os("examine", &e))
}
