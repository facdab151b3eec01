//! Huge pages, as `/sys/kernel/mm` tells of them.

use std::fs;
use std::path::Path;

use crate::mapping::pages::HugePool;
use crate::mapping::range::{ByteLength, PageCount};

const POOLS: &str = "/sys/kernel/mm/hugepages";
const TRANSPARENT_SIZE: &str = "/sys/kernel/mm/transparent_hugepage/hpage_pmd_size";
const TRANSPARENT_WHEN: &str = "/sys/kernel/mm/transparent_hugepage/enabled";

/// The pools of huge pages, smallest page first. Empty where the kernel has none or does not tell.
pub(in crate::mapping) fn huge_pools() -> Vec<HugePool> {
    let Ok(entries) = fs::read_dir(POOLS) else {
        return Vec::new();
    };
    let mut pools: Vec<HugePool> = entries
        .flatten()
        .filter_map(|entry| pool(&entry.path()))
        .collect();
    pools.sort_by_key(|pool| pool.size);
    pools
}

/// Whether memory that asks for transparent huge pages by `madvise(2)` gets them.
pub(in crate::mapping) fn transparent_huge_pages_on_advice() -> bool {
    fs::read_to_string(TRANSPARENT_WHEN)
        .is_ok_and(|when| when.contains("[always]") || when.contains("[madvise]"))
}

/// The size of a transparent huge page; `None` where the kernel has none.
pub(in crate::mapping) fn transparent_huge_page() -> Option<ByteLength> {
    number(Path::new(TRANSPARENT_SIZE)).map(ByteLength)
}

fn pool(directory: &Path) -> Option<HugePool> {
    let name = directory.file_name()?.to_str()?;
    let kibibytes: u64 = name
        .strip_prefix("hugepages-")?
        .strip_suffix("kB")?
        .parse()
        .ok()?;
    let count = |file: &str| number(&directory.join(file)).map(PageCount);
    Some(HugePool {
        size: ByteLength(kibibytes.checked_mul(1024)?),
        total: count("nr_hugepages")?,
        free: count("free_hugepages")?,
        reserved: count("resv_hugepages")?,
        surplus: count("surplus_hugepages")?,
    })
}

fn number(path: &Path) -> Option<u64> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}
