//! Measures what is known about the memory of a file.

use super::outcome::{Bill, Storage};
use super::{pages, verdict};
use crate::mapping::cache::warm::cached_handle;
use crate::mapping::error::{Error, Result};
use crate::mapping::measure::frames::{Observer, Tally};
use crate::mapping::measure::mappers::mappers;
use crate::mapping::measure::openers::openers;
use crate::mapping::measure::{page_sizes, residency};
use crate::mapping::platform::Feature;
use crate::mapping::source::{Handle, OpenFile, Source, path_only};
use crate::mapping::sys;
use crate::mapping::types::{
    ByteLength, Capability, FileIdentity, Gap, GapReason, ShmemHuge, SourceKind, UnknownReason,
};

/// Measures the memory of a file, and finds out what keeps it there and whether it is huge. No page is loaded or dropped,
/// and nothing about the file is changed.
///
/// # Errors
/// `unsupported` on systems other than Linux; `access_denied` for a descriptor that gives no access to the contents; those
/// of `fstat(2)`. What cannot be measured is unknown in the outcome, with its reason.
pub fn why(source: &Source) -> Result<Bill> {
    let fail = |error: Error| error.on(source.name());
    Feature::Why.require("examine").map_err(fail)?;
    let handle = cached_handle(source).map_err(fail)?;
    if let Some(refused) = path_only("examine", handle.file()) {
        return Err(fail(refused));
    }
    handle.keep_access_time();
    let sharing = sys::same_pages(handle.file());
    sharing.iter().for_each(sys::keep_access_time);
    // On overlayfs the pages belong to the file behind.
    let is_stacked = sys::stacking(handle.file()) == Some(true);
    let behind = sharing.first().filter(|_| is_stacked);
    let counted = behind.unwrap_or(handle.file());
    let files: Vec<&OpenFile> = [handle.file()].into_iter().chain(&sharing).collect();
    let mut bill = measure(source, counted)?;
    add_pages(&mut bill, source, counted);
    add_processes(&mut bill, &files);
    bill.storage = storage(handle, behind);
    bill.shmem_huge = shmem_huge(counted);
    let in_memory = files.iter().any(|file| sys::is_memory_backed(file));
    bill.kept_by = verdict::keepers(&bill, in_memory);
    bill.huge = verdict::hugeness(&bill, sys::kernel_release());
    Ok(bill)
}

/// The size and the residency of a file.
fn measure(source: &Source, counted: &OpenFile) -> Result<Bill> {
    let sizes = source.size_report()?;
    let page = sys::page_size();
    let residency = residency::of_file(counted, pages::whole(sizes.size), page);
    let in_flight = residency.counts.not_up_to_date();
    Ok(Bill {
        size: sizes.size,
        allocated: sizes.storage.and_then(|storage| storage.allocated),
        holes: sizes.storage.and_then(|storage| storage.holes),
        unwritten: sizes.storage.and_then(|storage| storage.unwritten),
        residency,
        in_flight: in_flight.map(|pages| ByteLength(pages.saturating_mul(page.bytes()))),
        folios: None,
        folios_unknown: None,
        cgroups: None,
        cgroups_unknown: None,
        nodes: None,
        nodes_unknown: None,
        mapped_by: None,
        mapped_by_unknown: None,
        opened_by: None,
        opened_by_unknown: None,
        processes_unseen: 0,
        processes_hidden: false,
        storage: Storage::default(),
        huge_page_size: page_sizes::transparent_huge_page().map(|huge| ByteLength(huge.bytes())),
        shmem_huge: None,
        kept_by: Vec::new(),
        huge: Vec::new(),
    })
}

/// Stores a result: its value, or why it is unknown.
fn put<T>(known: &mut Option<T>, unknown: &mut Option<Gap>, found: std::result::Result<T, Gap>) {
    match found {
        Ok(value) => *known = Some(value),
        Err(gap) => *unknown = Some(gap),
    }
}

/// Adds the folios, control groups and nodes of the resident pages.
fn add_pages(bill: &mut Bill, source: &Source, counted: &OpenFile) {
    let observer = Observer::new();
    let (tally, resident) = match bill.residency.counts.resident {
        None => (Err(unknown_pages(bill)), 0),
        Some(resident) if resident > 0 && observer.needs_pages() => {
            let whole = pages::whole(bill.size);
            (pages::tally(source, counted, whole, &observer), resident)
        }
        Some(resident) => (Ok(Tally::default()), resident),
    };
    let framed = tally.clone().map_err(|gap| observer.with_gap(gap));
    let framed = framed.as_ref().map_err(Gap::clone);
    let folios = framed.clone().and_then(|tally| observer.folios(tally));
    let groups = framed.and_then(|tally| observer.groups(tally));
    let nodes = tally.and_then(|tally| observer.nodes(&tally, resident));
    put(&mut bill.folios, &mut bill.folios_unknown, folios);
    put(&mut bill.cgroups, &mut bill.cgroups_unknown, groups);
    put(&mut bill.nodes, &mut bill.nodes_unknown, nodes);
}

/// Why the pages in memory are unknown.
fn unknown_pages(bill: &Bill) -> Gap {
    match bill.residency.unknown_reason {
        Some(UnknownReason::NotPermitted) => Gap::needs(vec![Capability::DacOverride]),
        _ => GapReason::PagesUnknown.into(),
    }
}

/// Adds the processes that map or open any of these files, which have the same pages.
fn add_processes(bill: &mut Bill, files: &[&OpenFile]) {
    let no_processes = |_| Gap::from(GapReason::NoProcesses);
    let page = sys::page_size();
    let identities: Vec<_> = files
        .iter()
        .filter_map(|file| FileIdentity::of(file, page).ok())
        .collect();
    let mapping = match identities.is_empty() {
        true => Err(GapReason::NoProcesses.into()),
        false => mappers(&identities).map_err(no_processes),
    };
    let opening = openers(files).map_err(no_processes);
    let unseen = [
        mapping.as_ref().map_or(0, |mappers| mappers.unseen),
        opening.as_ref().map_or(0, |openers| openers.unseen),
    ];
    bill.processes_unseen = unseen.into_iter().max().unwrap_or(0);
    bill.processes_hidden = mapping.as_ref().is_ok_and(|mappers| mappers.hidden);
    let mapping = mapping.map(|mappers| mappers.found);
    put(&mut bill.mapped_by, &mut bill.mapped_by_unknown, mapping);
    let opening = opening.map(|openers| openers.found);
    put(&mut bill.opened_by, &mut bill.opened_by_unknown, opening);
}

fn storage(handle: &Handle, behind: Option<&OpenFile>) -> Storage {
    let counted = behind.unwrap_or(handle.file());
    let is_device = handle.kind() == SourceKind::BlockDevice;
    // The device node is on a file system, but the contents of the device are not.
    let mount = sys::mount_of(handle.file()).filter(|_| !is_device);
    let other = behind.and_then(sys::mount_of);
    Storage {
        device: sys::storage_device(counted),
        pages_on: other.map(|mount| mount.file_system),
        read_ahead: match sys::is_memory_backed(counted) {
            true => Some(ByteLength::ZERO),
            false => sys::read_ahead(counted),
        },
        mount_point: mount.as_ref().map(|mount| mount.point.clone()),
        file_system: mount.map(|mount| mount.file_system),
    }
}

/// When the kernel uses huge pages for a file on tmpfs: the setting of the system, where it holds for every mount or the
/// file is on none, and otherwise the option of the mount.
fn shmem_huge(file: &OpenFile) -> Option<ShmemHuge> {
    if !sys::takes_memory(file) {
        return None;
    }
    let system = sys::shared_memory_huge_pages();
    if matches!(system, Some(ShmemHuge::Deny | ShmemHuge::Force)) {
        return system;
    }
    match sys::mount_of(file) {
        None => system,
        Some(mount) if mount.file_system == "ramfs" => None,
        Some(mount) => {
            let mut options = mount.options.split(',');
            let option = options.find_map(|option| option.strip_prefix("huge="));
            option.map_or(Some(ShmemHuge::Never), ShmemHuge::parse)
        }
    }
}
