//! Mappings, and the memory of the whole system.

use std::ffi::CStr;
use std::io;
use std::ptr::NonNull;

use crate::mapping::sys::answer::MemoryRoom;
use crate::mapping::sys::error::unsupported;
use crate::mapping::types::{ByteLength, HugePool, RemapPlace, ShmemHuge};

/// A mapping keeps its initial length.
pub(in crate::mapping) fn remap(
    _base: NonNull<u8>,
    _old: usize,
    _new: usize,
    _place: RemapPlace,
) -> io::Result<NonNull<u8>> {
    Err(unsupported())
}

/// A mapping cannot be sealed.
pub(in crate::mapping) fn seal(_base: *mut u8, _length: usize) -> io::Result<()> {
    Err(unsupported())
}

/// Memory has no name.
pub(in crate::mapping) fn name_memory(
    _base: *mut u8,
    _length: usize,
    _name: &CStr,
) -> io::Result<()> {
    Err(unsupported())
}

/// The limit on mappings is unknown.
pub(in crate::mapping) fn mapping_limit() -> Option<u64> {
    None
}

/// The available memory is unknown.
pub(in crate::mapping) fn available_memory(_swap: bool) -> Option<MemoryRoom> {
    None
}

/// There are no pools of huge pages.
pub(in crate::mapping) fn huge_pools() -> io::Result<Vec<HugePool>> {
    Ok(Vec::new())
}

/// The kernel makes no huge pages of ordinary ones, or does not report their size.
pub(in crate::mapping) fn transparent_huge_page() -> io::Result<Option<ByteLength>> {
    Ok(None)
}

/// Shared memory has no such setting.
pub(in crate::mapping) fn shared_memory_huge_pages() -> Option<ShmemHuge> {
    None
}

/// Swap space is not reported; there may be some.
pub(in crate::mapping) fn has_swap() -> bool {
    true
}

/// Broken memory is not reported.
pub(in crate::mapping) fn corrupted_memory() -> Option<ByteLength> {
    None
}

/// The kernel merges no pages on advice.
pub(in crate::mapping) fn merges_pages() -> Option<bool> {
    None
}

/// Boots have no number.
pub(in crate::mapping) fn boot_id() -> Option<String> {
    None
}
