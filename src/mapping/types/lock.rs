//! When locked pages come into memory.

/// When locked pages come into memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockMode {
    /// All of them, before the call returns.
    Now,
    /// Each when it is first touched.
    OnFault,
}
