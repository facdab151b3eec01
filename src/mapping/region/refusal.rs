//! Errors for refused mappings: the meaning of the error number of `mmap(2)` for a request.

use std::io;

use super::request::MapRequest;
use crate::mapping::error::Error;
use crate::mapping::measure::proc_maps;
use crate::mapping::source::{Handle, OpenFile, Source, path_only};
use crate::mapping::sys;
use crate::mapping::types::{
    Access, AddressRange, ByteLength, Kind, LengthText, MapFlag, PageSize, Placement, Remedy,
    Visibility,
};

/// Whether this process has anything mapped in a range; `None` when unknown.
pub(super) fn is_occupied(address: u64, length: usize) -> Option<bool> {
    let wanted = AddressRange::new(address, ByteLength::of(length))?;
    let mut occupied = false;
    proc_maps::visit_own(wanted, |_| occupied = true).ok()??;
    Some(occupied)
}

/// The error for an address that the kernel did not use. Without MAP_FIXED_NOREPLACE it only places the mapping
/// elsewhere, and does not report why.
pub(super) fn refused_address(request: &MapRequest) -> Error {
    let length = request.range.length();
    match request.placement {
        Placement::At(address)
            if is_occupied(address, length.to_usize().unwrap_or(usize::MAX)) == Some(false) =>
        {
            let reason = format!("no room for {} at {address:#x}", LengthText(length));
            Error::new(Kind::OutOfMemory, "map", reason)
        }
        _ => address_in_use("already mapped"),
    }
}

/// The error for address space that could not be reserved.
pub(super) fn placement_failure(error: &io::Error) -> Error {
    match sys::refusal_of(error) {
        sys::MapRefusal::AddressInUse => address_in_use("already mapped"),
        _ => Error::os("map", error),
    }
}

pub(super) fn address_in_use(how: &str) -> Error {
    Error::new(
        Kind::OutOfMemory,
        "map",
        format!("address in use: the requested range is {how}"),
    )
    .hint(Remedy::AddressHint)
}

pub(super) const NEEDS_ANONYMOUS: &str =
    "'droppable' needs anonymous memory that no other program opens";

pub(super) const NEEDS_DAX: &str = "'sync' needs a shared mapping of a file on a DAX file system";

/// The error for a failed `mmap(2)` of this request.
pub(in crate::mapping) fn refusal(
    error: &io::Error,
    source: &Source,
    request: &MapRequest,
) -> Error {
    let plain = Error::os("map", error);
    let has = |flag| request.flags.has(flag);
    let file = source.handle().map(Handle::file);
    if let Some(refused) = file.and_then(|file| path_only("map", file)) {
        return refused;
    }
    match sys::refusal_of(error) {
        sys::MapRefusal::AddressInUse => refused_address(request),
        sys::MapRefusal::NoMemory if has(MapFlag::Hugetlb) => no_huge_pages(plain, request.page()),
        sys::MapRefusal::NoMemory => no_room(plain, request),
        sys::MapRefusal::Denied => denied(plain, file, request.access, request.visibility),
        sys::MapRefusal::Invalid if file.is_some_and(sys::is_read_only_device) => {
            Error::os_as(Kind::AccessDenied, "map", error)
                .because("the device is read-only")
                .hint("'blockdev --setrw' allows writing if the device supports it")
        }
        sys::MapRefusal::Invalid | sys::MapRefusal::NotSupported if has(MapFlag::Droppable) => {
            unsupported(
                error,
                "'droppable' needs a 64-bit Linux 6.11 or later, without 'growsdown' and 'hugetlb'",
            )
        }
        sys::MapRefusal::Invalid if has(MapFlag::Growsdown) => {
            unsupported(error, "'growsdown' needs private anonymous memory")
        }
        sys::MapRefusal::Invalid if has(MapFlag::Hugetlb) => unsupported(
            error,
            "'hugetlb' needs anonymous memory and a huge page size of this system",
        ),
        sys::MapRefusal::Invalid
            if request.visibility == Visibility::SharedValidate && source.handle().is_none() =>
        {
            unsupported(error, "'shared-validate' needs a file")
        }
        sys::MapRefusal::NotSupported if has(MapFlag::Sync) => unsupported(error, NEEDS_DAX),
        sys::MapRefusal::NotSupported => unsupported(
            error,
            "the kernel does not accept these flags with 'shared-validate'",
        ),
        sys::MapRefusal::NoSuchDevice => {
            unsupported(error, "its file system or driver cannot map it into memory")
        }
        _ => plain,
    }
}

pub(super) fn unsupported(error: &io::Error, reason: &str) -> Error {
    Error::os_as(Kind::Unsupported, "map", error).because(reason)
}

/// The error for a lack of permission, with the reason if it can be found.
pub(super) fn denied(
    plain: Error,
    file: Option<&OpenFile>,
    access: Access,
    visibility: Visibility,
) -> Error {
    let Some(file) = file else {
        return plain;
    };
    if sys::is_write_only(file).unwrap_or(false) {
        return plain
            .because("the descriptor is open for writing only; a mapping also needs read access");
    }
    let stores = access.writes() && visibility.is_shared();
    if stores && !sys::is_writable(file).unwrap_or(true) {
        return plain
            .because("it is open for reading only, but the access needs shared writes")
            .hint(Remedy::CopyOnWrite);
    }
    match (access.execute, stores) {
        (true, _) => plain.hint("its file system may be mounted noexec (findmnt -T FILE)"),
        (false, true) => plain.hint("it may be sealed against writing, or append-only (lsattr)"),
        (false, false) => plain,
    }
}

pub(super) fn no_huge_pages(plain: Error, page: PageSize) -> Error {
    let pages = LengthText(ByteLength(page.bytes()));
    plain
        .because(format!("too few free huge pages of {pages}"))
        .hint(Remedy::HugePagePool)
}

pub(super) fn no_room(plain: Error, request: &MapRequest) -> Error {
    let length = LengthText(request.range.length());
    plain.because(match request.placement {
        Placement::At(address) => format!("no room for {length} at {address:#x}"),
        Placement::Anywhere | Placement::Near(_) => format!("no room for {length}"),
    })
}
