//! Address space reserved for later views.
//!
//! Windows 10 has placeholders: reserved address space that a view replaces atomically. On older systems the
//! reservation is released briefly while a view takes its place; another thread may take the address space meanwhile.
//! Then the caller tries again.

use std::io;
use std::os::windows::io::RawHandle;
use std::ptr::{self, NonNull};
use std::sync::OnceLock;

use windows_sys::Win32::Foundation::HANDLE;
use windows_sys::Win32::System::Memory::{
    MEM_COMMIT, MEM_MAPPED, MEM_PRESERVE_PLACEHOLDER, MEM_RELEASE, MEM_REPLACE_PLACEHOLDER,
    MEM_RESERVE, MEM_RESERVE_PLACEHOLDER, MapViewOfFileEx, PAGE_NOACCESS, VirtualAlloc,
    VirtualFree,
};
use windows_sys::core::BOOL;

use super::call::check;
use super::late;
use super::page::allocation_granularity;
use super::region::region_at;
use crate::mapping::sys::error::unsupported;
use crate::mapping::types::Placement;

/// `VirtualAlloc2`.
type Reserve =
    unsafe extern "system" fn(HANDLE, *const u8, usize, u32, u32, *mut u8, u32) -> *mut u8;
/// `MapViewOfFile3`.
type Replace = unsafe extern "system" fn(
    HANDLE,
    HANDLE,
    *const u8,
    u64,
    usize,
    u32,
    u32,
    *mut u8,
    u32,
) -> *mut u8;

/// The two calls that placeholders need.
struct Placeholders {
    reserve: Reserve,
    replace: Replace,
}

impl Placeholders {
    /// The calls, if the system has them and they work. Those of Wine 8 do not.
    fn get() -> Option<&'static Self> {
        static FOUND: OnceLock<Option<Placeholders>> = OnceLock::new();
        FOUND
            .get_or_init(|| Self::find().ok().filter(Self::work))
            .as_ref()
    }

    fn find() -> io::Result<Self> {
        let (reserve, replace) = (
            late::function(c"VirtualAlloc2")?,
            late::function(c"MapViewOfFile3")?,
        );
        // SAFETY: the functions of these names have these types.
        Ok(unsafe {
            Self {
                reserve: std::mem::transmute::<late::Function, Reserve>(reserve),
                replace: std::mem::transmute::<late::Function, Replace>(replace),
            }
        })
    }

    fn work(&self) -> bool {
        let length = usize::try_from(allocation_granularity().bytes()).unwrap_or(0);
        let base = self.reserve(ptr::null(), length);
        // SAFETY: the range was just reserved, and nothing else refers to it.
        !base.is_null() && unsafe { VirtualFree(base.cast(), 0, MEM_RELEASE) } != 0
    }

    fn reserve(&self, address: *const u8, length: usize) -> *mut u8 {
        // SAFETY: the call uses only free address space, whether or not an address is given.
        unsafe {
            (self.reserve)(
                ptr::null_mut(),
                address,
                length,
                MEM_RESERVE | MEM_RESERVE_PLACEHOLDER,
                PAGE_NOACCESS,
                ptr::null_mut(),
                0,
            )
        }
    }
}

/// Reserves address space without memory or access.
pub(in crate::mapping) fn reserve_addresses(
    length: usize,
    placement: Placement,
) -> io::Result<NonNull<u8>> {
    let at = |address| {
        usize::try_from(address)
            .map_err(|_| unsupported())
            .and_then(|address| reserve_at(length, address))
    };
    match placement {
        Placement::Anywhere => at(0),
        Placement::At(address) => at(address),
        Placement::Near(address) => at(address).or_else(|_| at(0)),
    }
}

fn reserve_at(length: usize, address: usize) -> io::Result<NonNull<u8>> {
    let address = ptr::with_exposed_provenance(address);
    let base = match Placeholders::get() {
        Some(calls) => calls.reserve(address, length),
        None => plain_reservation(address, length),
    };
    NonNull::new(base).ok_or_else(io::Error::last_os_error)
}

fn plain_reservation(address: *const u8, length: usize) -> *mut u8 {
    // SAFETY: the call uses only free address space, whether or not an address is given.
    unsafe { VirtualAlloc(address.cast(), length, MEM_RESERVE, PAGE_NOACCESS) }.cast()
}

/// A view to put into a reservation.
pub(super) struct Replacement {
    pub(super) section: RawHandle,
    pub(super) offset: u64,
    pub(super) length: usize,
    /// The bits of `FILE_MAP_*`, and the protection that they imply.
    pub(super) rights: u32,
    pub(super) protection: u32,
}

/// Maps a view into reserved address space.
pub(super) fn map_view(view: &Replacement, address: usize) -> io::Result<NonNull<u8>> {
    let at: *mut u8 = ptr::with_exposed_provenance_mut(address);
    let base = match Placeholders::get() {
        Some(calls) => replace(calls, view, at)?,
        None => map_into_gap(view, at)?,
    };
    NonNull::new(base).ok_or_else(io::Error::last_os_error)
}

fn replace(calls: &Placeholders, view: &Replacement, at: *mut u8) -> io::Result<*mut u8> {
    if region_at(at)?.RegionSize != view.length {
        // SAFETY: splits the caller's own reservation, which holds nothing.
        check(unsafe {
            VirtualFree(
                at.cast(),
                view.length,
                MEM_RELEASE | MEM_PRESERVE_PLACEHOLDER,
            )
        })?;
    }
    // SAFETY: replaces a placeholder of the caller, which holds nothing; the handle is open.
    Ok(unsafe {
        (calls.replace)(
            view.section,
            ptr::null_mut(),
            at,
            view.offset,
            view.length,
            MEM_REPLACE_PLACEHOLDER,
            view.protection,
            ptr::null_mut(),
            0,
        )
    })
}

/// Releases the reservation, maps the view, and reserves the rest again.
fn map_into_gap(view: &Replacement, at: *mut u8) -> io::Result<*mut u8> {
    let reserved = region_at(at)?;
    let low = u32::try_from(view.offset & u64::from(u32::MAX)).unwrap_or(0);
    let high = u32::try_from(view.offset >> 32).unwrap_or(0);
    // SAFETY: the caller owns the reservation, which holds nothing; the call that maps uses only free address space.
    let base = unsafe {
        check(VirtualFree(reserved.AllocationBase, 0, MEM_RELEASE) as BOOL)?;
        MapViewOfFileEx(view.section, view.rights, high, low, view.length, at.cast()).Value
    };
    let error = io::Error::last_os_error();
    let mapped = if base.is_null() { 0 } else { view.length };
    let left = reserved.RegionSize.saturating_sub(mapped);
    if left > 0 && plain_reservation(at.wrapping_add(mapped), left).is_null() {
        return Err(io::Error::last_os_error());
    }
    match base.is_null() {
        true => Err(error),
        false => Ok(base.cast()),
    }
}

/// Counts the consecutive views of this length, each of them a separate mapping.
pub(in crate::mapping) fn count_views(base: usize, length: usize, times: usize) -> Option<u64> {
    let is_view = |index: &usize| {
        let at = base.saturating_add(index.saturating_mul(length));
        region_at(ptr::without_provenance(at)).is_ok_and(|region| {
            region.Type == MEM_MAPPED
                && region.State == MEM_COMMIT
                && region.AllocationBase.addr() == at
                && region.RegionSize == length
        })
    };
    u64::try_from((0..times).filter(is_view).count()).ok()
}
