//! The common shape of reports: an outcome of the core and the name of its source. The text of each is in the file of
//! its command.

use schemars::JsonSchema;
use serde::Serialize;

use super::name::SourceFields;
use crate::mapping::types::SourceName;

/// An outcome of the core and its source, whose keys form one JSON object.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "{T}Report")]
pub struct Report<'a, T> {
    /// The source.
    #[serde(flatten)]
    pub source: SourceFields<'a>,
    /// The outcome.
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
