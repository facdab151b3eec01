//! The primitives for 32-bit x86.
//!
//! Throughout: edi is the destination, esi the source, ecx counts the bytes that are left, and edx to before
//! ebx are the mapped bytes. They return what is left in eax and the number of the fault in edx, where the
//! signal handler puts it.

use std::arch::global_asm;

use super::Stopped;
use super::asm::{Table, answer, begin, end, entry, table};

pub(super) const RETURN: Option<&[u8]> = Some(&[0xc3]);
pub(super) const CODE_ALIGNMENT: usize = 1;
pub(super) const HEEDS_EXECUTE: bool = false;
pub(super) const RANGES: usize = 3;

/// Saves the registers that belong to the caller and takes the arguments from the stack.
macro_rules! enter {
    () => {
        "push edi\n.cfi_adjust_cfa_offset 4\n.cfi_rel_offset edi, 0\n\
         push esi\n.cfi_adjust_cfa_offset 4\n.cfi_rel_offset esi, 0\n\
         push ebx\n.cfi_adjust_cfa_offset 4\n.cfi_rel_offset ebx, 0\n\
         mov edi, [esp + 16]\nmov esi, [esp + 20]\nmov ecx, [esp + 24]\n\
         mov edx, [esp + 28]\nmov ebx, [esp + 32]"
    };
}

global_asm!(
    begin!("mmapctl_trap_copy"),
    enter!(),
    "Lmmapctl_copy:",
    "rep movsb",
    "Lmmapctl_copy_end:",
    "jmp Lmmapctl_finish",
    end!(),
    begin!("mmapctl_trap_fill"),
    enter!(),
    "mov eax, esi",
    "Lmmapctl_fill:",
    "rep stosb",
    "Lmmapctl_fill_end:",
    "jmp Lmmapctl_finish",
    end!(),
    begin!("mmapctl_trap_rewrite"),
    enter!(),
    "Lmmapctl_rewrite:",
    "lock or byte ptr [edi], 0",
    "Lmmapctl_rewrite_end:",
    "dec ecx",
    "Lmmapctl_finish:",
    "xor edx, edx",
    "Lmmapctl_exit:",
    "mov eax, ecx",
    "pop ebx\n.cfi_adjust_cfa_offset -4\n.cfi_restore ebx",
    "pop esi\n.cfi_adjust_cfa_offset -4\n.cfi_restore esi",
    "pop edi\n.cfi_adjust_cfa_offset -4\n.cfi_restore edi",
    "ret",
    end!(),
    // eax is what to call and ecx the address it returns to, both for the signal handler to see.
    begin!("mmapctl_trap_call"),
    "mov eax, [esp + 4]",
    "mov ecx, [esp + 8]",
    "call eax",
    "Lmmapctl_called:",
    "xor edx, edx",
    "xor eax, eax",
    "ret",
    "Lmmapctl_uncalled:",
    "add esp, 4",
    "mov eax, 1",
    "ret",
    end!(),
    table!(),
    entry!("called", "called", "uncalled"),
    entry!("copy", "copy_end", "exit"),
    entry!("fill", "fill_end", "exit"),
    entry!("rewrite", "rewrite_end", "exit"),
);

// Each returns what is left in the lower half and the number of the fault in the upper one.
unsafe extern "C" {
    fn mmapctl_trap_copy(to: *mut u8, from: *const u8, n: usize, low: usize, high: usize) -> u64;
    fn mmapctl_trap_fill(to: *mut u8, byte: u32, n: usize, low: usize, high: usize) -> u64;
    fn mmapctl_trap_rewrite(to: *mut u8, unused: usize, n: usize, low: usize, high: usize) -> u64;
    fn mmapctl_trap_call(target: *const u8, returns_to: usize) -> u64;
}

fn answer_of(len: usize, halves: u64) -> Result<(), Stopped> {
    let left = usize::try_from(halves & 0xffff_ffff).unwrap_or(len);
    let fault = usize::try_from(halves >> 32).unwrap_or(usize::MAX);
    answer(len, left, fault)
}

unsafe fn copy(to: *mut u8, from: *const u8, len: usize, mapped: usize) -> Result<(), Stopped> {
    // SAFETY: the caller vouches for both sides; a refused access to the mapped one returns.
    answer_of(len, unsafe {
        mmapctl_trap_copy(to, from, len, mapped, mapped.wrapping_add(len))
    })
}

pub(super) unsafe fn read(mapped: *const u8, into: *mut u8, len: usize) -> Result<(), Stopped> {
    // SAFETY: as promised by the caller.
    unsafe { copy(into, mapped, len, mapped.addr()) }
}

pub(super) unsafe fn write(from: *const u8, mapped: *mut u8, len: usize) -> Result<(), Stopped> {
    // SAFETY: as promised by the caller.
    unsafe { copy(mapped, from, len, mapped.addr()) }
}

pub(super) unsafe fn fill(mapped: *mut u8, byte: u8, len: usize) -> Result<(), Stopped> {
    let (low, high) = (mapped.addr(), mapped.addr().wrapping_add(len));
    // SAFETY: the mapped bytes belong to the caller; a refused access returns.
    answer_of(len, unsafe {
        mmapctl_trap_fill(mapped, byte.into(), len, low, high)
    })
}

pub(super) unsafe fn rewrite(mapped: *mut u8) -> Result<(), Stopped> {
    let (low, high) = (mapped.addr(), mapped.addr().wrapping_add(1));
    // SAFETY: the mapped byte belongs to the caller; a refused access returns.
    answer_of(1, unsafe { mmapctl_trap_rewrite(mapped, 0, 1, low, high) })
}

pub(super) unsafe fn call(mapped: *const u8) -> Result<(), Stopped> {
    // SAFETY: the caller saw a return instruction there; when it cannot be fetched the call returns too.
    answer_of(1, unsafe {
        mmapctl_trap_call(mapped, Table::get().return_address())
    })
}

/// The processor keeps its instruction cache coherent by itself.
pub(super) unsafe fn publish(_mapped: *const u8) -> Result<(), Stopped> {
    Ok(())
}
