//! The result of an access that ends early.

/// Why an access was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(dead_code, reason = "a kernel that copies does not report the reason")]
pub(in crate::mapping) enum Fault {
    /// The backing of the page could not provide it (SIGBUS).
    Bus,
    /// The page does not allow the access, or does not exist (SIGSEGV).
    Segv,
    /// The memory module lost the page's contents (SIGBUS with `BUS_MCEERR_AR`).
    Poisoned,
    /// The system does not report which one of the above (macOS raises SIGBUS for the first two).
    Unknown,
    /// The byte is outside the mapped region; no access was tried.
    Outside,
}

/// An access that ended early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::mapping) struct Stopped {
    /// The number of bytes accessed before the refused one.
    pub(in crate::mapping) done: usize,
    /// Why the next byte was refused.
    pub(in crate::mapping) fault: Fault,
}
