//! The memory that one file takes, what keeps it there, and why it is not huge. Nothing here loads a page, drops one or
//! changes the file.

mod action;
mod outcome;
mod pages;
#[cfg(test)]
pub(crate) mod sample;
mod verdict;

pub use action::why;
pub use outcome::{Bill, Storage};
