//! Accesses to mapped memory that return an error instead of ending the process.
//!
//! A primitive is a few instructions of assembly whose addresses are listed in a table. When the kernel refuses an
//! access, the handler of the signal (on Windows: of the exception) looks up the interrupted address in that table.
//! When the refused address belongs to the mapped bytes that the primitive was given, the handler sends the thread to
//! the primitive's exit, which returns the number of bytes left. Nothing is registered before an access or undone after
//! it: the state of a primitive is in the registers of its thread. Primitives therefore nest, run in any thread and in
//! a signal handler, and cost nothing per byte.
//!
//! A primitive proceeds upwards and stops at the first byte that it cannot access, so the returned count gives the
//! lowest inaccessible byte exactly.
//!
//! On processors without assembly here, the kernel copies (see `copier`).
//!
//! # The primitives
//!
//! | name | function |
//! |---|---|
//! | `read` | copies `len` mapped bytes to `into` |
//! | `write` | copies `len` bytes from `from` to mapped memory |
//! | `fill` | sets `len` mapped bytes to `byte` |
//! | `rewrite` | writes a mapped byte back to itself, atomically (not atomically in `copier`) |
//! | `load` | copies an aligned number of 8 bytes out of mapped memory, in one access |
//! | `store` | copies a number into mapped memory, in one access |
//! | `call` | executes the instruction at `mapped` |
//! | `publish` | makes the processor notice that an instruction was written at `mapped` |
//! | `RETURN` | the machine code of an instruction that only returns; `None` where `call` fails |
//! | `CODE_ALIGNMENT` | the alignment of instructions in bytes |
//! | `HEEDS_EXECUTE` | whether the processor never executes a page that was mapped without execute permission |
//!
//! # Safety
//!
//! The conditions are the same for every primitive. [`install`] has succeeded. The mapped bytes are address space that
//! belongs to a mapping of the caller; they need not be accessible. `into` is writable and `from` readable for `len`
//! bytes, and neither overlaps the mapped bytes. `call` and `publish` are given an address that is a multiple of
//! `CODE_ALIGNMENT`; for `call`, the bytes there are `RETURN`, or cannot be executed.

#![allow(unsafe_code)]

mod fault;

cfg_select! {
    all(
        any(target_os = "linux", target_os = "macos", target_os = "freebsd"),
        any(target_arch = "x86_64", target_arch = "aarch64"),
    ) => {
        mod asm;
        mod primitive;
        mod registers;
        mod signal;

        pub(in crate::mapping) use primitive::*;
        pub(in crate::mapping) use signal::install;
    }
    all(windows, target_arch = "x86_64") => {
        mod asm;
        mod primitive;
        mod vectored;

        pub(in crate::mapping) use primitive::*;
        pub(in crate::mapping) use vectored::install;
    }
    _ => {
        pub(in crate::mapping) use copier::*;
    }
}

#[cfg(target_arch = "aarch64")]
mod aarch64;
#[cfg(target_arch = "x86_64")]
mod x86_64;

// Compiled and tested on every processor.
#[cfg(target_os = "linux")]
#[cfg_attr(any(target_arch = "x86_64", target_arch = "aarch64"), allow(dead_code))]
mod copier;

#[cfg(test)]
#[cfg(unix)]
pub(in crate::mapping) mod fixture;

pub(in crate::mapping) use fault::{Fault, Stopped};

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::fixture::{Mapped, READ_WRITE, page};
    use super::*;

    /// The primitives of one implementation.
    pub(super) struct Primitives {
        pub(super) read: unsafe fn(*const u8, *mut u8, usize) -> Result<(), Stopped>,
        pub(super) write: unsafe fn(*const u8, *mut u8, usize) -> Result<(), Stopped>,
        pub(super) fill: unsafe fn(*mut u8, u8, usize) -> Result<(), Stopped>,
        pub(super) fault: Fault,
    }

    const LONGEST: usize = 300;

    /// Tests every operation with every length up to [`LONGEST`], starting up to that far before a page that refuses,
    /// and so with every alignment: exactly the bytes before the page are done.
    pub(super) fn check_every_straddle(primitives: &Primitives, step: usize) {
        install().unwrap();
        let mapped = Mapped::anonymous(2, READ_WRITE);
        mapped.protect(1, 1, libc::PROT_NONE);
        let source: Vec<u8> = (1..=251).cycle().take(LONGEST).collect();
        for before in 0..=LONGEST {
            for len in (0..=LONGEST).step_by(step) {
                check_straddle(primitives, &mapped, before, &source[..len]);
            }
        }
    }

    fn check_straddle(primitives: &Primitives, mapped: &Mapped, before: usize, source: &[u8]) {
        let len = source.len();
        let done = len.min(before);
        let expected = if len <= before {
            Ok(())
        } else {
            let fault = primitives.fault;
            Err(Stopped { done, fault })
        };
        let first = page() - before;
        let at = mapped.base.wrapping_add(first);
        // SAFETY: the test owns the page before the one that refuses; no slice outlives the call of this.
        let page = || unsafe { std::slice::from_raw_parts(mapped.base, page()) };
        let untouched = vec![0; page().len()];
        // SAFETY: as above.
        unsafe { mapped.base.write_bytes(0, untouched.len()) };

        // SAFETY: `at..at + len` lies in the mapping and the source has `len` bytes.
        let outcome = unsafe { (primitives.write)(source.as_ptr(), at, len) };
        assert_eq!(outcome, expected);
        assert_eq!(page()[..first], untouched[..first]);
        assert_eq!(page()[first..first + done], source[..done]);
        assert_eq!(page()[first + done..], untouched[first + done..]);

        let mut into = vec![0; len];
        // SAFETY: as above, with room for `len` bytes.
        let outcome = unsafe { (primitives.read)(at, into.as_mut_ptr(), len) };
        assert_eq!(outcome, expected);
        assert_eq!(into[..done], source[..done]);
        assert_eq!(into[done..], untouched[..len - done]);

        // SAFETY: as above.
        let outcome = unsafe { (primitives.fill)(at, 0xee, len) };
        assert_eq!(outcome, expected);
        assert_eq!(page()[..first], untouched[..first]);
        assert_eq!(page()[first..first + done], [0xee; LONGEST][..done]);
        assert_eq!(page()[first + done..], untouched[first + done..]);
    }

    #[test]
    fn every_length_and_alignment_stops_at_the_exact_byte() {
        let fault = if cfg!(target_os = "macos") {
            Fault::Unknown
        } else {
            Fault::Segv
        };
        let (read, write, fill) = (read, write, fill);
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

    #[cfg(target_os = "linux")]
    #[test]
    fn the_kernels_copier_stops_at_the_exact_byte_too() {
        copier::install().unwrap();
        let (read, write, fill) = (copier::read, copier::write, copier::fill);
        let fault = Fault::Unknown;
        check_every_straddle(
            &Primitives {
                read,
                write,
                fill,
                fault,
            },
            7,
        );
    }
}
