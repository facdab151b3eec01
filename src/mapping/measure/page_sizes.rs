//! The page sizes of this system.
//!
//! Arithmetic with them is in `types`.

use crate::mapping::error::{Error, Result};
use crate::mapping::sys;
use crate::mapping::types::{ByteLength, HugePool, PageSize};

/// The size of a page of memory (`sysconf(3)`, `_SC_PAGESIZE`).
#[must_use]
pub fn page_size() -> PageSize {
    sys::page_size()
}

/// The unit of offsets and addresses of mappings: the page size on Unix, the allocation granularity on Windows.
#[must_use]
pub fn granularity() -> PageSize {
    sys::allocation_granularity()
}

/// The default size of huge pages.
#[must_use]
pub fn default_huge_page_size() -> PageSize {
    sys::default_huge_page_size()
}

/// The pools of huge pages, smallest page first (Linux: `/sys/kernel/mm/hugepages`); empty when there are none.
///
/// # Errors
/// The errors of reading the files of the kernel.
pub fn huge_pools() -> Result<Vec<HugePool>> {
    sys::huge_pools().map_err(|e| Error::os("list huge pages", &e))
}

/// The size of transparent huge pages; `None` when there are none or it is unknown.
#[must_use]
pub fn transparent_huge_page() -> Option<PageSize> {
    let size = sys::transparent_huge_page().ok().flatten()?;
    PageSize::new(size.0)
}

/// The size of transparent huge pages, or an error if it cannot be read.
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
        let transparent = transparent_huge_page().map(|huge| ByteLength(huge.bytes()));
        for size in pools.iter().map(|p| p.size).chain(transparent) {
            assert!(page_size().is_aligned(size.0) && size.0 > page_size().bytes());
        }
    }
}
