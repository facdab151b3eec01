//! The failures of a source that is too short, and their remedies.

use crate::mapping::error::Error;
use crate::mapping::source::Source;
use crate::mapping::types::{Kind, Remedy, SourceKind, SourceOffset, SourceRange};

/// The failure of an empty range at the end of a source.
pub(super) fn nothing_to_map(source: &Source, range: SourceRange) -> Error {
    Error::new(Kind::FileTooShort, "map", why_empty(range)).on(source.name())
}

/// Why a range at the end of a source is empty.
pub(super) fn why_empty(range: SourceRange) -> String {
    match range.offset() {
        SourceOffset::START => "it is empty".to_owned(),
        SourceOffset(offset) => format!("it ends at offset {offset}"),
    }
}

/// The failure of a source that is too short, with a remedy.
pub(super) fn why_too_short(error: Error, source: &Source, stores: Stores) -> Error {
    if error.kind() != Kind::FileTooShort {
        return error;
    }
    match (source.kind(), stores) {
        (SourceKind::BlockDevice, _) => error.hint("a block device cannot be extended"),
        (_, Stores::Reach) => error.hint(Remedy::Extend),
        (_, Stores::CouldReach) if source.could_grow() => error.hint(Remedy::WriteToExtend),
        (_, Stores::CouldReach | Stores::Never) => error,
    }
}

/// Whether stores reach the source of a mapping. It is then extended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stores {
    /// They do.
    Reach,
    /// They would with write access.
    CouldReach,
    /// They do not, because the mapping was asked to be private.
    Never,
}
