//! Pools of huge pages.

use schemars::JsonSchema;
use serde::Serialize;

use super::offset::{ByteLength, PageCount};

/// One pool of huge pages of one size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct HugePool {
    /// The size of one page in bytes.
    pub size: ByteLength,
    /// How many pages the pool has.
    pub total: PageCount,
    /// How many of them nobody uses.
    pub free: PageCount,
    /// How many of the free ones are promised to mappings that have not touched them yet.
    pub reserved: PageCount,
    /// How many there are beyond the configured number.
    pub surplus: PageCount,
}
