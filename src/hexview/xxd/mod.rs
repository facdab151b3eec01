//! The format of `xxd`: offset, groups of bytes, characters. `usual` has the layout without options, and `layout` all
//! others. It is read back in `parse`.

mod layout;
mod options;
mod tables;
mod usual;

pub(super) use layout::Layout;
pub use options::XxdOptions;
pub(super) use tables::{ASCII, EBCDIC};
pub(super) use usual::Usual;
