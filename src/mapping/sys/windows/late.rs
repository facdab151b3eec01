//! Calls that older systems or Wine lack. They are looked up when needed, so the program starts without them.

use std::ffi::CStr;
use std::io;

use windows_sys::Win32::Foundation::HANDLE;
use windows_sys::Win32::System::LibraryLoader::{GetModuleHandleA, GetProcAddress};
use windows_sys::Win32::System::Memory::WIN32_MEMORY_RANGE_ENTRY;
use windows_sys::Win32::System::Threading::GetCurrentProcess;

use super::call::{check, error};
use crate::mapping::sys::error::unsupported;

/// A function of unknown type.
pub(super) type Function = unsafe extern "system" fn() -> isize;

/// The address of a function of kernelbase.dll, which every program has loaded.
pub(super) fn function(name: &CStr) -> io::Result<Function> {
    // SAFETY: both names end in a zero; the library is never unloaded.
    let found = unsafe {
        let library = GetModuleHandleA(c"kernelbase.dll".as_ptr().cast());
        GetProcAddress(library, name.as_ptr().cast())
    };
    found.ok_or_else(unsupported)
}

/// Starts reading the pages of a range into memory (`PrefetchVirtualMemory`, Windows 8 and later).
pub(super) fn prefetch(base: *mut u8, length: usize) -> io::Result<()> {
    type Prefetch = unsafe extern "system" fn(
        HANDLE,
        usize,
        *const WIN32_MEMORY_RANGE_ENTRY,
        u32,
    ) -> windows_sys::core::BOOL;
    let range = WIN32_MEMORY_RANGE_ENTRY {
        VirtualAddress: base.cast(),
        NumberOfBytes: length,
    };
    // SAFETY: the function of that name has this type; it reads one range and changes no byte.
    check(unsafe {
        let call: Prefetch =
            std::mem::transmute::<Function, Prefetch>(function(c"PrefetchVirtualMemory")?);
        call(GetCurrentProcess(), 1, &raw const range, 0)
    })
}

/// Discards the contents of private memory (`DiscardVirtualMemory`, Windows 8.1 and later).
///
/// # Safety
/// The range must lie in memory that the caller owns, and no references to its bytes may exist.
pub(super) unsafe fn discard(base: *mut u8, length: usize) -> io::Result<()> {
    type Discard = unsafe extern "system" fn(*mut u8, usize) -> u32;
    // SAFETY: the function of that name has this type; the caller promises the rest.
    let outcome = unsafe {
        let call: Discard =
            std::mem::transmute::<Function, Discard>(function(c"DiscardVirtualMemory")?);
        call(base, length)
    };
    match outcome {
        0 => Ok(()),
        number => Err(error(number)),
    }
}
