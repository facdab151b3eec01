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

#[cfg(test)]
mod tests {
    use super::super::sample::{MIB, bill, large, mapper, small};
    use super::*;
    use crate::mapping::measure::mappers::Mapper;
    use crate::mapping::types::Counts;

    /// The bill changed by a function.
    fn with(mut bill: Bill, change: impl FnOnce(&mut Bill)) -> Bill {
        change(&mut bill);
        bill
    }

    fn mapped(bill: Bill, change: impl FnOnce(&mut Mapper)) -> Bill {
        let mut one = mapper();
        change(&mut one);
        with(bill, |bill| bill.mapped_by = Some(vec![one]))
    }

    #[test]
    fn every_reason_to_stay_is_found() {
        let keeps = |bill: Bill| keepers(&bill, false);
        let counts = |change: fn(&mut Counts)| {
            keeps(with(small(), |bill| change(&mut bill.residency.counts)))
        };
        assert_eq!(keeps(small()), [Keeper::Nothing]);
        assert_eq!(keepers(&small(), true), [Keeper::MemoryOnly]);
        assert_eq!(counts(|counts| counts.dirty = Some(1)), [Keeper::Dirty]);
        assert_eq!(
            counts(|counts| counts.writeback = Some(1)),
            [Keeper::Writeback]
        );
        assert_eq!(
            counts(|counts| counts.resident = Some(1)),
            [Keeper::InFlight]
        );
        assert_eq!(
            counts(|counts| counts.cached = Some(0)),
            [Keeper::NotCached]
        );
        assert_eq!(counts(|counts| counts.dirty = None), [Keeper::Unknown]);
        assert_eq!(keeps(mapped(small(), |_| {})), [Keeper::Mapped]);
        let untouched = mapped(small(), |mapper| mapper.resident = Some(ByteLength::ZERO));
        assert_eq!(keeps(untouched), [Keeper::Nothing]);
        let locked = mapped(small(), |mapper| mapper.locked = Some(ByteLength(4096)));
        assert_eq!(keeps(locked), [Keeper::Mapped, Keeper::Locked]);
        let unknown = mapped(small(), |mapper| mapper.resident = None);
        assert_eq!(keeps(unknown), [Keeper::Mapped]);
        let unseen = with(small(), |bill| bill.processes_unseen = 1);
        assert_eq!(keeps(unseen), [Keeper::Unseen]);
        let hidden = with(small(), |bill| bill.processes_hidden = true);
        assert_eq!(keeps(hidden), [Keeper::Unseen]);
        let no_processes = with(small(), |bill| bill.mapped_by = None);
        assert_eq!(keeps(no_processes), [Keeper::Unseen]);
    }

    #[test]
    fn what_has_no_folios_to_judge_has_its_own_reason() {
        let huge = |bill: Bill| hugeness(&bill, Some((6, 18)));
        let hugetlb = with(small(), |bill| {
            bill.residency.unknown_reason = Some(UnknownReason::HugePages);
        });
        assert_eq!(huge(hugetlb), [Hugeness::HugetlbFile]);
        let none = with(small(), |bill| bill.huge_page_size = None);
        assert_eq!(huge(none), [Hugeness::NoHugePages]);
        let short = with(small(), |bill| bill.size = ByteLength(2 * MIB - 1));
        assert_eq!(huge(short), [Hugeness::Short]);
        let absent = with(small(), |bill| bill.residency.counts.resident = Some(0));
        assert_eq!(huge(absent), [Hugeness::NotCached]);
        let unknown = with(small(), |bill| bill.folios = None);
        assert_eq!(huge(unknown), [Hugeness::Unknown]);
        let on_tmpfs = with(small(), |bill| {
            bill.folios = None;
            bill.shmem_huge = Some(ShmemHuge::Never);
        });
        assert_eq!(huge(on_tmpfs), [Hugeness::ShmemSetting, Hugeness::Unknown]);
    }

    #[test]
    fn small_folios_have_the_reason_of_their_file_system_or_of_their_data() {
        let on = |name: &str, bill: Bill, kernel| {
            let bill = with(bill, |bill| {
                bill.storage.file_system = Some(name.to_owned())
            });
            hugeness(&bill, Some(kernel))
        };
        assert_eq!(on("ext4", small(), (6, 15)), [Hugeness::FileSystem]);
        assert_eq!(on("ext4", small(), (6, 16)), [Hugeness::SmallPieces]);
        assert_eq!(on("xfs", small(), (5, 17)), [Hugeness::FileSystem]);
        assert_eq!(on("xfs", small(), (7, 0)), [Hugeness::SmallPieces]);
        assert_eq!(on("vfat", small(), (6, 18)), [Hugeness::SinglePages]);
        let larger = || bill(&[(4096, 1024), (65536, 64)]);
        assert_eq!(on("vfat", larger(), (6, 18)), [Hugeness::SmallPieces]);
        let behind = with(small(), |bill| {
            bill.storage.pages_on = Some("xfs".to_owned())
        });
        assert_eq!(on("overlay", behind, (6, 18)), [Hugeness::SmallPieces]);
        let shmem = |setting| {
            let bill = with(small(), |bill| bill.shmem_huge = Some(setting));
            hugeness(&bill, None)
        };
        assert_eq!(shmem(ShmemHuge::Never), [Hugeness::ShmemSetting]);
        assert_eq!(shmem(ShmemHuge::Deny), [Hugeness::ShmemSetting]);
        assert_eq!(shmem(ShmemHuge::Always), [Hugeness::SmallPieces]);
    }

    #[test]
    fn mappings_explain_why_nothing_is_mapped_huge() {
        let huge = |bill: Bill| hugeness(&bill, Some((6, 18)));
        assert_eq!(huge(large()), [Hugeness::HugeFolios, Hugeness::NotMapped]);
        let mapping = |change: fn(&mut Mapper)| huge(mapped(large(), change));
        let folios = Hugeness::HugeFolios;
        assert_eq!(mapping(|_| {}), [folios, Hugeness::PageByPage]);
        assert_eq!(
            mapping(|one| one.fits_huge = false),
            [folios, Hugeness::Unaligned]
        );
        assert_eq!(
            mapping(|one| one.huge_advised_against = true),
            [folios, Hugeness::AdvisedAgainst]
        );
        assert_eq!(
            mapping(|one| one.huge = Some(ByteLength(MIB))),
            [Hugeness::MappedHuge, folios]
        );
        let small = |change: fn(&mut Mapper)| huge(mapped(small(), change));
        let pieces = Hugeness::SmallPieces;
        assert_eq!(small(|_| {}), [pieces, Hugeness::NotAdvised]);
        assert_eq!(small(|one| one.huge_advised = true), [pieces]);
        assert_eq!(
            small(|one| one.huge_advised_against = true),
            [pieces, Hugeness::AdvisedAgainst]
        );
    }

    #[test]
    fn the_rest_after_the_last_huge_page_is_no_reason() {
        let rest = bill(&[(MIB, 1), (2 * MIB, 3)]);
        let found = hugeness(&rest, Some((6, 18)));
        assert_eq!(found, [Hugeness::HugeFolios, Hugeness::NotMapped]);
        let partly = bill(&[(MIB, 2), (2 * MIB, 3)]);
        let found = hugeness(&partly, Some((6, 18)));
        let expected = [
            Hugeness::HugeFolios,
            Hugeness::NotMapped,
            Hugeness::SmallPieces,
        ];
        assert_eq!(found, expected);
    }
}
