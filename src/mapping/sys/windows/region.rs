//! Regions: the attributes that consecutive pages share, and their protection.

use std::io;

use windows_sys::Win32::System::Memory::{
    MEMORY_BASIC_INFORMATION, PAGE_EXECUTE, PAGE_EXECUTE_READ, PAGE_EXECUTE_READWRITE,
    PAGE_EXECUTE_WRITECOPY, PAGE_NOACCESS, PAGE_READONLY, PAGE_READWRITE, PAGE_WRITECOPY,
    VirtualProtect, VirtualQuery,
};

use super::call::check;
use crate::mapping::types::{Access, AccessMode};

/// The attributes of the pages from an address on (`VirtualQuery`).
pub(super) fn region_at(address: *const u8) -> io::Result<MEMORY_BASIC_INFORMATION> {
    let mut found = MEMORY_BASIC_INFORMATION::default();
    // SAFETY: the structure has the given length; any address may be queried.
    let written = unsafe {
        VirtualQuery(
            address.cast(),
            &raw mut found,
            size_of::<MEMORY_BASIC_INFORMATION>(),
        )
    };
    match written {
        0 => Err(io::Error::last_os_error()),
        _ => Ok(found),
    }
}

/// Sets the protection of the pages of a mapping.
pub(super) fn change_protection(base: *mut u8, length: usize, to: u32) -> io::Result<()> {
    let mut before = 0;
    // SAFETY: the range is a mapping that the caller owns, and its bytes are accessed only by copies that survive a
    // lack of access.
    check(unsafe { VirtualProtect(base.cast(), length, to, &raw mut before) })
}

/// The bits of `PAGE_*` for an access; `copies` for a view whose writes stay private.
pub(super) fn protection(access: Access, copies: bool) -> u32 {
    match (access.mode, access.execute) {
        (AccessMode::None, false) => PAGE_NOACCESS,
        (AccessMode::None, true) => PAGE_EXECUTE,
        (AccessMode::Read, false) => PAGE_READONLY,
        (AccessMode::Read, true) => PAGE_EXECUTE_READ,
        (_, false) if copies => PAGE_WRITECOPY,
        (_, true) if copies => PAGE_EXECUTE_WRITECOPY,
        (_, false) => PAGE_READWRITE,
        (_, true) => PAGE_EXECUTE_READWRITE,
    }
}
