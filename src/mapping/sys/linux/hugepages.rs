//! Huge pages, as `/sys/kernel/mm` and `/proc/meminfo` report them.

use std::fs;
use std::io;
use std::path::Path;

use super::meminfo::MemoryInfo;
use super::text::number;
use crate::mapping::sys::unix::page::page_size;
use crate::mapping::types::{ByteLength, HugePool, PageCount, PageSize, ShmemHuge};

const POOLS: &str = "/sys/kernel/mm/hugepages";
const TRANSPARENT_SIZE: &str = "/sys/kernel/mm/transparent_hugepage/hpage_pmd_size";
const SHARED_MEMORY_WHEN: &str = "/sys/kernel/mm/transparent_hugepage/shmem_enabled";
const TRANSPARENT_WHEN: &str = "/sys/kernel/mm/transparent_hugepage/enabled";

/// The size of the pages in the default pool of huge pages.
pub(in crate::mapping) fn default_huge_page_size() -> PageSize {
    let size = MemoryInfo::read().bytes("Hugepagesize:");
    size.and_then(|size| PageSize::new(size.0))
        .unwrap_or_else(page_size)
}

/// When the kernel uses huge pages for shared memory that is on no mount. `deny` and `force` are for every mount.
pub(in crate::mapping) fn shared_memory_huge_pages() -> Option<ShmemHuge> {
    let text = fs::read_to_string(SHARED_MEMORY_WHEN).ok()?;
    let (_, chosen) = text.split_once('[')?;
    ShmemHuge::parse(chosen.split_once(']')?.0)
}

/// The pools of huge pages, smallest page first; empty if the kernel has none.
pub(in crate::mapping) fn huge_pools() -> io::Result<Vec<HugePool>> {
    let entries = match fs::read_dir(POOLS) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut pools = Vec::new();
    for entry in entries {
        pools.extend(pool(&entry?.path())?);
    }
    pools.sort_by_key(|pool| pool.size);
    Ok(pools)
}

/// Whether memory that asks for transparent huge pages with `madvise(2)` gets them.
pub(in crate::mapping) fn transparent_huge_pages_on_advice() -> bool {
    fs::read_to_string(TRANSPARENT_WHEN)
        .is_ok_and(|when| when.contains("[always]") || when.contains("[madvise]"))
}

/// The size of a transparent huge page; `None` if the kernel has none.
pub(in crate::mapping) fn transparent_huge_page() -> io::Result<Option<ByteLength>> {
    match number(TRANSPARENT_SIZE) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        size => size.map(|size| Some(ByteLength(size))),
    }
}

/// The pool of a directory; `None` if it is not the directory of a pool.
fn pool(directory: &Path) -> io::Result<Option<HugePool>> {
    let Some(size) = page_size_of(directory) else {
        return Ok(None);
    };
    let count = |file: &str| number(directory.join(file)).map(PageCount);
    Ok(Some(HugePool {
        size,
        total: count("nr_hugepages")?,
        free: count("free_hugepages")?,
        reserved: count("resv_hugepages")?,
        surplus: count("surplus_hugepages")?,
    }))
}

fn page_size_of(directory: &Path) -> Option<ByteLength> {
    let name = directory.file_name()?.to_str()?;
    let kibibytes: u64 = name
        .strip_prefix("hugepages-")?
        .strip_suffix("kB")?
        .parse()
        .ok()?;
    kibibytes.checked_mul(1024).map(ByteLength)
}
