//! Sources: files, block devices, inherited descriptors, tags and anonymous memory. Opening, creating, resizing and
//! describing them, and finding their data and holes; and files that are written as output.
//!
//! A source is opened first, and everything is decided from its open handle. What was created or resized is undone
//! unless it is committed. Nothing here maps memory, which is the work of `region`. Below are `measure` and the rooms
//! below it.

pub mod data_runs;
pub mod description;
mod draft;
mod handle;
pub mod memfd;
mod opened;
pub(in crate::mapping) mod opener;
pub(in crate::mapping) mod opening;
pub mod output;
mod readable;
pub mod size;
mod spec;
mod tag;
mod undo;

pub(in crate::mapping) use handle::path_only;
pub use handle::{Handle, OpenFile};
pub use opened::Source;
pub use readable::Readable;
pub use spec::{Creation, OpenRequest, SourceSpec};
