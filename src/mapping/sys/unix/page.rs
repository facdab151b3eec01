//! The size of a page.

use crate::mapping::types::PageSize;

/// The size of a page of memory (`sysconf(3)`, `_SC_PAGESIZE`).
pub(in crate::mapping) fn page_size() -> PageSize {
    PageSize::of_system(rustix::param::page_size())
}

/// `mmap(2)` places mappings at multiples of the page size.
pub(in crate::mapping) fn allocation_granularity() -> PageSize {
    page_size()
}
