//! The mode of a lock on pages (`mlock2(2)`).

/// When locked pages are loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockMode {
    /// All pages, before the call returns.
    Now,
    /// Each page when it is first accessed.
    OnFault,
}
