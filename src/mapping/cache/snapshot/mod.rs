//! Snapshots: which ranges of files are in the page cache, written down and read again.
//!
//! `format` has the lines, `take` writes them and `read` reads them; `restore` loads what they say.

mod format;
mod known;
mod look;
pub(super) mod ranges;
mod read;
mod root;
mod take;

pub use format::{Head, SavedFile, SavedSum};
pub use known::Known;
pub(super) use look::modified;
pub use read::Snapshot;
pub use root::Root;
pub use take::Recorder;
