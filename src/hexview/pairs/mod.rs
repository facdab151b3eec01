//! The drawing of differences between two sequences of bytes, and lists of the bytes that differ.
//! The sequences are compared by the caller.

mod list;
mod options;
mod rows;

pub use list::{ByteList, byte_list_width};
pub use options::PairOptions;
pub use rows::Pairs;
