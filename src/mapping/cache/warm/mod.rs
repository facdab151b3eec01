//! Warming: loads the missing pages of files into the page cache; for one file in detail, and for each file of paths.
//!
//! First `survey` measures how much is missing, which must fit in memory. `limits` keeps to a rate and to an amount, with
//! all threads together.

mod each;
mod limits;
mod one;
mod outcome;
mod survey;

pub use each::{Loader, WarmedSum};
pub(super) use limits::loaded_little;
pub use limits::{Limits, WarmRequest};
pub(in crate::mapping) use one::cached_handle;
pub(super) use one::load_ranges;
pub use one::warm;
pub use outcome::{Warmed, Warming};
pub use survey::{Survey, survey_paths, survey_range};
