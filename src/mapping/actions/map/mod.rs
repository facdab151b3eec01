//! What the command `map` does and reports.

pub mod expectation;
pub mod outcome;
