//! The level of storage that flushed data is known to have reached.

use schemars::JsonSchema;
use serde::Serialize;

/// The level of storage that flushed data is known to have reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FlushLevel {
    /// The drive has the data, but may keep it in a cache that a power failure empties.
    Drive,
    /// The data is on stable storage: the drive was instructed to write out its cache.
    Storage,
}
