//! What may help against a failure.

/// What may help against a failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hint {
    /// In words, as they are shown.
    Words(String),
    /// As a value: the words for it name options, which only those know who read the command line.
    Remedy(Remedy),
}

/// What a user can ask for instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// Write access and a length, which create the source.
    WriteToCreate,
    /// Write access and a length, which extend the source.
    WriteToExtend,
    /// A length, which extends the source.
    Extend,
    /// Write access and a length, which extend the source before the mapping is extended.
    ExtendBeforeRemap,
    /// Write access and a length that is a multiple of the allocation granularity.
    ExtendToGranularity,
    /// Access for reading only.
    ReadOnly,
    /// A size, with which the source is created.
    SetSize,
    /// Rounding down.
    RoundDown,
}

impl From<&str> for Hint {
    fn from(words: &str) -> Self {
        Self::Words(words.to_owned())
    }
}

impl From<String> for Hint {
    fn from(words: String) -> Self {
        Self::Words(words)
    }
}

impl From<Remedy> for Hint {
    fn from(remedy: Remedy) -> Self {
        Self::Remedy(remedy)
    }
}
