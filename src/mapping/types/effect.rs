//! What an advice did: how long its effect lasts, and what was seen of it.

use serde::Serialize;

/// How long an effect lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lasts {
    /// It is in the page cache, in the file, or in another process.
    OutlivesCommand,
    /// It is in the mapping, and ends with it.
    WhileMapped,
    /// There is none.
    NoEffect,
}

impl Lasts {
    /// In words.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::OutlivesCommand => "outlives the command",
            Self::WhileMapped => "lasts as long as the mapping",
            Self::NoEffect => "no effect here",
        }
    }
}

/// The effect of an advice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Effect {
    /// How long it lasts.
    pub lasts: Lasts,
    /// Whether that was measured; where it could not be, it is unknown whether there is an effect, and this is how long
    /// one would last.
    pub measured: bool,
    /// What was seen, or why there was nothing to see.
    pub reason: String,
    /// What else is worth knowing.
    pub notes: Vec<String>,
}

impl Effect {
    pub(in crate::mapping) fn seen(lasts: Lasts, reason: impl Into<String>) -> Self {
        Self {
            lasts,
            measured: true,
            reason: reason.into(),
            notes: Vec::new(),
        }
    }

    pub(in crate::mapping) fn none(reason: impl Into<String>) -> Self {
        Self::seen(Lasts::NoEffect, reason)
    }

    pub(in crate::mapping) fn unmeasured(lasts: Lasts, reason: impl Into<String>) -> Self {
        Self {
            measured: false,
            ..Self::seen(lasts, reason)
        }
    }

    pub(in crate::mapping) fn note(mut self, note: Option<String>) -> Self {
        self.notes.extend(note);
        self
    }
}
