//! Mappings, and the memory of the whole system.

use std::io;
use std::ptr::NonNull;

use crate::mapping::sys::answer::MemoryRoom;
use crate::mapping::sys::error::unsupported;
use crate::mapping::types::{ByteLength, HugePool};

/// A mapping keeps the length it was made with.
pub(in crate::mapping) fn remap(
    _base: NonNull<u8>,
    _old: usize,
    _new: usize,
) -> io::Result<NonNull<u8>> {
    Err(unsupported())
}

/// The kernel does not tell how many mappings a process may have.
pub(in crate::mapping) fn mapping_limit() -> Option<u64> {
    None
}

/// Nobody says how much memory can be taken.
pub(in crate::mapping) fn available_memory(_swap: bool) -> Option<MemoryRoom> {
    None
}

/// There are no pools of huge pages.
pub(in crate::mapping) fn huge_pools() -> io::Result<Vec<HugePool>> {
    Ok(Vec::new())
}

/// The kernel does not make huge pages of ordinary ones, or does not tell of which size.
pub(in crate::mapping) fn transparent_huge_page() -> io::Result<Option<ByteLength>> {
    Ok(None)
}

/// Whether there is swap space is not told; there may be some.
pub(in crate::mapping) fn has_swap() -> bool {
    true
}

/// Broken memory is not counted.
pub(in crate::mapping) fn corrupted_memory() -> Option<ByteLength> {
    None
}

/// Equal pages are not merged on advice.
pub(in crate::mapping) fn merges_pages() -> Option<bool> {
    None
}
