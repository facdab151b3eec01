//! How far flushed data is known to have come.

use schemars::JsonSchema;
use serde::Serialize;

/// How far flushed data is known to have come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FlushLevel {
    /// The data is in the drive, which may keep it in a cache that a power failure empties.
    Drive,
    /// The data is on the storage: the drive was told to write out its cache.
    Storage,
}
