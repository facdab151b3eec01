//! What the operating system is asked, one module per system; the only place with raw calls and the only
//! place that knows which system this is.
//!
//! All checks of bounds and alignment stand above this module: here a call is made and its answer is
//! handed back.

#[cfg(unix)]
#[allow(dead_code)]
pub(in crate::mapping) mod backing;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(unix)]
#[allow(dead_code)]
pub(in crate::mapping) mod trap;
#[cfg(unix)]
mod unix;

#[cfg(target_os = "linux")]
#[allow(unused_imports)]
pub(in crate::mapping) use linux::*;
#[cfg(unix)]
pub(in crate::mapping) use unix::*;
