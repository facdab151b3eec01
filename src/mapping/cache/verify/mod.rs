//! Verifying: compares what is in memory of files with what is on their storage.
//!
//! Only clean pages are compared, each with a read that bypasses the page cache. A page that differs is looked at
//! again until it is certain that nobody changes it meanwhile.

mod buffers;
mod differences;
mod one;
mod pair;
mod sum;

pub use differences::{Difference, LINE, Lines};
pub use one::{Verifier, VerifyRequest};
pub use sum::{Incomparable, Still, Verified, VerifiedSum};
