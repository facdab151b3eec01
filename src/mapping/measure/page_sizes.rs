//! The sizes of pages that this system has.
//!
//! Facts only: arithmetic with them lives in `range`.

use crate::mapping::error::{Error, Result};
use crate::mapping::sys;
use crate::mapping::types::{ByteLength, HugePool, PageSize};

/// The size of a page of memory (`sysconf(3)`, `_SC_PAGESIZE`).
#[must_use]
pub fn page_size() -> PageSize {
    sys::page_size()
}

/// What the offset and the address of a mapping must be a multiple of: the page size on Unix, the
/// allocation granularity on Windows.
#[must_use]
pub fn granularity() -> PageSize {
    sys::allocation_granularity()
}

/// The size of the huge pages that are mapped when no size is asked for.
#[must_use]
pub fn default_huge_page_size() -> PageSize {
    sys::default_huge_page_size()
}

/// The pools of huge pages, smallest page first (Linux: `/sys/kernel/mm/hugepages`); empty where there
/// are none.
///
/// # Errors
/// What reading the files of the kernel answers.
pub fn huge_pools() -> Result<Vec<HugePool>> {
    sys::huge_pools().map_err(|e| Error::os("list huge pages", &e))
}

/// The size of the huge pages that the kernel makes of ordinary ones by itself, where it does and says so.
#[must_use]
pub fn transparent_huge_page() -> Option<ByteLength> {
    sys::transparent_huge_page().ok().flatten()
}

/// The same, for a report that must not take a failure for a kernel without them.
///
/// # Errors
/// As [`huge_pools`].
pub fn read_transparent_huge_page() -> Result<Option<ByteLength>> {
    sys::transparent_huge_page().map_err(|e| Error::os("find the size of huge pages", &e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_granularity_is_a_multiple_of_the_page_size() {
        assert!(page_size().is_aligned(granularity().bytes()));
    }

    #[test]
    fn huge_pages_are_whole_pages_and_sorted() {
        let pools = huge_pools().unwrap();
        assert!(pools.is_sorted_by_key(|pool| pool.size));
        for size in pools.iter().map(|p| p.size).chain(transparent_huge_page()) {
            assert!(page_size().is_aligned(size.0) && size.0 > page_size().bytes());
        }
    }
}
