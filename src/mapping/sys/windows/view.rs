//! Making and removing mappings: views of sections, and private memory.

use std::io;
use std::os::windows::io::{AsRawHandle, OwnedHandle, RawHandle};
use std::ptr::{self, NonNull};

use windows_sys::Win32::Foundation::{
    ERROR_ACCESS_DENIED, ERROR_FILE_INVALID, ERROR_HANDLE_EOF, ERROR_INVALID_ADDRESS,
    ERROR_NOT_ENOUGH_MEMORY,
};
use windows_sys::Win32::System::Memory::{
    FILE_MAP_COPY, FILE_MAP_EXECUTE, FILE_MAP_READ, FILE_MAP_WRITE, MEM_COMMIT, MEM_FREE,
    MEM_LARGE_PAGES, MEM_MAPPED, MEM_RELEASE, MEM_RESERVE, MEMORY_BASIC_INFORMATION,
    MEMORY_MAPPED_VIEW_ADDRESS, MapViewOfFileEx, UnmapViewOfFile, VirtualAlloc, VirtualFree,
};

use super::call::error;
use super::facts::facts;
use super::file::{is_executable, is_writable};
use super::open_file::OpenFile;
use super::page::page_size;
use super::placeholder::{self, Replacement};
use super::region::{change_protection, protection, region_at};
use super::section;
use crate::mapping::sys::answer::MapFailure;
use crate::mapping::sys::call::MapCall;
use crate::mapping::sys::error::unsupported;
use crate::mapping::types::{
    Access, AccessMode, ByteLength, MapFlag, Named, Placement, SourceKind, Visibility,
};

/// Makes a mapping (`VirtualAlloc`; `CreateFileMapping` and `MapViewOfFile`).
pub(in crate::mapping) fn map(call: &MapCall<'_>) -> Result<NonNull<u8>, MapFailure> {
    let lacking = call.flags.iter().find(|flag| !is_known(*flag));
    if let Some(flag) = lacking {
        return Err(MapFailure::NoSuchFlag(flag.name()));
    }
    if let (Placement::At(address), true) = (call.placement, call.flags.has(MapFlag::Fixed)) {
        return map_into_reservation(call, address).map_err(MapFailure::Os);
    }
    let made = match call.placement {
        Placement::Anywhere => map_at(call, 0),
        Placement::At(address) => map_at(call, address),
        Placement::Near(address) => map_at(call, address).or_else(|_| map_at(call, 0)),
    };
    made.map_err(MapFailure::Os)
}

/// Whether the flag is known; flags that are implemented by later calls are.
fn is_known(flag: MapFlag) -> bool {
    matches!(
        flag,
        MapFlag::Fixed
            | MapFlag::FixedNoreplace
            | MapFlag::Populate
            | MapFlag::Locked
            | MapFlag::Hugetlb
    )
}

/// Maps a view into address space that the caller has reserved.
fn map_into_reservation(call: &MapCall<'_>, address: u64) -> io::Result<NonNull<u8>> {
    let address = usize::try_from(address).map_err(|_| error(ERROR_INVALID_ADDRESS))?;
    match call.file {
        Some(file) => map_file(file, call, address),
        None => Err(unsupported()),
    }
}

fn map_at(call: &MapCall<'_>, address: u64) -> io::Result<NonNull<u8>> {
    // An address beyond the address space counts as a lack of room.
    let address = usize::try_from(address).map_err(|_| error(ERROR_NOT_ENOUGH_MEMORY))?;
    match call.file {
        None if call.visibility == Visibility::Private => map_memory(call, address),
        None => {
            let section = section::of_memory(ByteLength::of(call.length))?;
            let offered = Offered {
                copies: false,
                writes: true,
                executes: true,
            };
            let view = view(section.as_raw_handle(), call, offered, call.length, address)?;
            set_access(view, call, offered)
        }
        Some(file) => map_file(file, call, address),
    }
}

/// Maps private zeroed memory.
fn map_memory(call: &MapCall<'_>, address: usize) -> io::Result<NonNull<u8>> {
    let mut kind = MEM_RESERVE | MEM_COMMIT;
    if call.flags.has(MapFlag::Hugetlb) {
        kind |= MEM_LARGE_PAGES;
    }
    // SAFETY: the call uses only free address space, whether or not an address is given.
    let base = unsafe {
        VirtualAlloc(
            ptr::with_exposed_provenance(address),
            call.length,
            kind,
            protection(call.access, false),
        )
    };
    NonNull::new(base.cast()).ok_or_else(io::Error::last_os_error)
}

/// The access that a view is created with: the maximum that the handle allows. The requested access is set afterwards,
/// and may change within that limit.
#[derive(Clone, Copy)]
struct Offered {
    copies: bool,
    writes: bool,
    executes: bool,
}

impl Offered {
    /// The bits of `FILE_MAP_*`.
    fn rights(self) -> u32 {
        let data = match (self.copies, self.writes) {
            (true, _) => FILE_MAP_COPY,
            (false, true) => FILE_MAP_READ | FILE_MAP_WRITE,
            (false, false) => FILE_MAP_READ,
        };
        data | if self.executes { FILE_MAP_EXECUTE } else { 0 }
    }

    /// The initial protection of a view with these rights.
    fn initial(self) -> u32 {
        let mode = match (self.copies, self.writes) {
            (true, _) => AccessMode::Copy,
            (false, true) => AccessMode::Write,
            (false, false) => AccessMode::Read,
        };
        let execute = self.executes;
        protection(Access { mode, execute }, self.copies)
    }
}

fn map_file(file: &OpenFile, call: &MapCall<'_>, address: usize) -> io::Result<NonNull<u8>> {
    let private = call.visibility == Visibility::Private;
    let writable = is_writable(file)?;
    if call.access.writes() && !private && !writable {
        return Err(error(ERROR_ACCESS_DENIED));
    }
    let size = facts(file, SourceKind::File)?.size;
    let left = ByteLength(size.0.saturating_sub(call.offset));
    if left.is_zero() {
        return Err(error(ERROR_FILE_INVALID));
    }
    // A view must not be longer than its section, but its last page is whole.
    let whole = page_size().align_up(left.0).unwrap_or(u64::MAX);
    if whole < call.length as u64 {
        return Err(error(ERROR_HANDLE_EOF));
    }
    let length = left.to_usize().unwrap_or(usize::MAX).min(call.length);
    let offers = |executes| Offered {
        copies: private,
        writes: writable,
        executes,
    };
    let with_execution = view_of(file, call, offers(true), length, address);
    match with_execution {
        Err(error) if !call.access.execute && !is_occupied(&error) => {
            let offered = offers(false);
            set_access(
                view_of(file, call, offered, length, address)?,
                call,
                offered,
            )
        }
        other => set_access(other?, call, offers(true)),
    }
}

fn is_occupied(error: &io::Error) -> bool {
    error.raw_os_error() == Some(ERROR_INVALID_ADDRESS.cast_signed())
}

fn view_of(
    file: &OpenFile,
    call: &MapCall<'_>,
    offered: Offered,
    length: usize,
    address: usize,
) -> io::Result<NonNull<u8>> {
    let made: OwnedHandle;
    let handle = match file {
        OpenFile::File(file) => {
            if offered.executes && !is_executable(file) {
                return Err(error(ERROR_ACCESS_DENIED));
            }
            made = section::of_file(file, offered.writes, offered.executes)?;
            made.as_raw_handle()
        }
        OpenFile::Section(section) => section.raw_handle(),
    };
    view(handle, call, offered, length, address)
}

/// Maps a view of a section. The view keeps the section alive after its handle is closed.
fn view(
    section: RawHandle,
    call: &MapCall<'_>,
    offered: Offered,
    length: usize,
    address: usize,
) -> io::Result<NonNull<u8>> {
    if call.flags.has(MapFlag::Fixed) {
        let view = Replacement {
            section,
            offset: call.offset,
            length,
            rights: offered.rights(),
            protection: offered.initial(),
        };
        return placeholder::map_view(&view, address);
    }
    let low = u32::try_from(call.offset & u64::from(u32::MAX)).unwrap_or(0);
    let high = u32::try_from(call.offset >> 32).unwrap_or(0);
    // SAFETY: the call uses only free address space, whether or not an address is given; the handle is open.
    let view = unsafe {
        MapViewOfFileEx(
            section,
            offered.rights(),
            high,
            low,
            length,
            ptr::with_exposed_provenance(address),
        )
    };
    NonNull::new(view.Value.cast()).ok_or_else(io::Error::last_os_error)
}

/// Sets the requested access of a new view.
fn set_access(base: NonNull<u8>, call: &MapCall<'_>, offered: Offered) -> io::Result<NonNull<u8>> {
    let wanted = protection(call.access, offered.copies);
    if wanted == offered.initial() {
        return Ok(base);
    }
    change_protection(base.as_ptr(), call.length, wanted)
        .inspect_err(|_| drop(unmap(base, call.length)))?;
    Ok(base)
}

/// Removes a mapping (`UnmapViewOfFile`, `VirtualFree`), or all mappings in a reservation. It fails only for arguments
/// that no mapping has, which is no failure.
#[expect(clippy::unnecessary_wraps, reason = "other systems report a failure")]
pub(in crate::mapping) fn unmap(base: NonNull<u8>, length: usize) -> io::Result<()> {
    let start = base.as_ptr();
    let mut at = 0;
    while at < length.max(1) {
        let address = start.wrapping_add(at);
        let Ok(region) = region_at(address) else {
            break;
        };
        // Mappings that start before the range are not ours, nor are later mappings of others in free space.
        if region.AllocationBase.cast() == address {
            remove(&region);
        }
        at = at.saturating_add(region.RegionSize.max(1));
    }
    Ok(())
}

fn remove(region: &MEMORY_BASIC_INFORMATION) {
    // SAFETY: the caller owns the mapping and gives it up with this call; no reference to its bytes exists
    // anywhere.
    unsafe {
        if region.Type == MEM_MAPPED {
            UnmapViewOfFile(MEMORY_MAPPED_VIEW_ADDRESS {
                Value: region.AllocationBase,
            });
        } else if region.State != MEM_FREE {
            VirtualFree(region.AllocationBase, 0, MEM_RELEASE);
        }
    }
}
