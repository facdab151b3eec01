//! How far a flush is known to have come.

use schemars::JsonSchema;
use serde::Serialize;

/// How far a flush that was waited for is known to have come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FlushLevel {
    /// To the drive, which may keep it in a cache that a loss of power empties.
    Drive,
    /// To the storage: the drive was told to write its cache out.
    Storage,
}
