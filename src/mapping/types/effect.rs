//! The effect of an advice: how long it lasts, and the evidence.
//!
//! The texts of the reasons and notes are in `report`.

use schemars::JsonSchema;
use serde::Serialize;

use super::finding::{Change, Finding};

/// How long the effect of an advice lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Lasts {
    /// The effect is in the page cache, in the file or in another process, and outlives the command.
    OutlivesCommand,
    /// The effect is in the mapping and ends with it.
    WhileMapped,
    /// There is no effect.
    NoEffect,
}

/// The effect of the advice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Effect {
    /// How long the effect lasts.
    pub lasts: Lasts,
    /// Whether the effect was measured. When false, it is unknown whether there is an effect, and `lasts` says how
    /// long it would last.
    pub measured: bool,
    /// What was observed, or why there was nothing to observe.
    pub reason: Finding,
    /// Further observations.
    pub notes: Vec<Finding>,
}

impl Effect {
    /// An effect that was observed.
    pub(in crate::mapping) fn seen(lasts: Lasts, reason: impl Into<Finding>) -> Self {
        Self {
            lasts,
            measured: true,
            reason: reason.into(),
            notes: Vec::new(),
        }
    }

    /// No effect, for this reason.
    pub(in crate::mapping) fn none(reason: impl Into<Finding>) -> Self {
        Self::seen(Lasts::NoEffect, reason)
    }

    /// An effect that could not be observed, for this reason.
    pub(in crate::mapping) fn unmeasured(lasts: Lasts, reason: impl Into<Finding>) -> Self {
        Self {
            measured: false,
            ..Self::seen(lasts, reason)
        }
    }

    /// Adds a note, if there is one.
    pub(in crate::mapping) fn note(mut self, note: Option<impl Into<Finding>>) -> Self {
        self.notes.extend(note.map(Into::into));
        self
    }

    /// Replaces "no effect" by changes that were observed later. The earlier reason becomes a note.
    pub(in crate::mapping) fn seen_after_all(self, lasts: Lasts, changes: Vec<Change>) -> Self {
        let mut notes = vec![self.reason];
        notes.extend(self.notes);
        Self {
            notes,
            ..Self::seen(lasts, changes)
        }
    }
}
