//! Bills for tests.

use super::outcome::{Bill, Storage};
use crate::mapping::measure::mappers::Mapper;
use crate::mapping::measure::residency::{Method, Residency};
use crate::mapping::types::{ByteLength, Counts, FolioSize, User};

pub(crate) const MIB: u64 = 1 << 20;

/// A file of 8 MiB on ext4, whose pages are all in memory and clean, in folios of these sizes.
pub(crate) fn bill(folios: &[(u64, u64)]) -> Bill {
    let pages = 8 * MIB / 4096;
    let folio = |(size, folios): &(u64, u64)| FolioSize {
        size: ByteLength(*size),
        folios: *folios,
        bytes: ByteLength(size * folios),
    };
    Bill {
        size: ByteLength(8 * MIB),
        allocated: None,
        holes: None,
        unwritten: None,
        residency: Residency {
            page_size: 4096,
            counts: Counts {
                pages,
                resident: Some(pages),
                cached: Some(pages),
                ..Counts::zero()
            },
            method: Method::Cachestat,
            unknown_reason: None,
            dirty_unknown_reason: None,
        },
        in_flight: Some(ByteLength::ZERO),
        folios: Some(folios.iter().map(folio).collect()),
        folios_unknown: None,
        cgroups: None,
        cgroups_unknown: None,
        nodes: None,
        nodes_unknown: None,
        mapped_by: Some(Vec::new()),
        mapped_by_unknown: None,
        opened_by: None,
        opened_by_unknown: None,
        processes_unseen: 0,
        processes_hidden: false,
        storage: Storage {
            file_system: Some("ext4".to_owned()),
            ..Storage::default()
        },
        huge_page_size: Some(ByteLength(2 * MIB)),
        shmem_huge: None,
        kept_by: Vec::new(),
        huge: Vec::new(),
    }
}

pub(crate) fn small() -> Bill {
    bill(&[(4096, 2048)])
}

pub(crate) fn large() -> Bill {
    bill(&[(2 * MIB, 4)])
}

/// A process with 1 MiB in its page tables.
pub(crate) fn mapper() -> Mapper {
    Mapper {
        user: User {
            pid: 7,
            command: "x".to_owned(),
            mappings: 1,
            mapped: MIB,
            read: true,
            write: false,
            execute: false,
            shared: true,
        },
        resident: Some(ByteLength(MIB)),
        locked: Some(ByteLength::ZERO),
        huge: Some(ByteLength::ZERO),
        fits_huge: true,
        huge_advised: false,
        huge_advised_against: false,
    }
}
