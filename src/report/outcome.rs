//! What most reports are: an outcome of the core, and the name of the source that it is about.

use schemars::JsonSchema;
use serde::Serialize;

use super::name::SourceFields;
use crate::mapping::types::SourceName;

/// An outcome of the core and the source that it is about: the keys of both make one JSON object.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "{T}Report")]
pub struct Report<'a, T> {
    /// The source.
    #[serde(flatten)]
    pub source: SourceFields<'a>,
    /// What was done and seen.
    #[serde(flatten)]
    pub outcome: &'a T,
}

impl<'a, T> Report<'a, T> {
    /// The report on an outcome.
    #[must_use]
    pub fn new(name: &'a SourceName, outcome: &'a T) -> Self {
        Self {
            source: SourceFields(name),
            outcome,
        }
    }
}
