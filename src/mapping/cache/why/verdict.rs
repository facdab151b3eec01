//! The verdicts on a file, from the facts alone: what keeps it in memory, and whether it is huge.

use super::outcome::Bill;
use crate::mapping::types::{ByteLength, Hugeness, Keeper, ShmemHuge, UnknownReason};

/// File systems that use large folios for ordinary files, and the release of the kernel from which on they do.
const LARGE_FOLIOS: [(&str, (u32, u32)); 2] = [("xfs", (5, 18)), ("ext4", (6, 16))];

/// What keeps pages of the file in memory. `in_memory` is whether they have no storage.
pub(super) fn keepers(bill: &Bill, in_memory: bool) -> Vec<Keeper> {
    let counts = &bill.residency.counts;
    if counts.held() == Some(0) {
        return vec![Keeper::NotCached];
    }
    if in_memory {
        return vec![Keeper::MemoryOnly];
    }
    let some = |count: Option<u64>| count.is_some_and(|count| count > 0);
    let locked = bill.mapped(|mapper| mapper.locked);
    let is_mapped = |resident: Option<ByteLength>| resident.is_none_or(|bytes| !bytes.is_zero());
    let found = [
        (Keeper::Dirty, some(counts.dirty)),
        (Keeper::Writeback, some(counts.writeback)),
        (Keeper::InFlight, some(counts.not_up_to_date())),
        (
            Keeper::Mapped,
            bill.mappers()
                .iter()
                .any(|mapper| is_mapped(mapper.resident)),
        ),
        (Keeper::Locked, !locked.is_zero()),
        (
            Keeper::Unseen,
            bill.mapped_by.is_none() || bill.processes_unseen > 0 || bill.processes_hidden,
        ),
        (
            Keeper::Unknown,
            counts.held().is_none() || counts.dirty.is_none(),
        ),
    ];
    let keepers = found.iter().filter(|(_, applies)| *applies);
    let keepers: Vec<Keeper> = keepers.map(|(keeper, _)| *keeper).collect();
    match keepers.is_empty() {
        true => vec![Keeper::Nothing],
        false => keepers,
    }
}

/// Whether the memory of the file is huge, or why it is not. `kernel` is the release of the kernel.
pub(super) fn hugeness(bill: &Bill, kernel: Option<(u32, u32)>) -> Vec<Hugeness> {
    if bill.residency.unknown_reason == Some(UnknownReason::HugePages) {
        return vec![Hugeness::HugetlbFile];
    }
    let Some(huge) = bill.huge_page_size else {
        return vec![Hugeness::NoHugePages];
    };
    if bill.size < huge {
        return vec![Hugeness::Short];
    }
    if bill.residency.counts.resident == Some(0) {
        return vec![Hugeness::NotCached];
    }
    let mut found = Vec::new();
    let mapped_huge = !bill.mapped(|mapper| mapper.huge).is_zero();
    if mapped_huge {
        found.push(Hugeness::MappedHuge);
    }
    let Some(folios) = &bill.folios else {
        found.extend(shmem_setting(bill));
        found.push(Hugeness::Unknown);
        return found;
    };
    let in_huge = bill.in_folios_from(huge);
    if !in_huge.is_zero() {
        found.push(Hugeness::HugeFolios);
        if !mapped_huge {
            found.push(why_not_mapped_huge(bill));
        }
    }
    let all: ByteLength = folios.iter().map(|folio| folio.bytes).sum();
    // The part after the last multiple of a huge page cannot be huge.
    if in_huge < all && in_huge.plus(huge) <= all.max(huge) {
        found.extend(why_small(bill, kernel));
    }
    found
}

/// Why the folios of a file on tmpfs are small, if it is the setting.
fn shmem_setting(bill: &Bill) -> Option<Hugeness> {
    let is_off = matches!(bill.shmem_huge?, ShmemHuge::Never | ShmemHuge::Deny);
    is_off.then_some(Hugeness::ShmemSetting)
}

/// Why some folios are smaller than a huge page.
fn why_small(bill: &Bill, kernel: Option<(u32, u32)>) -> Vec<Hugeness> {
    if let Some(setting) = shmem_setting(bill) {
        return vec![setting];
    }
    let page = ByteLength(bill.residency.page_size);
    let has_larger = bill.folios.iter().flatten().any(|folio| folio.size > page);
    let name = bill
        .storage
        .pages_on
        .as_ref()
        .or(bill.storage.file_system.as_ref());
    let since = LARGE_FOLIOS
        .iter()
        .find(|(known, _)| name.is_some_and(|name| name == known))
        .map(|(_, since)| *since);
    let supported = since.zip(kernel).map(|(since, kernel)| kernel >= since);
    let cause = match (has_larger || bill.shmem_huge.is_some(), supported) {
        (true, _) | (_, Some(true)) => Hugeness::SmallPieces,
        (false, Some(false)) => Hugeness::FileSystem,
        (false, None) => Hugeness::SinglePages,
    };
    let mut found = vec![cause];
    let mappers = bill.mappers();
    if mappers.iter().any(|mapper| mapper.huge_advised_against) {
        found.push(Hugeness::AdvisedAgainst);
    } else if cause != Hugeness::FileSystem
        && !mappers.is_empty()
        && !mappers.iter().any(|mapper| mapper.huge_advised)
    {
        found.push(Hugeness::NotAdvised);
    }
    found
}

/// Why no process maps huge folios with huge pages.
fn why_not_mapped_huge(bill: &Bill) -> Hugeness {
    let mappers = bill.mappers();
    let is_resident = |bytes: Option<ByteLength>| bytes.is_some_and(|bytes| !bytes.is_zero());
    if !mappers.iter().any(|mapper| is_resident(mapper.resident)) {
        Hugeness::NotMapped
    } else if mappers.iter().any(|mapper| mapper.huge_advised_against) {
        Hugeness::AdvisedAgainst
    } else if !mappers.iter().any(|mapper| mapper.fits_huge) {
        Hugeness::Unaligned
    } else {
        Hugeness::PageByPage
    }
}
