//! `/proc/meminfo`: the memory of the whole system (`proc_meminfo(5)`).

use std::fs;

use super::text::field;
use crate::mapping::types::ByteLength;

/// The lines of `/proc/meminfo`; none if it cannot be read.
pub(super) struct MemoryInfo(String);

impl MemoryInfo {
    /// Reads the current lines.
    pub(super) fn read() -> Self {
        Self(fs::read_to_string("/proc/meminfo").unwrap_or_default())
    }

    /// The value of a line in bytes. The name includes its colon.
    pub(super) fn bytes(&self, name: &str) -> Option<ByteLength> {
        field(&self.0, name)?.checked_mul(1024).map(ByteLength)
    }
}
