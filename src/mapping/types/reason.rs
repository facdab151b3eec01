//! The reasons of failures.

use std::fmt;

use super::advice::Advice;

/// Why something failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A text.
    Words(String),
    /// A conflict whose text names options, which only `report` knows.
    Conflict(Conflict),
}

/// A conflict in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conflict {
    /// Anonymous memory without a length.
    NoLength,
    /// A flag that requires an address, without an address.
    NoAddress,
    /// A size of huge pages without the flag that requests them.
    HugeSizeAlone,
    /// A flag that changes the source, without write access.
    ChangeWithoutWriting,
    /// A length to fill from an empty input.
    NothingToRepeat,
    /// A protection that extends down, on a mapping that does not grow down.
    DoesNotGrowDown,
    /// An advice that writes, on a mapping without write access.
    AdviceWrites(Advice),
}

/// The text; for a conflict, the name of its variant.
impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Words(words) => f.write_str(words),
            Self::Conflict(conflict) => write!(f, "{conflict:?}"),
        }
    }
}

impl From<&str> for Reason {
    fn from(words: &str) -> Self {
        Self::Words(words.to_owned())
    }
}

impl From<String> for Reason {
    fn from(words: String) -> Self {
        Self::Words(words)
    }
}

impl From<Conflict> for Reason {
    fn from(conflict: Conflict) -> Self {
        Self::Conflict(conflict)
    }
}
