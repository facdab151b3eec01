//! Sources: files, block devices, inherited descriptors, tags and anonymous memory. This room opens, creates, resizes
//! and describes them, finds their data and holes, and writes output files.
//!
//! A source is opened first, and all decisions are based on its open handle. Creation and resizing are undone unless
//! they are committed. Nothing here maps memory; that is done in `region`. The rooms below are `measure` and those
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
pub mod size;
mod spec;
mod tag;
mod undo;

pub(in crate::mapping) use handle::path_only;
pub use handle::{Handle, OpenFile};
pub use opened::Source;
pub(in crate::mapping) use opened::{range_failure, too_short};
pub use spec::{Creation, OpenRequest, SourceSpec};
