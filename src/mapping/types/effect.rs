//! What an advice did: how long its effect lasts, and what was found out about it.

use schemars::JsonSchema;
use serde::Serialize;

use super::finding::{Change, Finding};

/// How long an effect lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Lasts {
    /// It is in the page cache, in the file, or in another process.
    OutlivesCommand,
    /// It is in the mapping, and ends with it.
    WhileMapped,
    /// There is none.
    NoEffect,
}

/// The effect of an advice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Effect {
    /// How long it lasts.
    pub lasts: Lasts,
    /// Whether that was measured; where it could not be, it is unknown whether there is an effect, and this is how long
    /// one would last.
    pub measured: bool,
    /// What was seen, or why there was nothing to see.
    pub reason: Finding,
    /// What else is worth knowing.
    pub notes: Vec<Finding>,
}

impl Effect {
    pub(in crate::mapping) fn seen(lasts: Lasts, reason: impl Into<Finding>) -> Self {
        Self {
            lasts,
            measured: true,
            reason: reason.into(),
            notes: Vec::new(),
        }
    }

    pub(in crate::mapping) fn none(reason: impl Into<Finding>) -> Self {
        Self::seen(Lasts::NoEffect, reason)
    }

    pub(in crate::mapping) fn unmeasured(lasts: Lasts, reason: impl Into<Finding>) -> Self {
        Self {
            measured: false,
            ..Self::seen(lasts, reason)
        }
    }

    pub(in crate::mapping) fn note(mut self, note: Option<impl Into<Finding>>) -> Self {
        self.notes.extend(note.map(Into::into));
        self
    }

    /// Effects that were seen, where it had looked as if there were none; why it had is noted.
    pub(in crate::mapping) fn seen_after_all(self, lasts: Lasts, changes: Vec<Change>) -> Self {
        let mut notes = vec![self.reason];
        notes.extend(self.notes);
        Self {
            notes,
            ..Self::seen(lasts, changes)
        }
    }
}
