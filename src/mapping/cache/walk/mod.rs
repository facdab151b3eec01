//! Walking: finds the files of paths, opens each once, does a job for each in several threads, and adds up the results.
//!
//! A path is a file, a block device, a descriptor, a tag or a directory, which is walked with its hidden files. Nothing
//! else in a directory is opened: a fifo would block, and opening a device may have effects.

mod directory;
mod filters;
mod list;
mod rows;
mod run;
mod seen;
mod worker;

pub(in crate::mapping) use filters::matcher;
pub use filters::{Filters, check_glob};
pub(super) use list::open_text;
pub use list::read_names;
pub use rows::{Row, RowKind, Rows, Tally};
pub use run::{Event, Paths, Walked, each_file};
pub(in crate::mapping) use seen::Seen;
pub use worker::{Done, Found, Job};
