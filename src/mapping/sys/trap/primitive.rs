//! The primitives for processors with assembly here. Each passes the bounds of the mapped bytes, where a fault may
//! occur.

use super::asm::Table;
use super::fault::Stopped;

cfg_select! {
    target_arch = "x86_64" => {
        use super::x86_64 as code;
    }
    target_arch = "aarch64" => {
        use super::aarch64 as code;
    }
}

pub(in crate::mapping) const RETURN: Option<&[u8]> = code::RETURN;
pub(in crate::mapping) const CODE_ALIGNMENT: usize = code::CODE_ALIGNMENT;
pub(in crate::mapping) const HEEDS_EXECUTE: bool = code::HEEDS_EXECUTE;

pub(in crate::mapping) unsafe fn read(
    mapped: *const u8,
    into: *mut u8,
    len: usize,
) -> Result<(), Stopped> {
    let (low, high) = bounds(mapped, len);
    // SAFETY: the buffer has room for the bytes; a refused access to the mapped ones returns.
    unsafe { code::copy(into, mapped, len, low, high) }.over(len)
}

pub(in crate::mapping) unsafe fn write(
    from: *const u8,
    mapped: *mut u8,
    len: usize,
) -> Result<(), Stopped> {
    let (low, high) = bounds(mapped, len);
    // SAFETY: the buffer has the bytes; a refused access to the mapped ones returns.
    unsafe { code::copy(mapped, from, len, low, high) }.over(len)
}

pub(in crate::mapping) unsafe fn fill(
    mapped: *mut u8,
    byte: u8,
    len: usize,
) -> Result<(), Stopped> {
    let (low, high) = bounds(mapped, len);
    // SAFETY: the mapped bytes belong to the caller; a refused access returns.
    unsafe { code::fill(mapped, byte.into(), len, low, high) }.over(len)
}

pub(in crate::mapping) unsafe fn rewrite(mapped: *mut u8) -> Result<(), Stopped> {
    let (low, high) = bounds(mapped, 1);
    // SAFETY: the mapped byte belongs to the caller; a refused access returns.
    unsafe { code::rewrite(mapped, 0, 1, low, high) }.over(1)
}

pub(in crate::mapping) unsafe fn load(mapped: *const u64, into: &mut u64) -> Result<(), Stopped> {
    let (low, high) = bounds(mapped.cast(), WORD);
    // SAFETY: the number has its room; a refused access to the mapped one returns.
    unsafe { code::word(into, mapped, WORD, low, high) }.over(WORD)
}

pub(in crate::mapping) unsafe fn store(mapped: *mut u64, value: u64) -> Result<(), Stopped> {
    let (low, high) = bounds(mapped.cast(), WORD);
    // SAFETY: the number is readable; a refused access to the mapped one returns.
    unsafe { code::word(mapped, &raw const value, WORD, low, high) }.over(WORD)
}

pub(in crate::mapping) unsafe fn call(mapped: *const u8) -> Result<(), Stopped> {
    // SAFETY: the caller saw a return instruction there; when it cannot be fetched the call returns too.
    unsafe { code::call(mapped, Table::get().return_address()) }.over(1)
}

pub(in crate::mapping) unsafe fn publish(mapped: *const u8) -> Result<(), Stopped> {
    let (low, high) = bounds(mapped, CODE_ALIGNMENT);
    // SAFETY: cache maintenance by address changes no memory; a refused access returns.
    unsafe { code::publish(mapped, 0, 1, low, high) }.over(1)
}

/// The number of bytes of a number that is loaded or stored at once.
const WORD: usize = size_of::<u64>();

/// The address of the first mapped byte and the one after the last.
fn bounds(mapped: *const u8, len: usize) -> (usize, usize) {
    (mapped.addr(), mapped.addr().wrapping_add(len))
}
