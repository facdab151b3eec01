//! Making and removing mappings (`mmap(2)`, `munmap(2)`).

use std::io;
use std::os::fd::AsRawFd;
use std::ptr::NonNull;

use libc::c_int;
use rustix::io::Errno;

use super::bits::{
    MAP_NORESERVE, access_bits, huge_size_bits, map_flag_bits, no_replace_bits, populate_bits,
    visibility_bits,
};
use super::error::{check, overflow};
use crate::mapping::sys::answer::MapFailure;
use crate::mapping::sys::call::MapCall;
use crate::mapping::types::{Access, MapFlag, MapFlags, Named, Placement, Visibility};

/// Makes a mapping (`mmap(2)`).
pub(in crate::mapping) fn map(call: &MapCall<'_>) -> Result<NonNull<u8>, MapFailure> {
    let mut flags = visibility_bits(call.visibility, call.flags);
    for flag in call.flags.iter() {
        flags |= map_flag_bits(flag).ok_or(MapFailure::NoSuchFlag(flag.name()))?;
    }
    flags |= populate_bits(call.flags);
    if let Some(size) = call.huge_size {
        flags |= huge_size_bits(size);
    }
    let (address, exact) = place(call.placement);
    map_exactly(call, address, exact, flags).map_err(MapFailure::Os)
}

/// The address of a placement, and whether it is mandatory.
fn place(placement: Placement) -> (u64, bool) {
    match placement {
        Placement::Anywhere => (0, false),
        Placement::Near(address) => (address, false),
        Placement::At(address) => (address, true),
    }
}

fn map_exactly(
    call: &MapCall<'_>,
    address: u64,
    exact: bool,
    mut flags: c_int,
) -> io::Result<NonNull<u8>> {
    if exact && !call.flags.has(MapFlag::Fixed) {
        flags |= no_replace_bits(call.visibility);
    }
    // An address beyond the address space counts as a lack of room.
    let address = usize::try_from(address).map_err(|_| io::Error::from(Errno::NOMEM))?;
    let base = map_bits(call, address, flags)?;
    if exact && base.as_ptr().addr() != address {
        // A system without MAP_FIXED_NOREPLACE treats the address as a hint.
        let _ = unmap(base, call.length);
        return Err(Errno::EXIST.into());
    }
    Ok(base)
}

/// Reserves address space without memory or access (`mmap(2)`).
pub(in crate::mapping) fn reserve_addresses(
    length: usize,
    placement: Placement,
) -> io::Result<NonNull<u8>> {
    let (address, exact) = place(placement);
    let call = MapCall {
        file: None,
        offset: 0,
        length,
        access: Access::NONE,
        visibility: Visibility::Private,
        placement,
        flags: MapFlags::EMPTY,
        huge_size: None,
    };
    map_exactly(&call, address, exact, libc::MAP_PRIVATE | MAP_NORESERVE)
}

fn map_bits(call: &MapCall<'_>, address: usize, mut flags: c_int) -> io::Result<NonNull<u8>> {
    let descriptor = match call.file {
        Some(file) => file.as_raw_fd(),
        None => {
            flags |= libc::MAP_ANONYMOUS;
            -1
        }
    };
    let offset = libc::off_t::try_from(call.offset).map_err(overflow)?;
    // SAFETY: the kernel checks every argument. With MAP_FIXED the range either lies in a reservation of the caller,
    // which has no bytes, or was seen to be free, and no other thread of this program makes mappings at chosen
    // addresses. Without it nothing is replaced.
    let base = unsafe {
        libc::mmap(
            std::ptr::with_exposed_provenance_mut(address),
            call.length,
            access_bits(call.access),
            flags,
            descriptor,
            offset,
        )
    };
    if base == libc::MAP_FAILED {
        return Err(io::Error::last_os_error());
    }
    // A privileged caller can map address 0, which Rust cannot use.
    NonNull::new(base.cast()).ok_or_else(|| Errno::INVAL.into())
}

/// Removes a mapping (`munmap(2)`). It fails for a sealed mapping, for a part when there are too many mappings, and for
/// arguments that no mapping has.
pub(in crate::mapping) fn unmap(base: NonNull<u8>, length: usize) -> io::Result<()> {
    // SAFETY: the caller owns the mapping and gives it up with this call; no reference to its bytes
    // exists anywhere.
    check(unsafe { libc::munmap(base.as_ptr().cast(), length) })
}
