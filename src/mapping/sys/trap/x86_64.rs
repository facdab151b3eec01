//! The primitives for x86-64.
//!
//! Registers: rdi is the destination, rsi the source, rcx the number of bytes left; the mapped bytes are from r9 to
//! before r8. The primitives return the number of bytes left in rax and the number of the fault in rdx, where the
//! signal handler puts it.
//!
//! The string instructions can be interrupted between two bytes, with rcx exact. They are as fast as the C library on
//! processors that announce it (`ermsb`), from about 2013 (Intel) and 2020 (AMD). On others a loop over blocks leaves the
//! rest to the string instruction, also after a fault. Blocks are copied with AVX, which is an eighth faster than SSE;
//! filling is as fast with SSE, which every processor has.

use std::arch::global_asm;

use super::asm::{Answer, begin, end, entry, table};

pub(super) const RETURN: Option<&[u8]> = Some(&[0xc3]);
pub(super) const CODE_ALIGNMENT: usize = 1;
pub(super) const HEEDS_EXECUTE: bool = true;

global_asm!(
    begin!("mmapctl_trap_copy"),
    "mov r9, rcx",
    "mov rcx, rdx",
    "Lmmapctl_copy:",
    "rep movsb",
    "Lmmapctl_copy_end:",
    "xor edx, edx",
    "Lmmapctl_exit:",
    "mov rax, rcx",
    "ret",
    end!(),
    begin!("mmapctl_trap_copy_blocks"),
    "mov r9, rcx",
    "mov rcx, rdx",
    "sub rcx, 128",
    "jb Lmmapctl_copy_rest",
    ".p2align 4",
    "Lmmapctl_copy_block:",
    "vmovdqu ymm0, [rsi]",
    "vmovdqu ymm1, [rsi + 32]",
    "vmovdqu ymm2, [rsi + 64]",
    "vmovdqu ymm3, [rsi + 96]",
    "vmovdqu [rdi], ymm0",
    "vmovdqu [rdi + 32], ymm1",
    "vmovdqu [rdi + 64], ymm2",
    "vmovdqu [rdi + 96], ymm3",
    "Lmmapctl_copy_block_end:",
    "sub rsi, -128",
    "sub rdi, -128",
    "sub rcx, 128",
    "jae Lmmapctl_copy_block",
    "Lmmapctl_copy_rest:",
    "vzeroupper",
    "sub rcx, -128",
    "Lmmapctl_copy_rest_string:",
    "rep movsb",
    "Lmmapctl_copy_rest_end:",
    "xor edx, edx",
    "xor eax, eax",
    "ret",
    end!(),
    begin!("mmapctl_trap_fill"),
    "mov r9, rcx",
    "mov rcx, rdx",
    "mov eax, esi",
    "Lmmapctl_fill:",
    "rep stosb",
    "Lmmapctl_fill_end:",
    "xor edx, edx",
    "xor eax, eax",
    "ret",
    end!(),
    begin!("mmapctl_trap_fill_blocks"),
    "mov r9, rcx",
    "mov rcx, rdx",
    "movzx eax, sil",
    "mov r10, 0x0101010101010101",
    "imul r10, rax",
    "movq xmm0, r10",
    "punpcklqdq xmm0, xmm0",
    "sub rcx, 64",
    "jb Lmmapctl_fill_rest",
    ".p2align 4",
    "Lmmapctl_fill_block:",
    "movups [rdi], xmm0",
    "movups [rdi + 16], xmm0",
    "movups [rdi + 32], xmm0",
    "movups [rdi + 48], xmm0",
    "Lmmapctl_fill_block_end:",
    "add rdi, 64",
    "sub rcx, 64",
    "jae Lmmapctl_fill_block",
    "Lmmapctl_fill_rest:",
    "add rcx, 64",
    "Lmmapctl_fill_rest_string:",
    "rep stosb",
    "Lmmapctl_fill_rest_end:",
    "xor edx, edx",
    "xor eax, eax",
    "ret",
    end!(),
    begin!("mmapctl_trap_rewrite"),
    "mov r9, rcx",
    "mov rcx, rdx",
    "Lmmapctl_rewrite:",
    "lock or byte ptr [rdi], 0",
    "Lmmapctl_rewrite_end:",
    "xor edx, edx",
    "xor eax, eax",
    "ret",
    end!(),
    begin!("mmapctl_trap_word"),
    "mov r9, rcx",
    "mov rcx, rdx",
    "Lmmapctl_word:",
    "mov rax, [rsi]",
    "mov [rdi], rax",
    "Lmmapctl_word_end:",
    "xor edx, edx",
    "xor eax, eax",
    "ret",
    end!(),
    // rdi is the address to call and rsi the address it returns to, both for the signal handler.
    begin!("mmapctl_trap_call"),
    "call rdi",
    "Lmmapctl_called:",
    "xor edx, edx",
    "xor eax, eax",
    "ret",
    "Lmmapctl_uncalled:",
    "add rsp, 8",
    "mov eax, 1",
    "ret",
    end!(),
    table!(),
    entry!("called", "called", "uncalled"),
    entry!("copy", "copy_end", "exit"),
    entry!("copy_block", "copy_block_end", "copy_rest"),
    entry!("copy_rest_string", "copy_rest_end", "exit"),
    entry!("fill", "fill_end", "exit"),
    entry!("fill_block", "fill_block_end", "fill_rest"),
    entry!("fill_rest_string", "fill_rest_end", "exit"),
    entry!("rewrite", "rewrite_end", "exit"),
    entry!("word", "word_end", "exit"),
);

unsafe extern "sysv64" {
    #[link_name = "mmapctl_trap_copy"]
    fn copy_string(to: *mut u8, from: *const u8, n: usize, low: usize, high: usize) -> Answer;
    #[link_name = "mmapctl_trap_copy_blocks"]
    fn copy_blocks(to: *mut u8, from: *const u8, n: usize, low: usize, high: usize) -> Answer;
    #[link_name = "mmapctl_trap_fill"]
    fn fill_string(to: *mut u8, byte: u32, n: usize, low: usize, high: usize) -> Answer;
    #[link_name = "mmapctl_trap_fill_blocks"]
    fn fill_blocks(to: *mut u8, byte: u32, n: usize, low: usize, high: usize) -> Answer;
    #[link_name = "mmapctl_trap_rewrite"]
    pub(super) fn rewrite(to: *mut u8, _: usize, n: usize, low: usize, high: usize) -> Answer;
    #[link_name = "mmapctl_trap_word"]
    pub(super) fn word(to: *mut u64, from: *const u64, n: usize, low: usize, high: usize)
    -> Answer;
    #[link_name = "mmapctl_trap_call"]
    pub(super) fn call(target: *const u8, returns_to: usize) -> Answer;
}

/// Whether the string instructions are the fastest for this many bytes.
///
/// For a few pages it does not matter, and on a virtual machine the first query of the processor takes 0.1 ms in the
/// hypervisor.
fn fast_strings(len: usize) -> bool {
    const SHORT: usize = 16 << 10;
    len < SHORT || std::arch::is_x86_feature_detected!("ermsb")
}

/// Copies in the fastest way.
pub(super) unsafe fn copy(
    to: *mut u8,
    from: *const u8,
    n: usize,
    low: usize,
    high: usize,
) -> Answer {
    let copy = if fast_strings(n) || !std::arch::is_x86_feature_detected!("avx") {
        copy_string
    } else {
        copy_blocks
    };
    // SAFETY: the caller guarantees both sides; a refused access to the mapped one returns.
    unsafe { copy(to, from, n, low, high) }
}

/// Sets bytes in the fastest way.
pub(super) unsafe fn fill(to: *mut u8, byte: u32, n: usize, low: usize, high: usize) -> Answer {
    let fill = if fast_strings(n) {
        fill_string
    } else {
        fill_blocks
    };
    // SAFETY: the mapped bytes belong to the caller; a refused access returns.
    unsafe { fill(to, byte, n, low, high) }
}

/// The processor keeps its instruction cache coherent.
pub(super) unsafe fn publish(_: *const u8, _: usize, _: usize, _: usize, _: usize) -> Answer {
    Answer { left: 0, fault: 0 }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::super::fault::{Fault, Stopped};
    use super::super::tests::{Primitives, check_every_straddle};
    use super::*;

    unsafe fn read(mapped: *const u8, into: *mut u8, len: usize) -> Result<(), Stopped> {
        let (low, high) = (mapped.addr(), mapped.addr() + len);
        // SAFETY: as promised by the caller, on a processor with AVX.
        let answered = unsafe { copy_blocks(into, mapped, len, low, high) };
        answered.over(len)
    }

    unsafe fn write(from: *const u8, mapped: *mut u8, len: usize) -> Result<(), Stopped> {
        let (low, high) = (mapped.addr(), mapped.addr() + len);
        // SAFETY: as promised by the caller.
        let answered = unsafe { copy_blocks(mapped, from, len, low, high) };
        answered.over(len)
    }

    unsafe fn fill(mapped: *mut u8, byte: u8, len: usize) -> Result<(), Stopped> {
        let (low, high) = (mapped.addr(), mapped.addr() + len);
        // Only the lowest byte counts.
        let byte = u32::from(byte) | 0xffff_ff00;
        // SAFETY: as promised by the caller.
        let answered = unsafe { fill_blocks(mapped, byte, len, low, high) };
        answered.over(len)
    }

    /// This processor may never choose these.
    #[test]
    fn the_block_loops_stop_at_the_exact_byte_too() {
        if !std::arch::is_x86_feature_detected!("avx") {
            return;
        }
        let fault = Fault::Segv;
        check_every_straddle(
            &Primitives {
                read,
                write,
                fill,
                fault,
            },
            1,
        );
    }
}
