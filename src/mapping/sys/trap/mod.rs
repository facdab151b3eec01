//! Accesses to mapped memory that come back instead of ending the process.
//!
//! Every primitive here is a few instructions of assembly whose addresses are listed in a table. When the
//! kernel refuses an access, the handler of the signal (on Windows: of the exception) looks the interrupted
//! address up in that table and, when the refused address belongs to the mapped bytes that the primitive was
//! given, sends the thread to the primitive's exit, which returns how many bytes were left. Nothing is
//! registered before an access and nothing has to be undone after it: a primitive's state is in the registers
//! of the thread that runs it, which is why they nest, run in any thread and in a signal handler, and cost
//! nothing per byte.
//!
//! Every primitive goes upwards through memory and stops at the first byte that it cannot access, so the
//! count it returns names the lowest inaccessible byte exactly.
//!
//! On processors without such a routine the kernel is asked to copy (see `copier`).

#![allow(unsafe_code)]

cfg_select! {
    any(
        all(
            any(target_os = "linux", target_os = "macos", target_os = "freebsd"),
            any(target_arch = "x86_64", target_arch = "aarch64"),
        ),
        all(target_os = "linux", target_arch = "x86"),
    ) => {
        mod asm;
        mod registers;
        mod signal;

        #[cfg_attr(target_arch = "x86_64", path = "x86_64.rs")]
        #[cfg_attr(target_arch = "x86", path = "x86.rs")]
        #[cfg_attr(target_arch = "aarch64", path = "aarch64.rs")]
        mod code;

        use code as backend;
        pub(in crate::mapping) use signal::install;
    }
    all(windows, target_arch = "x86_64") => {
        mod asm;
        #[path = "x86_64.rs"]
        mod code;
        mod vectored;

        use code as backend;
        pub(in crate::mapping) use vectored::install;
    }
    _ => {
        use copier as backend;
        pub(in crate::mapping) use copier::install;
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
#[allow(dead_code)] // compiled everywhere so that it is tested everywhere
mod copier;

#[cfg(test)]
#[cfg(unix)]
pub(in crate::mapping) mod fixture;

/// How an access was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::mapping) enum Fault {
    /// What stands behind the page could not provide it (SIGBUS).
    Bus,
    /// The page does not allow the access, or there is no page (SIGSEGV).
    Segv,
    /// The memory module lost the page's contents (SIGBUS with `BUS_MCEERR_AR`).
    Poisoned,
    /// The system does not say which of the above (macOS raises SIGBUS for the first two).
    Unknown,
    /// The byte lies outside of the mapped region; nothing was attempted.
    Outside,
}

/// An access that ended early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::mapping) struct Stopped {
    /// How many bytes were accessed before the one that was refused.
    pub(in crate::mapping) done: usize,
    /// How the next byte was refused.
    pub(in crate::mapping) fault: Fault,
}

/// The machine code of an instruction that returns to the caller and does nothing else; `None` where
/// [`call`] does not work.
pub(in crate::mapping) const RETURN: Option<&[u8]> = backend::RETURN;

/// Whether the processor never executes a page that was mapped without that right.
pub(in crate::mapping) const HEEDS_EXECUTE: bool = backend::HEEDS_EXECUTE;

/// The alignment of instructions, in bytes.
pub(in crate::mapping) const CODE_ALIGNMENT: usize = backend::CODE_ALIGNMENT;

/// Copies `len` mapped bytes out.
///
/// # Safety
/// [`install`] has succeeded. `mapped..mapped + len` is address space that belongs to a mapping of the
/// caller (it need not be accessible), `into..into + len` is writable memory that does not overlap it.
pub(in crate::mapping) unsafe fn read(
    mapped: *const u8,
    into: *mut u8,
    len: usize,
) -> Result<(), Stopped> {
    // SAFETY: the caller's promise is the one that is asked for.
    unsafe { backend::read(mapped, into, len) }
}

/// Copies `len` bytes in.
///
/// # Safety
/// As for [`read`], with `from..from + len` readable memory.
pub(in crate::mapping) unsafe fn write(
    from: *const u8,
    mapped: *mut u8,
    len: usize,
) -> Result<(), Stopped> {
    // SAFETY: the caller's promise is the one that is asked for.
    unsafe { backend::write(from, mapped, len) }
}

/// Sets `len` mapped bytes to `byte`.
///
/// # Safety
/// [`install`] has succeeded and `mapped..mapped + len` belongs to a mapping of the caller.
pub(in crate::mapping) unsafe fn fill(
    mapped: *mut u8,
    byte: u8,
    len: usize,
) -> Result<(), Stopped> {
    // SAFETY: the caller's promise is the one that is asked for.
    unsafe { backend::fill(mapped, byte, len) }
}

/// Writes one mapped byte back to itself, in one step that no other writer can come between (with
/// `copier` in two).
///
/// # Safety
/// [`install`] has succeeded and `mapped` belongs to a mapping of the caller.
pub(in crate::mapping) unsafe fn rewrite(mapped: *mut u8) -> Result<(), Stopped> {
    // SAFETY: the caller's promise is the one that is asked for.
    unsafe { backend::rewrite(mapped) }
}

/// Executes at `mapped`, where [`RETURN`] was seen, or nothing can be executed.
///
/// # Safety
/// [`install`] has succeeded, `mapped` belongs to a mapping of the caller, and the bytes there are
/// [`RETURN`], aligned to [`CODE_ALIGNMENT`].
pub(in crate::mapping) unsafe fn call(mapped: *const u8) -> Result<(), Stopped> {
    // SAFETY: the caller's promise is the one that is asked for.
    unsafe { backend::call(mapped) }
}

/// Makes the processor notice that an instruction was written at `mapped`.
///
/// # Safety
/// [`install`] has succeeded, and `mapped` belongs to a mapping of the caller and is aligned to
/// [`CODE_ALIGNMENT`].
pub(in crate::mapping) unsafe fn publish(mapped: *const u8) -> Result<(), Stopped> {
    // SAFETY: the caller's promise is the one that is asked for.
    unsafe { backend::publish(mapped) }
}

#[cfg(test)]
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

    /// Every operation of every length up to [`LONGEST`] that begins up to that far before a page that
    /// refuses, and so at every alignment: exactly the bytes before the page are done, and no other.
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
        // SAFETY: the page before the one that refuses is the test's own; no slice outlives the call of this.
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
