//! What can be mapped, and all that is known of it from its open handle: files, block devices, inherited descriptors,
//! tags and anonymous memory; creating, growing and shrinking them; where they have data.
//!
//! Nothing here maps: that is the work of `region`.

pub mod data_runs;
pub mod description;
mod draft;
mod handle;
pub mod memfd;
mod opened;
pub(in crate::mapping) mod opener;
mod opening;
pub mod output;
pub mod size;
mod spec;
mod tag;
mod undo;

pub(in crate::mapping) use handle::path_only;
pub use handle::{Handle, OpenFile};
pub use opened::Source;
pub use spec::{Creation, OpenRequest, SourceSpec};
