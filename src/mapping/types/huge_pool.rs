//! Pools of huge pages.

use schemars::JsonSchema;
use serde::Serialize;

use super::offset::{ByteLength, PageCount};

/// A pool of huge pages of one size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct HugePool {
    /// The size of one page in bytes.
    pub size: ByteLength,
    /// The number of pages in the pool.
    pub total: PageCount,
    /// The number of pages that are not in use.
    pub free: PageCount,
    /// The number of free pages that are reserved for mappings that have not accessed them yet.
    pub reserved: PageCount,
    /// The number of pages beyond the configured size of the pool.
    pub surplus: PageCount,
}
