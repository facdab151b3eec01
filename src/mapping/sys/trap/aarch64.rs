//! The primitives for 64-bit ARM.
//!
//! Registers: x0 is the destination, x1 the source, x2 the number of bytes left; the mapped bytes are from x3 to before
//! x4. The primitives return the number of bytes left in x0 and the number of the fault in x1; the signal handler puts
//! it into x7.
//!
//! The loops over 64 bytes leave the rest to loops over single bytes, also after a fault. These stop at the exact byte.

use std::arch::global_asm;

use super::asm::{Answer, begin, end, entry, table};

/// macOS kills a process that executes unsigned code, with a signal that cannot be caught.
pub(super) const RETURN: Option<&[u8]> = match cfg!(target_os = "macos") {
    true => None,
    false => Some(&[0xc0, 0x03, 0x5f, 0xd6]),
};
pub(super) const CODE_ALIGNMENT: usize = 4;
pub(super) const HEEDS_EXECUTE: bool = true;

global_asm!(
    begin!("mmapctl_trap_copy"),
    "subs x2, x2, #64",
    "b.lo Lmmapctl_copy_rest",
    ".p2align 4",
    "Lmmapctl_copy:",
    "ldp q0, q1, [x1]",
    "ldp q2, q3, [x1, #32]",
    "stp q0, q1, [x0]",
    "stp q2, q3, [x0, #32]",
    "Lmmapctl_copy_end:",
    "add x1, x1, #64",
    "add x0, x0, #64",
    "subs x2, x2, #64",
    "b.hs Lmmapctl_copy",
    "Lmmapctl_copy_rest:",
    "adds x2, x2, #64",
    "b.eq Lmmapctl_finish",
    "Lmmapctl_copy_byte:",
    "ldrb w5, [x1], #1",
    "strb w5, [x0], #1",
    "Lmmapctl_copy_byte_end:",
    "subs x2, x2, #1",
    "b.ne Lmmapctl_copy_byte",
    "Lmmapctl_finish:",
    "mov x7, #0",
    "Lmmapctl_exit:",
    "mov x0, x2",
    "mov x1, x7",
    "ret",
    end!(),
    begin!("mmapctl_trap_fill"),
    "dup v0.16b, w1",
    "subs x2, x2, #64",
    "b.lo Lmmapctl_fill_rest",
    ".p2align 4",
    "Lmmapctl_fill:",
    "stp q0, q0, [x0]",
    "stp q0, q0, [x0, #32]",
    "Lmmapctl_fill_end:",
    "add x0, x0, #64",
    "subs x2, x2, #64",
    "b.hs Lmmapctl_fill",
    "Lmmapctl_fill_rest:",
    "adds x2, x2, #64",
    "b.eq Lmmapctl_fill_finish",
    "Lmmapctl_fill_byte:",
    "strb w1, [x0], #1",
    "Lmmapctl_fill_byte_end:",
    "subs x2, x2, #1",
    "b.ne Lmmapctl_fill_byte",
    "Lmmapctl_fill_finish:",
    "mov x1, #0",
    "mov x0, x2",
    "ret",
    end!(),
    begin!("mmapctl_trap_rewrite"),
    "Lmmapctl_rewrite:",
    "ldxrb w5, [x0]",
    "stxrb w6, w5, [x0]",
    "cbnz w6, Lmmapctl_rewrite",
    "Lmmapctl_rewrite_end:",
    "mov x1, #0",
    "mov x0, #0",
    "ret",
    end!(),
    begin!("mmapctl_trap_word"),
    "Lmmapctl_word:",
    "ldr x5, [x1]",
    "str x5, [x0]",
    "Lmmapctl_word_end:",
    "mov x1, #0",
    "mov x0, #0",
    "ret",
    end!(),
    // Writes an instruction back to memory, and drops instructions fetched before.
    begin!("mmapctl_trap_publish"),
    "Lmmapctl_publish:",
    "dc cvau, x0",
    "dsb ish",
    "ic ivau, x0",
    "dsb ish",
    "isb",
    "Lmmapctl_publish_end:",
    "mov x1, #0",
    "mov x0, #0",
    "ret",
    end!(),
    // x0 is the address to call and x1 the address it returns to, both for the signal handler.
    begin!("mmapctl_trap_call"),
    "stp x29, x30, [sp, #-16]!",
    ".cfi_def_cfa_offset 16",
    ".cfi_offset x29, -16",
    ".cfi_offset x30, -8",
    "blr x0",
    "Lmmapctl_called:",
    "mov x7, #0",
    "Lmmapctl_uncalled:",
    "mov x0, #1",
    "mov x1, x7",
    "ldp x29, x30, [sp], #16",
    "ret",
    end!(),
    table!(),
    entry!("called", "called", "uncalled"),
    entry!("copy", "copy_end", "copy_rest"),
    entry!("copy_byte", "copy_byte_end", "exit"),
    entry!("fill", "fill_end", "fill_rest"),
    entry!("fill_byte", "fill_byte_end", "exit"),
    entry!("rewrite", "rewrite_end", "exit"),
    entry!("word", "word_end", "exit"),
    entry!("publish", "publish_end", "exit"),
);

unsafe extern "C" {
    #[link_name = "mmapctl_trap_copy"]
    pub(super) fn copy(to: *mut u8, from: *const u8, n: usize, low: usize, high: usize) -> Answer;
    #[link_name = "mmapctl_trap_fill"]
    pub(super) fn fill(to: *mut u8, byte: u32, n: usize, low: usize, high: usize) -> Answer;
    #[link_name = "mmapctl_trap_rewrite"]
    pub(super) fn rewrite(to: *mut u8, _: usize, n: usize, low: usize, high: usize) -> Answer;
    #[link_name = "mmapctl_trap_word"]
    pub(super) fn word(to: *mut u64, from: *const u64, n: usize, low: usize, high: usize)
    -> Answer;
    #[link_name = "mmapctl_trap_publish"]
    pub(super) fn publish(at: *const u8, _: usize, n: usize, low: usize, high: usize) -> Answer;
    #[link_name = "mmapctl_trap_call"]
    pub(super) fn call(target: *const u8, returns_to: usize) -> Answer;
}
