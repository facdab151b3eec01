//! The processes that map a file, and how much of it is in their page tables.

use schemars::JsonSchema;
use serde::Serialize;

use super::page_sizes;
use super::proc_maps::{self, LOCKED, MemoryUse, Vma};
use super::users::{self, Myself};
use crate::mapping::error::Result;
use crate::mapping::types::{AddressRange, ByteLength, FileIdentity, PageSize, Process, User};

/// The code in VmFlags for a mapping that advises the kernel to use huge pages, and for one that advises against it.
const HUGE_ADVISED: &str = "hg";
const HUGE_ADVISED_AGAINST: &str = "nh";

/// A process that maps the file, and its memory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Mapper {
    /// The process and its mappings.
    #[serde(flatten)]
    pub user: User,
    /// The number of bytes of the file in its page tables; null when unknown.
    pub resident: Option<ByteLength>,
    /// The part of these that is locked in memory; null when unknown.
    pub locked: Option<ByteLength>,
    /// The part of these that is mapped with huge pages; null when unknown.
    pub huge: Option<ByteLength>,
    /// Whether a mapping is aligned and long enough to contain a huge page.
    pub fits_huge: bool,
    /// Whether a mapping advises the kernel to use huge pages.
    pub huge_advised: bool,
    /// Whether a mapping advises the kernel against huge pages.
    pub huge_advised_against: bool,
}

/// The processes that map a file, and how many could not be inspected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::mapping) struct Mappers {
    pub(in crate::mapping) found: Vec<Mapper>,
    pub(in crate::mapping) unseen: u64,
    pub(in crate::mapping) hidden: bool,
}

/// Finds the other processes that map any of these files.
///
/// # Errors
/// Those of [`users::census`].
pub(in crate::mapping) fn mappers(files: &[FileIdentity]) -> Result<Mappers> {
    let census = users::census(files, Myself::Excluded)?;
    let mut users: Vec<User> = Vec::new();
    for user in census.users.into_iter().flatten() {
        // A process may map the file and, on overlayfs, the one behind it.
        match users.iter_mut().find(|other| other.pid == user.pid) {
            Some(other) => other.join(&user),
            None => users.push(user),
        }
    }
    users.sort_unstable_by_key(|user| user.pid);
    let huge = page_sizes::transparent_huge_page();
    let found = users.into_iter().map(|user| inspect(user, files, huge));
    Ok(Mappers {
        found: found.collect(),
        unseen: census.unseen,
        hidden: census.hidden,
    })
}

fn inspect(user: User, files: &[FileIdentity], huge: Option<PageSize>) -> Mapper {
    let process = Process::Id(user.pid);
    let mut ranges = Vec::new();
    let mut mapper = Mapper {
        user,
        resident: None,
        locked: None,
        huge: None,
        fits_huge: false,
        huge_advised: false,
        huge_advised_against: false,
    };
    let visited = proc_maps::visit(process, AddressRange::ALL, |vma| {
        if files.contains(&FileIdentity::shown(&vma)) {
            mapper.fits_huge |= huge.is_some_and(|huge| fits(&vma, huge));
            ranges.push(vma.range);
        }
    });
    let mut sums = [ByteLength::ZERO; 3];
    let visited = visited.and_then(|()| {
        proc_maps::visit_memory_use(process, &ranges, |memory| {
            let resident = of_file(&memory);
            let locked = match memory.has_flag(LOCKED) {
                true => resident,
                false => ByteLength::ZERO,
            };
            let parts = [resident, locked, huge_of_file(&memory)];
            for (sum, part) in sums.iter_mut().zip(parts) {
                *sum = sum.plus(part);
            }
            mapper.huge_advised |= memory.has_flag(HUGE_ADVISED);
            mapper.huge_advised_against |= memory.has_flag(HUGE_ADVISED_AGAINST);
        })
    });
    if visited.is_ok() {
        let [resident, locked, huge] = sums.map(Some);
        (mapper.resident, mapper.locked, mapper.huge) = (resident, locked, huge);
    }
    mapper
}

/// The memory that belongs to the file, without private copies of its pages.
fn of_file(memory: &MemoryUse) -> ByteLength {
    let hugetlb = ByteLength(memory.shared_hugetlb).plus(ByteLength(memory.private_hugetlb));
    ByteLength(memory.rss)
        .minus(ByteLength(memory.anonymous))
        .plus(hugetlb)
}

/// The part of it in huge pages.
fn huge_of_file(memory: &MemoryUse) -> ByteLength {
    memory.huge().minus(ByteLength(memory.anon_huge_pages))
}

/// Whether a mapping can contain a huge page: the page begins at a multiple of its size in the file and in memory.
fn fits(vma: &Vma, huge: PageSize) -> bool {
    let shift = vma.range.start().wrapping_sub(vma.offset);
    let first = huge.align_up(vma.range.start());
    huge.is_aligned(shift)
        && first.is_some_and(|first| first.saturating_add(huge.bytes()) <= vma.range.end())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::measure::proc_maps::Permissions;
    use crate::mapping::types::Device;

    #[test]
    fn a_huge_page_fits_where_the_file_and_the_memory_are_aligned() {
        let huge = PageSize::new(2 << 20).unwrap();
        let fits = |start: u64, length, offset| {
            let range = AddressRange::new(start, ByteLength(length)).unwrap();
            let vma = Vma {
                range,
                permissions: Permissions::default(),
                offset,
                device: Device::default(),
                inode: 1,
                path: Vec::new(),
                deleted: false,
            };
            fits(&vma, huge)
        };
        let size = 2 << 20;
        assert!(fits(10 * size, size, 0));
        assert!(fits(10 * size, size, 4 * size));
        assert!(fits(10 * size + 4096, 2 * size, 4096));
        assert!(!fits(10 * size + 4096, 2 * size, 0));
        assert!(!fits(10 * size, size - 4096, 0));
        assert!(!fits(10 * size + 4096, size, 4096));
    }
}
