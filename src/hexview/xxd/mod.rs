//! The format of `xxd`: offset, groups of bytes, characters. It is read back in `parse`.

mod colored;
mod layout;
mod options;
mod tables;

pub(super) use layout::Layout;
pub use options::XxdOptions;
pub(super) use tables::EBCDIC;
